//! Processes and counters.

use super::{allowed, denied, dropped, malformed};
use crate::case::cases;
use crate::probes::{PROCFS_DROPS, PROCFS_FACTS, PROCFS_MALFORMED};
use nethost_tests::etc::Etc;
use nethost_tests::host::invoke;
use nethost_tests::strace::opens;
use nethost_tests::topology::Topology;
use std::net::TcpListener;
use std::os::fd::AsRawFd;

cases! {
    [Netns, Program("strace")] in each way => { is_denied }
    [Netns] in each way => { finds_owners, reads_counters, narrows }
    [Netns] => { is_malformed, is_dropped, counters_are_of_the_namespace }
    [Netns, OtherUser] => { others_keep_their_descriptors }
}

/// The inode of a socket of this process.
fn inode(socket: &TcpListener) -> String {
    let link = std::fs::read_link(format!("/proc/self/fd/{}", socket.as_raw_fd())).unwrap();
    let link = link.to_str().unwrap();
    link["socket:[".len()..link.len() - 1].to_owned()
}

fn is_denied() {
    let net = Topology::alone();
    denied(
        net.client(),
        PROCFS_FACTS,
        "own - net.snmp",
        "counters.read",
        "net.snmp",
    );
    let run = invoke(net.client(), "", PROCFS_FACTS.path(), "all 7").traced();
    for what in ["owners", "processes"] {
        let line = format!("{what} denied capability=\"process.read\" target=\"all\"");
        assert!(run.output.stdout.contains(&line), "{}", run.output);
    }
    assert_eq!(run.log.of("denied").len(), 2, "{:#?}", run.log);
    // No folder of a process was looked into, but by the program's own start.
    let looked: Vec<_> = opens(&run.calls, "/fd")
        .into_iter()
        .filter(|call| !call.contains("self"))
        .collect();
    assert!(looked.is_empty(), "{looked:#?}");
}

/// A system's policy that names processes of others.
const NAMING: &str = r#"version = 1
[[plugin]]
name = "*"
allow = [
    { cap = "process.read", to = ["own", "all"] },
    { cap = "counters.read" },
]
"#;

fn finds_owners() {
    let net = Topology::alone();
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let args = format!("own {}", inode(&socket));
    let run = allowed(net.client(), "--allow process.read", PROCFS_FACTS, &args);
    // Processes of others need a rule that names them, in a service one of the system's policy.
    let etc = Etc::with_policy(NAMING);
    let own = std::process::id();
    if is_root_here() {
        let owner = format!("owner {own} 0 {} ", socket.as_raw_fd());
        assert!(run.output.stdout.contains(&owner), "{}", run.output);
    }
    let all = invoke(
        net.client(),
        "--allow process.read=all",
        PROCFS_FACTS.path(),
        "all 0",
    );
    let run = all.with(|command| etc.seen_by(command)).run();
    assert!(!run.output.stdout.contains("owner "), "{}", run.output);
    assert!(
        run.output.stdout.contains(&format!("process {own} ")),
        "{}",
        run.output
    );
}

fn is_root_here() -> bool {
    std::fs::metadata("/proc/self")
        .is_ok_and(|facts| std::os::unix::fs::MetadataExt::uid(&facts) == 0)
        && nethost_tests::privilege::install_mode() == nethost_tests::privilege::InstallMode::Root
}

fn reads_counters() {
    let net = Topology::alone();
    let run = allowed(
        net.client(),
        "--allow counters.read",
        PROCFS_FACTS,
        "own - net.snmp net.ipv4.ip_forward uptime net.ipv4.no_such net.sctp.snmp",
    );
    for line in [
        "counters net.snmp true Ip: Forwarding",
        "counters net.ipv4.ip_forward true ",
    ] {
        assert!(run.output.stdout.contains(line), "{}", run.output);
    }
    assert!(
        run.output
            .stdout
            .contains("net.ipv4.no_such ErrorCode::NotFound"),
        "{}",
        run.output
    );
}

fn narrows() {
    let net = Topology::alone();
    let narrow = NAMING.replace("\"own\", \"all\"", "\"uid-12345\"").replace(
        "\"counters.read\"",
        "\"counters.read\", to = [\"net.snmp\"]",
    );
    let etc = Etc::with_policy(&narrow);
    let run = invoke(
        net.client(),
        "",
        PROCFS_FACTS.path(),
        "12345 7 net.snmp net.snmp6",
    )
    .with(|command| etc.seen_by(command))
    .run();
    let told = &run.output.stdout;
    assert!(
        !told.contains("owners denied") && !told.contains("net.snmp denied"),
        "{}",
        run.output
    );
    assert!(told.contains("net.snmp6 denied"), "{}", run.output);
    let run = invoke(net.client(), "", PROCFS_FACTS.path(), "12346 7")
        .with(|command| etc.seen_by(command))
        .run();
    assert!(
        run.output.stdout.contains("target=\"uid-12346\""),
        "{}",
        run.output
    );
}

fn is_malformed() {
    let net = Topology::alone();
    malformed(
        net.client(),
        "--allow counters.read --allow process.read",
        PROCFS_MALFORMED,
        "",
    );
}

fn is_dropped() {
    let net = Topology::alone();
    dropped(
        net.client(),
        "--allow counters.read --allow process.read",
        PROCFS_DROPS,
        "",
    );
}

/// Each namespace has counters and settings of its own.
fn counters_are_of_the_namespace() {
    let net = Topology::alone();
    for value in ["1", "0"] {
        net.client().sysctl("net.ipv4.ip_forward", value);
        let args = "own - net.ipv4.ip_forward";
        let run = allowed(net.client(), "--allow counters.read", PROCFS_FACTS, args);
        let line = format!("counters net.ipv4.ip_forward true {value}\n");
        assert!(run.output.stdout.contains(&line), "{}", run.output);
    }
}

fn others_keep_their_descriptors() {
    let net = Topology::alone();
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let args = format!("all {}", inode(&socket));
    let run = invoke(
        net.client(),
        "--allow process.read",
        PROCFS_FACTS.path(),
        &args,
    )
    .run_as_other_user();
    assert!(!run.output.stdout.contains("owner "), "{}", run.output);
    assert!(
        run.output.stdout.contains("unreadable true"),
        "{}",
        run.output
    );
}
