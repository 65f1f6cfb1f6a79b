//! What every object works with: the options, the output, the kernel, and the names of things.

use nethost_sdk::Exit;
use nethost_sdk::netlink::{Change, Failure, How, NamedNamespace, Namespace};
use nethost_sdk::output::complain;

use crate::document::Document;
use crate::links::Links;
use crate::names::Names;
use crate::object::Whole;
use crate::options::Options;
use crate::words::{Done, failed, usage};

/// One run of `ip`, or one of its batch.
pub(crate) struct Ip {
    pub(crate) options: Options,
    pub(crate) out: Document,
    pub(crate) names: Names,
    pub(crate) links: Links,
    /// Routes with what their records do not have.
    pub(crate) whole_routes: Whole,
    /// What is shown is gone: `ip monitor` says so in JSON too.
    pub(crate) deleted: bool,
    namespace: Option<Namespace>,
    /// The namespaces that have names, once they were needed.
    named: Option<Vec<NamedNamespace>>,
}

impl Ip {
    pub(crate) fn new(options: Options) -> Self {
        let mut out = Document::new();
        if options.one_line {
            out.line_end = "\\";
        }
        if options.color.now() && !options.json {
            out.in_colors();
        }
        if options.resolve {
            out.with_names();
        }
        let mut names = Names::new();
        names.numeric = options.numeric;
        Self {
            options,
            out,
            names,
            links: Links::default(),
            whole_routes: None,
            deleted: false,
            namespace: None,
            named: None,
        }
    }

    /// The name of the namespace with this number. Where names may not be read, numbers do.
    pub(crate) fn namespace_name(&mut self, id: i32) -> Option<String> {
        if self.named.is_none() {
            let named = self.kernel().map(Namespace::named_namespaces);
            self.named = Some(named.ok()?.unwrap_or_default());
        }
        let named = self.named.iter().flatten();
        let id = u32::try_from(id).ok()?;
        let found = named.into_iter().find(|named| named.id == Some(id));
        found.map(|named| nethost_sdk::text::printable(&named.name).into_owned())
    }

    /// The namespace that is worked on.
    pub(crate) fn kernel(&mut self) -> Done<&Namespace> {
        Ok(self.kernel_and_links()?.0)
    }

    pub(crate) fn kernel_and_links(&mut self) -> Done<(&Namespace, &mut Links)> {
        if self.namespace.is_none() {
            let name = self.options.namespace.as_deref();
            let opened = Namespace::open(name).map_err(|error| match (name, error) {
                (Some(name), nethost_sdk::Error::NotFound) => usage(format!(
                    "Cannot open network namespace \"{name}\": No such file or directory"
                )),
                (Some(name), error @ nethost_sdk::Error::AccessDenied) => usage(format!(
                    "setting the network namespace \"{name}\" failed: {error}"
                )),
                (_, error) => failed(2, format!("ip: {error}")),
            })?;
            self.namespace = Some(opened);
        }
        match &self.namespace {
            Some(namespace) => Ok((namespace, &mut self.links)),
            None => Err(failed(2, "ip: no namespace")),
        }
    }

    /// `"deleted": true` in an object that is gone.
    pub(crate) fn mark_deleted(&mut self) {
        if self.deleted {
            self.out.json("deleted", true);
        }
    }

    /// The name of a link.
    pub(crate) fn link_name(&mut self, index: u32) -> Done<String> {
        let (kernel, links) = self.kernel_and_links()?;
        Ok(links.name(kernel, index).to_owned())
    }

    /// The index of a link, or `Cannot find device "x"`.
    pub(crate) fn link_index(&mut self, name: &str) -> Done<u32> {
        let (kernel, links) = self.kernel_and_links()?;
        match links.index(kernel, name) {
            Ok(index) if index != 0 => Ok(index),
            Err(error @ Failure::Refused(_)) => Err(answer(&error)),
            _ => Err(failed(1, format!("Cannot find device \"{name}\""))),
        }
    }

    /// Adds or changes something.
    pub(crate) fn put(&mut self, change: &Change, how: How) -> Done {
        let done = self.kernel()?.put(change, how);
        warn(done)
    }

    /// Removes something.
    pub(crate) fn remove(&mut self, change: &Change) -> Done {
        let done = self.kernel()?.remove(change);
        warn(done)
    }
}

pub(crate) fn warn(done: Result<Option<String>, Failure>) -> Done {
    match done {
        Ok(Some(warning)) => {
            complain(format_args!("Warning: {}", sentence(&warning)));
            Ok(())
        }
        Ok(None) => Ok(()),
        Err(error) => Err(answer(&error)),
    }
}

/// What the kernel answered instead of doing it, in iproute2's words.
pub(crate) fn answer(failure: &Failure) -> Exit {
    match failure {
        Failure::Refused(error) => failed(2, format!("ip: {error}")),
        Failure::Kernel {
            message: Some(message),
            ..
        } => failed(2, format!("Error: {}", sentence(message))),
        Failure::Kernel { text, .. } => failed(2, format!("RTNETLINK answers: {text}")),
    }
}

/// The same at the end of a dump.
pub(crate) fn dump_answer(failure: &Failure) -> Exit {
    let mut failed = answer(failure);
    if let Failure::Kernel { .. } = failure {
        failed.stderr += "\nDump terminated";
    }
    failed
}

fn sentence(text: &str) -> String {
    let text = nethost_sdk::text::printable(text);
    let stop = if text.ends_with('.') { "" } else { "." };
    format!("{text}{stop}")
}

/// What is said when a listing may be inconsistent.
pub(crate) fn warn_interrupted(interrupted: bool) {
    if interrupted {
        complain("Dump was interrupted and may be inconsistent.");
    }
}
