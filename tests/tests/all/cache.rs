//! The compile cache: used when it can be trusted, rebuilt when not.

use crate::case::cases;
use crate::probes::PANICS;
use nethost_tests::command::{Command, copy_program};
use nethost_tests::host::{executable, nethost_here};
use nethost_tests::need::OTHER_USER;
use nethost_tests::strace::{traced, traced_calls};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

cases! {
    first round;
    [Program("strace")] => {
        the_second_start_loads,
        a_damaged_entry_is_rebuilt,
        an_entry_under_another_name_is_rebuilt,
        nothing_is_mapped_before_privileges_are_gone,
        a_writable_entry_is_rebuilt,
        shows_and_clears,
    }
    [] => { what_was_installed_needs_no_compiler }
    [Program("strace"), OtherUser] => { a_foreign_entry_is_rebuilt }
}

fn start(cache: &Path) -> Command {
    nethost_here()
        .env("NETHOST_CACHE_DIR", cache)
        // Who has been told what it may do needs not look into it.
        .words("run --audit /dev/null --allow system.read")
        .arg(PANICS.path())
}

/// Whether a start ran the compiler.
fn compiles(cache: &Path) -> bool {
    let log = tempfile::NamedTempFile::new().unwrap();
    let args = ["-f", "-qq", "-e", "trace=execve", "-o"].map(std::ffi::OsStr::new);
    let args: Vec<_> = args.into_iter().chain([log.path().as_os_str()]).collect();
    let output = start(cache).under("strace", &args).run();
    assert!(
        output.stderr.contains("the plugin's own mistake"),
        "{output}"
    );
    std::fs::read_to_string(log.path())
        .unwrap()
        .contains("nethost-compile\"")
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path))
        } else {
            found.push(path)
        }
    }
    found
}

/// A cache with one entry in it.
fn filled() -> (tempfile::TempDir, PathBuf) {
    let cache = tempfile::tempdir().unwrap();
    assert!(compiles(cache.path()), "a first start compiles");
    let entry = files(cache.path())
        .into_iter()
        .max_by_key(|path| path.metadata().unwrap().len())
        .unwrap();
    (cache, entry)
}

fn the_second_start_loads() {
    let (cache, entry) = filled();
    assert!(!compiles(cache.path()), "a second start loads");
    assert_eq!(
        entry.metadata().unwrap().mode() & 0o022,
        0,
        "others may write it"
    );
    let (_, calls) = traced(start(cache.path()));
    assert!(
        calls
            .iter()
            .any(|call| call.contains(&entry.file_name().unwrap().to_string_lossy()[..])),
        "{calls:#?}"
    );
}

fn a_damaged_entry_is_rebuilt() {
    let (cache, entry) = filled();
    let good = std::fs::read(&entry).unwrap();
    let mut flipped = good.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0xff;
    for bad in [&good[..good.len() / 2], b"", b"not compiled code", &flipped] {
        std::fs::write(&entry, bad).unwrap();
        assert!(
            compiles(cache.path()),
            "an entry of {} bytes was trusted",
            bad.len()
        );
        assert!(!compiles(cache.path()), "it was not replaced");
    }
    for at in [0, 64, good.len() / 3, good.len() / 2, good.len() - 64] {
        damage(&entry, at, 64);
        assert!(compiles(cache.path()), "64 bytes changed at {at}");
        assert_eq!(std::fs::read(&entry).unwrap(), good, "it was not replaced");
    }
}

/// Bytes changed anywhere, with the length, the owner and the time as they were.
fn damage(entry: &Path, at: usize, count: usize) {
    let before = entry.metadata().unwrap().modified().unwrap();
    let mut bytes = std::fs::read(entry).unwrap();
    for byte in &mut bytes[at..at + count] {
        *byte ^= 0x55;
    }
    std::fs::write(entry, bytes).unwrap();
    let file = std::fs::File::options().write(true).open(entry).unwrap();
    file.set_modified(before).unwrap();
}

fn an_entry_under_another_name_is_rebuilt() {
    let (cache, entry) = filled();
    let other = tempfile::tempdir().unwrap();
    let ping = || {
        let output = nethost_here()
            .env("NETHOST_CACHE_DIR", other.path())
            .words("--audit /dev/null ping -V")
            .run();
        assert_eq!(output.code, 0, "{output}");
        output
    };
    ping();
    let [its_own] = &files(other.path())[..] else {
        panic!("not one entry");
    };
    std::fs::copy(&entry, its_own).unwrap();
    assert!(ping().stdout.contains("ping"), "another plugin ran");
    assert_ne!(
        std::fs::read(its_own).unwrap(),
        std::fs::read(&entry).unwrap()
    );
    drop(cache);
}

/// As root, who has the most to lose: what the process may no longer do is gone before code is mapped.
fn nothing_is_mapped_before_privileges_are_gone() {
    let (cache, _) = filled();
    let (_, calls) = traced_calls(
        start(cache.path()),
        "trace=openat,capset,prctl,landlock_restrict_self,seccomp,mprotect",
    );
    let place = |is: &dyn Fn(&str) -> bool| calls.iter().position(|call| is(call));
    let mapped = place(&|call| call.contains("/proc/self/fd/")).expect("a compiled form is mapped");
    let executable = calls[mapped..]
        .iter()
        .position(|call| call.contains("PROT_EXEC"));
    assert!(executable.is_some(), "{calls:#?}");
    for given_up in [
        "PR_SET_NO_NEW_PRIVS",
        "capset(",
        "landlock_restrict_self",
        "seccomp(",
    ] {
        let gone = place(&|call| call.contains(given_up));
        assert!(
            gone.is_some_and(|gone| gone < mapped),
            "{given_up} at {gone:?}, mapped at {mapped}: {calls:#?}"
        );
    }
    let last = calls.iter().rposition(|call| call.contains("seccomp("));
    assert!(last.is_some_and(|last| last > mapped), "{calls:#?}");
}

fn a_writable_entry_is_rebuilt() {
    for mode in [0o620, 0o602] {
        let (cache, entry) = filled();
        std::fs::set_permissions(&entry, PermissionsExt::from_mode(mode)).unwrap();
        assert!(
            compiles(cache.path()),
            "an entry of mode {mode:o} was trusted"
        );
    }
    let (cache, _) = filled();
    std::fs::set_permissions(cache.path(), PermissionsExt::from_mode(0o777)).unwrap();
    assert!(
        compiles(cache.path()),
        "a directory that everyone may write was trusted"
    );
}

fn a_foreign_entry_is_rebuilt() {
    let (cache, entry) = filled();
    chown(&entry, Some(OTHER_USER), None).unwrap();
    assert!(compiles(cache.path()), "another user's entry was trusted");
}

fn shows_and_clears() {
    let (cache, _) = filled();
    let show = |words: &str| {
        nethost_here()
            .env("NETHOST_CACHE_DIR", cache.path())
            .words(words)
            .succeed()
            .stdout
    };
    assert!(show("cache").contains(&cache.path().display().to_string()));
    assert!(serde_json::from_str::<serde_json::Value>(&show("cache --json")).is_ok());
    show("cache clear");
    assert!(compiles(cache.path()), "nothing was cleared");
}

fn what_was_installed_needs_no_compiler() {
    let place = tempfile::tempdir().unwrap();
    let compiled = place.path().join("compiled");
    nethost_here()
        .env("NETHOST_CACHE_DIR", &compiled)
        .words("cache fill --portable")
        // Every tool is compiled.
        .patience(Duration::from_secs(300))
        .succeed();
    // No compiler is beside this one.
    let nethost = place.path().join("nethost");
    copy_program(executable(), &nethost);
    let cache = tempfile::tempdir().unwrap();
    let start = || {
        Command::new(&nethost)
            .env("NETHOST_CACHE_DIR", cache.path())
            .words("--audit /dev/null ping -V")
            .run()
    };
    let output = start();
    assert_eq!(output.code, 0, "{output}");
    assert_eq!(files(cache.path()), [] as [PathBuf; 0]);
    // It is what was installed that did it, and it is trusted no further than the cache.
    std::fs::set_permissions(&compiled, PermissionsExt::from_mode(0o777)).unwrap();
    let output = start();
    assert!(
        output.stderr.contains("nethost-compile is not installed"),
        "{output}"
    );
}
