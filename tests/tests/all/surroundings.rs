//! What surrounds a tool and is not as it should be: a full disk, small limits, no home. Each is said in one line, or
//! needs no word at all.

use std::ffi::OsStr;

use crate::case::cases;
use nethost_tests::command::{Command, Output};
use nethost_tests::host::{executable, nethost};
use nethost_tests::namespace::Namespace;
use nethost_tests::need::OTHER_USER;
use nethost_tests::topology::Topology;

cases! {
    first round;
    [Netns] => {
        output_that_cannot_be_written_is_said_in_one_line,
        own_output_that_cannot_be_written_is_said_too,
        errors_that_cannot_be_written_change_nothing,
        a_limit_that_is_met_is_named,
    }
    [Netns, OtherUser] => { who_has_no_home_is_not_told_so }
}

/// One that each tool prints something for.
const PRINTING: &[&str] = &[
    "ping -h",
    "ping -c 1 127.0.0.1",
    "traceroute --help",
    "traceroute -n 127.0.0.1",
    "mtr --help",
    "mtr -n -r -c 1 127.0.0.1",
    "dig -h",
    "whois --help",
    "ip -V",
    "ip address",
    "ip -j link",
    "arp --help",
    "tracepath -n 127.0.0.1",
    "uname -a",
    "lsb_release -a",
    "ss -a",
    "netstat -a",
    "lsof -p 1",
    "ifconfig -a",
    "route -n",
    "jq -n 1",
    "curl -s file:///etc/hostname",
    "nmap -h",
    "sar -n DEV 1 1",
    "watch -h",
];

/// The exit code where the native tool has one for this.
fn unwritten(tool: &str) -> i32 {
    match tool {
        "curl" => 23,
        "jq" => 2,
        _ => 1,
    }
}

/// The command by a shell that does this first.
fn after(node: &Namespace, first: &str, line: &str) -> Command {
    let script = format!("{first} exec \"$@\"");
    let words: [&OsStr; 3] = ["-c".as_ref(), script.as_ref(), "sh".as_ref()];
    nethost(node).words(line).under("sh", &words)
}

fn output_that_cannot_be_written_is_said_in_one_line() {
    let net = Topology::alone();
    for line in PRINTING {
        let output = after(net.client(), "exec > /dev/full;", line).run();
        let tool = line.split(' ').next().unwrap();
        let said = format!("{tool}: write error: No space left on device\n");
        assert_eq!(
            (output.code, &*output.stderr),
            (unwritten(tool), &*said),
            "{line}: {output}"
        );
    }
}

fn own_output_that_cannot_be_written_is_said_too() {
    let net = Topology::alone();
    for line in [
        "--help",
        "help",
        "help policy",
        "help ping",
        "version",
        "list",
        "doctor",
        "man ping",
        "completions bash",
        "schema ping",
        "inspect ping",
    ] {
        let output = after(net.client(), "exec > /dev/full;", line).run();
        let said = "nethost: No space left on device\n";
        assert_eq!(
            (output.code, &*output.stderr),
            (2, said),
            "{line}: {output}"
        );
    }
}

fn errors_that_cannot_be_written_change_nothing() {
    let net = Topology::alone();
    for line in [
        "ping -z",
        "dig -z",
        "ip foo",
        "arp -z",
        "whois -z",
        "traceroute -z",
    ] {
        let told = nethost(net.client()).words(line).run();
        let untold = after(net.client(), "exec 2> /dev/full;", line).run();
        assert_eq!(untold.code, told.code, "{line}: {told}{untold}");
    }
}

fn a_limit_that_is_met_is_named() {
    let net = Topology::alone();
    let limited = |limit: &str| -> Output {
        after(
            net.client(),
            &format!("ulimit {limit};"),
            "ping -n -c 1 127.0.0.1",
        )
        .run()
    };
    // Compiled before, which takes more.
    let unlimited = after(net.client(), "", "ping -n -c 1 127.0.0.1").run();
    assert_eq!(unlimited.code, 0, "{unlimited}");
    for limit in ["-n 4", "-n 8", "-v 200000"] {
        let output = limited(limit);
        let name = limit.split_whitespace().next().unwrap();
        assert_ne!(output.code, 0, "{limit}: {output}");
        assert!(
            output.stderr.contains(&format!("`ulimit {name}`")),
            "{limit}: {output}"
        );
        assert_eq!(output.stderr.lines().count(), 1, "{limit}: {output}");
    }
    // Nothing has to be kept for it to work.
    let output = limited("-f 0");
    assert_eq!(output.code, 0, "{output}");
}

fn who_has_no_home_is_not_told_so() {
    let net = Topology::alone();
    net.client().ping_sockets(true);
    for home in [
        None,
        Some(""),
        Some("relative"),
        Some("/nonexistent"),
        Some("/proc"),
    ] {
        let mut command = net
            .client()
            .command("/mnt/nethost")
            .seen_by_everyone(executable().parent().unwrap(), "/mnt")
            .words("ping -n -c 1 127.0.0.1")
            .user(OTHER_USER);
        command = match home {
            Some(home) => command.env("HOME", home),
            None => command.without_env("HOME"),
        };
        for variable in [
            "XDG_STATE_HOME",
            "XDG_CACHE_HOME",
            "NETHOST_CACHE_DIR",
            "NETHOST_STATE_DIR",
        ] {
            command = command.without_env(variable);
        }
        let output = command.run();
        assert_eq!(
            (output.code, &*output.stderr),
            (0, ""),
            "{home:?}: {output}"
        );
    }
}
