//! Stands in for libfuzzer-sys, so that the fuzz targets' own code runs on the inputs that a folder holds: without
//! coverage and without another build of everything.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use arbitrary::{Arbitrary, Unstructured};

/// What a fuzz target is called.
pub type Target = fn(&[u8]);

/// No input may take longer, as with the fuzzer (xtask/src/fuzz.rs).
const PATIENCE: Duration = Duration::from_secs(10);

/// As libfuzzer-sys has it: `run(bytes)` of the module that it is in.
#[macro_export]
macro_rules! fuzz_target {
    (|$bytes:ident: &[u8]| $body:expr) => {
        pub(super) fn run($bytes: &[u8]) {
            $body;
        }
    };
    (|$data:ident: $type:ty| $body:expr) => {
        pub(super) fn run(bytes: &[u8]) {
            if let Some($data) = $crate::input::<$type>(bytes) {
                $body;
            }
        }
    };
}

/// What the fuzzer makes of bytes for a target that takes something else; none where they are too few for it.
#[must_use]
pub fn input<'a, T: Arbitrary<'a>>(bytes: &'a [u8]) -> Option<T> {
    let (least, _) = T::size_hint(0);
    if bytes.len() < least {
        return None;
    }
    T::arbitrary_take_rest(Unstructured::new(bytes)).ok()
}

/// Runs a target on its seeds, and on the corpus that a fuzzer has left in this checkout. Returns how many inputs
/// there were.
///
/// # Panics
/// When the target panics, when an input takes too long, and when there is no seed.
pub fn replay(name: &str, target: Target) -> usize {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let seeds = inputs(&fuzz.join("seeds").join(name));
    assert!(!seeds.is_empty(), "tests/fuzz/seeds/{name} has no seed");
    let corpus = inputs(&fuzz.join("corpus").join(name));
    let mut count = 0;
    for path in seeds.iter().chain(&corpus) {
        let bytes =
            std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let (_named, start) = (Named(path), Instant::now());
        target(&bytes);
        assert!(start.elapsed() < PATIENCE, "it took {:?}", start.elapsed());
        count += 1;
    }
    count
}

fn inputs(folder: &Path) -> Vec<PathBuf> {
    // Without a fuzzer there is no corpus.
    let entries = folder.read_dir().into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.sort();
    paths
}

/// Says which input it was.
struct Named<'a>(&'a Path);

impl Drop for Named<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the input is {}", self.0.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_what_libfuzzer_sys_makes() {
        assert_eq!(input::<&str>(b"abc"), Some("abc"));
        // The length of what is not the last stands at the end.
        assert_eq!(input::<(&str, &str)>(b"abcde\x02"), Some(("ab", "cde")));
        assert_eq!(input::<u32>(b"abc"), None);
    }

    #[test]
    #[should_panic(expected = "has no seed")]
    fn a_target_without_seeds_is_not_passed_over() {
        replay("no-such-target", |_| {});
    }
}
