//! The tests themselves as root of a user namespace with one user in it, as `unshare -Urn` makes it for a
//! developer who has nothing; here root makes it for a user who is nobody in particular.

use super::{SEEN, VARIABLE, seen, tun_for_all};
use crate::host::{executable, own_directory, remove_what_was_kept, sources, target_directory};
use crate::namespace::Surroundings;
use crate::need::OTHER_USER;
use crate::probe;
use std::os::unix::fs::chown;
use std::process::{Command, ExitCode};

/// Where that user finds the sources.
const SOURCES: &str = "/media";
/// And a place of their own, instead of the target directory's.
const OWN: &str = "/mnt/tmp";
/// In it, what stays from one run of the tests to the next: compiled forms.
const CACHE: &str = "/mnt/tmp/nethost-cache";

/// Runs this executable again in there, with the same arguments.
///
/// # Panics
/// When it cannot.
#[must_use]
pub fn run_alone() -> ExitCode {
    // They have no cargo.
    let _ = probe::directory();
    let own = own_directory().join("alone");
    let cache = target_directory().join("tmp/nethost-cache-alone");
    for folder in [&own, &cache, &own.join("nethost-cache")] {
        std::fs::create_dir_all(folder).expect("a directory");
        chown(folder, Some(OTHER_USER), Some(OTHER_USER)).expect("the right to give it away");
    }
    let workspace = sources().parent().expect("the workspace").to_owned();
    let there = Surroundings {
        overlays: vec![
            (target_directory().to_owned(), SEEN),
            (own, OWN),
            (cache, CACHE),
            (workspace, SOURCES),
            (tun_for_all(), "/dev/net/tun"),
        ],
        user: Some(OTHER_USER),
        ..Surroundings::default()
    };
    let this = std::env::current_exe().expect("this executable's path");
    let mut tests = Command::new("unshare");
    tests
        .args(["--user", "--map-root-user", "--net"])
        .args(["sh", "-c", "ip link set lo up && exec \"$0\" \"$@\""])
        .arg(seen(&this))
        .args(std::env::args_os().skip(1))
        .env_remove(VARIABLE)
        .env("NETHOST_BIN", seen(executable()))
        .env("CARGO", "true")
        .env("CARGO_MANIFEST_DIR", format!("{SOURCES}/tests"))
        .env("HOME", OWN)
        .current_dir("/");
    there.surround(&mut tests);
    let status = tests.status().expect("unshare");
    remove_what_was_kept();
    ExitCode::from(
        status
            .code()
            .and_then(|code| u8::try_from(code).ok())
            .unwrap_or(1),
    )
}
