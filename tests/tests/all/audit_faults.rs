//! A log that cannot be written: nothing happens that is not on record, and what was written stays whole.

use crate::case::cases;
use nethost_tests::command::{Command, Output};
use nethost_tests::host::nethost;
use nethost_tests::topology::Topology;
use std::ffi::OsStr;
use std::path::Path;

cases! {
    first round;
    [Netns] => { a_full_disk, a_read_only_file_system, what_is_no_log_of_this_users }
    [Netns, OtherUser] => { a_log_of_another_user }
    [Netns, Program("strace")] => { no_packet_without_a_record }
}

fn ping(net: &Topology, log: &Path) -> Command {
    nethost(net.client())
        .arg("--audit")
        .arg(log)
        .words("run ping -c 1 127.0.0.1")
}

/// Runs a script whose `"$@"` is our ping with its log in `folder`, with mounts of its own.
fn within(net: &Topology, folder: &Path, script: &str) -> Output {
    let script = ["-m", "sh", "-c", script].map(OsStr::new);
    let args: Vec<_> = script.into_iter().chain([folder.as_os_str()]).collect();
    ping(net, &folder.join("audit.jsonl"))
        .under("unshare", &args)
        .run()
}

fn refused(output: &Output, words: &[&str]) {
    assert_eq!(output.code, 2, "{output}");
    assert_eq!(output.stderr.lines().count(), 1, "{output}");
    for word in words {
        assert!(output.stderr.contains(word), "no {word:?} in {output}");
    }
    assert!(!output.stdout.contains("bytes from"), "{output}");
}

fn a_full_disk() {
    let net = Topology::alone();
    let folder = tempfile::tempdir().unwrap();
    // 64 KiB, of which two pages are left: enough for a run or two.
    let script = r#"
        mount -t tmpfs -o size=64k none "$0" || exit 99
        head -c 57344 /dev/zero > "$0/filler"
        for run in 1 2 3 4 5 6 7 8 9; do
            "$@" > /dev/null || break
        done
        echo "run $run failed"
        rm "$0/filler"
        "$1" audit verify "$0/audit.jsonl"
        echo "verify: $?"
        "$@" > /dev/null
        "$1" audit verify "$0/audit.jsonl" > /dev/null
        echo "later: $?"
    "#;
    let output = within(&net, folder.path(), script);
    assert!(
        output.stderr.contains("No space left on device"),
        "{output}"
    );
    assert!(
        !output.stdout.contains("run 1 failed") && output.stdout.contains(" failed"),
        "{output}"
    );
    // The run that failed may not have come to its end, which is what is signed.
    let found = ["verify: 0", "verify: 5"];
    assert!(
        found.iter().any(|found| output.stdout.contains(found)),
        "{output}"
    );
    assert!(output.stdout.contains("later: 0"), "{output}");
}

fn a_read_only_file_system() {
    let net = Topology::alone();
    let folder = tempfile::tempdir().unwrap();
    let script = r#"mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@""#;
    let output = within(&net, folder.path(), script);
    refused(&output, &["audit.jsonl", "Read-only file system"]);
}

fn what_is_no_log_of_this_users() {
    let net = Topology::alone();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("directory")).unwrap();
    nix::unistd::mkfifo(&at("fifo"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    std::fs::write(at("there"), "").unwrap();
    std::os::unix::fs::symlink(at("there"), at("link")).unwrap();
    std::fs::write(at("notes"), "remember the milk\n").unwrap();
    for (name, why) in [
        ("directory", "directory"),
        ("fifo", "FIFO"),
        ("link", "symbolic link"),
        ("notes", "not an audit log"),
    ] {
        refused(&ping(&net, &at(name)).run(), &[name, why]);
    }
    assert_eq!(
        std::fs::read_to_string(at("notes")).unwrap(),
        "remember the milk\n"
    );
}

fn a_log_of_another_user() {
    let net = Topology::alone();
    let log = tempfile::NamedTempFile::new().unwrap();
    let nobody = nethost_tests::need::OTHER_USER;
    std::os::unix::fs::chown(log.path(), Some(nobody), None).unwrap();
    refused(&ping(&net, log.path()).run(), &["belongs to user 65534"]);
}

/// Every event is written before its effect: with a log that never takes a record there is no socket.
fn no_packet_without_a_record() {
    let net = Topology::alone();
    let command = nethost(net.client()).words("--audit /dev/full run ping -c 1 127.0.0.1");
    let (output, calls) = nethost_tests::strace::traced(command);
    refused(&output, &["/dev/full", "No space left"]);
    assert!(
        calls.iter().all(|call| !call.contains("socket(AF_INET")),
        "{calls:?}"
    );
}
