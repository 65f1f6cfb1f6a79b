//! An /etc of the test's own, for one program: where a system's policy lies.

use crate::command::Command;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What programs look for in /etc and a test does not replace.
const KEPT: &[&str] = &["passwd", "group", "nsswitch.conf", "protocols", "services"];

/// A directory that a program sees as /etc.
pub struct Etc {
    folder: TempDir,
}

impl Etc {
    /// With a system's policy.
    ///
    /// # Panics
    /// When it cannot be written.
    #[must_use]
    pub fn with_policy(text: &str) -> Self {
        let etc = Self::bare();
        std::fs::write(etc.policy(), text).expect("a file");
        etc
    }

    /// Without one.
    ///
    /// # Panics
    /// When it cannot be written.
    #[must_use]
    pub fn bare() -> Self {
        let folder = crate::privilege::open_folder();
        for name in KEPT {
            // What this machine lacks, the test lacks.
            let _ = std::fs::copy(format!("/etc/{name}"), folder.path().join(name));
        }
        let hosts = "127.0.0.1 localhost\n::1 localhost\n";
        std::fs::write(folder.path().join("hosts"), hosts).expect("a file");
        let resolver = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n";
        std::fs::write(folder.path().join("resolv.conf"), resolver).expect("a file");
        std::fs::create_dir(folder.path().join("nethost")).expect("a directory");
        Self { folder }
    }

    /// With another file of this name.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        let folder = path.parent().expect("a folder");
        std::fs::create_dir_all(folder).expect("a directory");
        std::fs::write(path, text).expect("a file");
    }

    /// The folder, as the test sees it.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The policy's file, as the test sees it.
    #[must_use]
    pub fn policy(&self) -> PathBuf {
        self.folder.path().join("nethost/policy.toml")
    }

    /// Has a program see it as /etc.
    #[must_use]
    pub fn seen_by(&self, command: Command) -> Command {
        command.seen_by_everyone(self.folder.path(), "/etc")
    }
}
