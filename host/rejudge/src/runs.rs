//! The arguments of runs that are not over, for policies that are about them.

use std::collections::HashMap;
use std::sync::Arc;

use nethost_audit::decided::Decided;

/// So many bytes of arguments are kept. Runs beyond that are as if their arguments were not on record.
const MOST_BYTES: usize = 64 << 20;
/// What a run takes beside its arguments.
const RUN: usize = 256;

/// The arguments, by run.
#[derive(Default)]
pub(crate) struct Runs {
    args: HashMap<String, Arc<Vec<String>>>,
    bytes: usize,
}

impl Runs {
    /// A run begins.
    pub(crate) fn start(&mut self, record: &Decided<'_>) {
        let Some(args) = &record.args else { return };
        // Texts that were cut for the record are not what was typed.
        if args.iter().any(|arg| is_cut(arg)) {
            return;
        }
        let size = size(&record.run, args);
        if self.bytes + size > MOST_BYTES {
            self.args.clear();
            self.bytes = 0;
        }
        self.end(&record.run);
        self.bytes += size;
        self.args
            .insert(record.run.to_string(), Arc::new(args.clone()));
    }

    /// A run is over.
    pub(crate) fn end(&mut self, run: &str) {
        if let Some(args) = self.args.remove(run) {
            self.bytes = self.bytes.saturating_sub(size(run, &args));
        }
    }

    /// The arguments of a run, if they are known.
    pub(crate) fn arguments(&self, run: &str) -> Option<Arc<Vec<String>>> {
        self.args.get(run).cloned()
    }
}

fn size(run: &str, args: &[String]) -> usize {
    let texts: usize = args.iter().map(|arg| arg.len() + size_of::<String>()).sum();
    RUN + run.len() + texts
}

/// Whether a text says that there was more, as the log writes it.
fn is_cut(text: &str) -> bool {
    text.ends_with(" more bytes)") && text.contains("… (") || text.starts_with("… (")
}
