//! Where a benchmark keeps its files.

use std::path::PathBuf;

use crate::step::Failure;

/// A folder that is gone afterwards.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn new(step: &str) -> Result<Self, Failure> {
        let folder = std::env::temp_dir().join(format!("nethost-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder).map_err(|error| {
            Failure::new(step, format_args!("{}: {error}", folder.display()), "")
        })?;
        Ok(Self(folder))
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
