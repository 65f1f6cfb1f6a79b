//! The executable under test, started with a compile cache and an audit log of the tests' own.

use crate::audit::Log;
use crate::command::{Command, Output};
use crate::namespace::Namespace;
use crate::need::OTHER_USER;
use crate::privilege::log_of;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::NamedTempFile;

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
        assert!(
            path.is_file(),
            "{} is missing: run `cargo xtask build`",
            path.display()
        );
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
        own.ancestors()
            .nth(3)
            .expect("a target directory")
            .to_path_buf()
    })
}

/// The host, to run in a namespace.
#[must_use]
pub fn nethost(node: &Namespace) -> Command {
    set_apart(node.command(executable())).under_test()
}

/// A shell of root's in a namespace, for scripts in which `$NETHOST` is the host, run as whom the tests run it.
#[must_use]
pub fn shell(node: &Namespace) -> Command {
    let (host, user) = nethost(node).settled(false).by_root();
    let mut words = host.program().to_owned();
    if let Some(user) = user {
        let mut as_user = OsString::from(format!(
            "setpriv --reuid={user} --regid={user} --clear-groups "
        ));
        as_user.push(&words);
        words = as_user;
    }
    host.saying("sh".as_ref(), &[]).env("NETHOST", words)
}

/// The host, to run where the test runs.
#[must_use]
pub fn nethost_here() -> Command {
    set_apart(Command::new(executable())).under_test()
}

/// The sources of these tests, or where cargo or an environment of its own says that they are.
#[must_use]
pub fn sources() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from)
}

/// What the host keeps is apart from the machine's and the user's own: compiled forms stay from one run of
/// the tests to the next, while logs, their heads and keys, and grants go with this one. A test that names
/// no log so leaves none behind.
///
/// # Panics
/// When there is no room for them.
#[must_use]
pub fn set_apart(command: Command) -> Command {
    let cache = target_directory().join("tmp/nethost-cache");
    let own = own_directory();
    for directory in [&cache, &own.join("log"), &own.join("lib")] {
        std::fs::create_dir_all(directory).expect("a directory");
    }
    let command = command
        .env("NETHOST_CACHE_DIR", cache)
        .env("NETHOST_STATE_DIR", own.join("state"));
    if nix::unistd::geteuid().is_root() {
        command
            .overlay(own.join("log"), "/var/log")
            .overlay(own.join("lib"), "/var/lib")
    } else {
        command
            .env("XDG_STATE_HOME", own.join("lib"))
            .env("XDG_DATA_HOME", own.join("lib"))
    }
}

/// Where this run of the tests keeps what goes with it.
pub(crate) fn own_directory() -> PathBuf {
    target_directory().join(format!("tmp/nethost-{}", std::process::id()))
}

/// Removes what the runs of the host kept, once all tests are over.
pub fn remove_what_was_kept() {
    let _ = std::fs::remove_dir_all(own_directory());
}

/// A run of a plugin that records itself in a log of its own.
pub struct Invocation {
    command: Command,
    log: NamedTempFile,
}

/// What a run printed, recorded, and asked of the kernel where that was watched.
pub struct Recorded {
    /// What it printed and how it ended.
    pub output: Output,
    /// What it recorded.
    pub log: Log,
    /// The calls that strace saw.
    pub calls: Vec<String>,
}

/// `nethost run OPTIONS --audit LOG PLUGIN ARGS` in a namespace.
///
/// # Panics
/// When there is no room for a log.
#[must_use]
pub fn invoke(node: &Namespace, options: &str, plugin: impl AsRef<Path>, args: &str) -> Invocation {
    let log = tempfile::Builder::new()
        .suffix(".jsonl")
        .tempfile()
        .expect("a file");
    let command = nethost(node)
        .arg("run")
        .words(options)
        .arg("--audit")
        .arg(log.path())
        .arg(plugin.as_ref())
        .words(args);
    Invocation { command, log }
}

impl Invocation {
    /// The same with the command changed.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(Command) -> Command) -> Self {
        self.command = change(self.command);
        self
    }

    /// Runs it and reads the log.
    #[must_use]
    pub fn run(self) -> Recorded {
        let (log, before) = log_of(&self.command, self.log.path());
        let output = self.command.run();
        Recorded {
            output,
            log: Log::read_from(&log, before),
            calls: Vec::new(),
        }
    }

    /// Runs it under strace and reads the log.
    #[must_use]
    pub fn traced(self) -> Recorded {
        let (log, before) = log_of(&self.command, self.log.path());
        let (output, calls) = crate::strace::traced(self.command);
        Recorded {
            output,
            log: Log::read_from(&log, before),
            calls,
        }
    }

    /// Runs it as a user who owns nothing, with a compile cache of that user's. Where the executable
    /// and the probes lie is laid over directories that everyone can enter.
    ///
    /// # Panics
    /// When files cannot be handed to that user.
    #[must_use]
    pub fn run_as_other_user(self) -> Recorded {
        let home = tempfile::tempdir().expect("a directory");
        for path in [home.path(), self.log.path()] {
            std::os::unix::fs::chown(path, Some(OTHER_USER), Some(OTHER_USER))
                .expect("the right to give it away");
        }
        let output = self
            .command
            .seen_by_everyone(executable().parent().expect("its directory"), "/mnt")
            .seen_by_everyone(
                &target_directory().join("probes/wasm32-wasip2/plugin/examples"),
                "/media",
            )
            .env("NETHOST_CACHE_DIR", home.path().join("cache"))
            .env("NETHOST_STATE_DIR", home.path().join("state"))
            .env("HOME", home.path())
            .user(OTHER_USER)
            .run();
        Recorded {
            output,
            log: Log::read(self.log.path()),
            calls: Vec::new(),
        }
    }
}

/// The version of the contract, as `wit/` names it.
///
/// # Panics
/// When it names none.
#[must_use]
pub fn contract() -> &'static str {
    let text = include_str!("../../wit/types.wit");
    let (_, rest) = text.split_once('@').expect("package nethost:cap@1.2.3;");
    rest.split(';').next().expect("a text has a first part")
}
