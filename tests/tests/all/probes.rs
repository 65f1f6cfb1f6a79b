//! One constant for each probe, by the names of their files (build.rs). A probe that no test uses does not compile.

/// A probe by name; its component is built when first asked for.
#[derive(Clone, Copy)]
pub(crate) struct Probe(&'static str);

impl Probe {
    pub(crate) fn path(self) -> std::path::PathBuf {
        nethost_tests::probe::component(self.0)
    }
}

include!(concat!(env!("OUT_DIR"), "/probes.rs"));
