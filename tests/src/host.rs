//! The executable under test, started with a compile cache and an audit log of the test's own.

use crate::audit::Log;
use crate::command::{Command, Output};
use crate::namespace::Namespace;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The host's executable: `NETHOST_BIN`, or the one beside the test's own target directory.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn executable() -> &'static Path {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    FOUND.get_or_init(|| {
        let path = match std::env::var_os("NETHOST_BIN") {
            Some(path) => PathBuf::from(path),
            None => target_directory().join("debug/nethost"),
        };
        assert!(path.is_file(), "{} is missing: run `cargo xtask build`", path.display());
        path
    })
}

/// The workspace's target directory, found from where this executable lies in it:
/// `target/PROFILE/deps/NAME`.
///
/// # Panics
/// When this executable lies elsewhere.
#[must_use]
pub fn target_directory() -> &'static Path {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    FOUND.get_or_init(|| {
        let own = std::env::current_exe().expect("this executable's path");
        own.ancestors().nth(3).expect("a target directory").to_path_buf()
    })
}

/// The host, to run in a namespace, with the tests' own compile cache.
#[must_use]
pub fn nethost(node: &Namespace) -> Command {
    with_cache(node.command(executable()))
}

/// The host, to run where the test runs.
#[must_use]
pub fn nethost_here() -> Command {
    with_cache(Command::new(executable()))
}

/// The compiled forms are kept from one run of the tests to the next, apart from the user's own.
fn with_cache(command: Command) -> Command {
    let cache = target_directory().join("tmp/nethost-cache");
    std::fs::create_dir_all(&cache).expect("a directory for the cache");
    command.env("NETHOST_CACHE_DIR", cache)
}

/// A run that left an audit log.
pub struct Audited {
    /// What it printed and how it ended.
    pub output: Output,
    /// What it recorded.
    pub log: Log,
}

/// Runs a plugin with these options of the host before it, and reads the audit log.
///
/// # Panics
/// When there is no log.
#[must_use]
pub fn audited(node: &Namespace, options: &str, plugin: &Path, args: &str) -> Audited {
    let log = tempfile::Builder::new().suffix(".jsonl").tempfile().expect("a file");
    let output = nethost(node)
        .arg("run")
        .words(options)
        .arg("--audit")
        .arg(log.path())
        .arg(plugin)
        .words(args)
        .run();
    let log = Log::read(log.path());
    Audited { output, log }
}
