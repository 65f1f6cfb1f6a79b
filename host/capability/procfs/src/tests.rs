//! Denied, allowed, malformed.
#![allow(clippy::unwrap_used)]

use std::net::TcpListener;
use std::os::fd::AsRawFd;

use super::service::{CounterFile, socket_owners};
use crate::bindings::nethost::cap::procfs::{Extent, Owner};
use nethost_broker::Broker;
use nethost_kit::types::ErrorCode;
use nethost_test_bed::TestBed;

#[test]
fn a_denial_names_whose_processes_and_which_counters() {
    let bed = TestBed::allowing(&[]);
    let broker = Broker::in_process();
    for (of, target) in [
        (Owner::Own, "own"),
        (Owner::All, "all"),
        (Owner::User(1000), "uid-1000"),
    ] {
        let found = socket_owners(&bed.gate, &broker, of, &[1], Extent::Every);
        assert!(
            matches!(&found, Err(ErrorCode::Denied(denial)) if denial.target == target),
            "{found:?}"
        );
    }
    for name in ["net.snmp", "net.ipv4.tcp_rmem", "class.net.lo.mtu"] {
        let opened = CounterFile::open(&bed.gate, &broker, None, name).err();
        assert!(
            matches!(&opened, Some(ErrorCode::Denied(denial)) if denial.target == name),
            "{opened:?}"
        );
    }
    assert_eq!(bed.names(), ["denied"; 6]);
}

#[test]
fn a_rule_narrows_to_a_user_and_to_a_name() {
    let user = format!("process.read=uid-{}", 1000);
    let bed = TestBed::allowing(&[&user, "counters.read=net.snmp", "process.read=own"]);
    let broker = Broker::in_process();
    let ask = |of| socket_owners(&bed.gate, &broker, of, &[], Extent::First);
    assert!(ask(Owner::User(1000)).is_ok() && ask(Owner::Own).is_ok());
    assert!(ask(Owner::User(1001)).is_err() && ask(Owner::All).is_err());
    assert!(CounterFile::open(&bed.gate, &broker, None, "net.snmp").is_ok());
    assert!(CounterFile::open(&bed.gate, &broker, None, "net.snmp6").is_err());
}

#[test]
fn a_socket_of_this_process_is_found() {
    let bed = TestBed::allowing(&["process.read"]);
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let link = std::fs::read_link(format!("/proc/self/fd/{}", socket.as_raw_fd())).unwrap();
    let link = link.to_str().unwrap();
    let inode: u64 = link["socket:[".len()..link.len() - 1].parse().unwrap();
    // So many that they take several messages.
    let mut wanted: Vec<u64> = (1 << 40..(1 << 40) + 10_000).collect();
    wanted.push(inode);
    let found = socket_owners(
        &bed.gate,
        &Broker::in_process(),
        Owner::All,
        &wanted,
        Extent::First,
    )
    .unwrap();
    assert_eq!(found.owners.len(), 1);
    let owner = &found.owners[0];
    assert_eq!(owner.inode, inode);
    let process = &found.processes[owner.owner as usize];
    assert_eq!(process.process, std::process::id());
    assert_eq!(bed.names(), ["open", "close"]);
}

#[test]
fn counters_are_read_again_and_again() {
    let bed = TestBed::allowing(&["counters.read"]);
    let file = CounterFile::open(&bed.gate, &Broker::in_process(), None, "uptime").unwrap();
    let seconds = || -> f64 {
        let text = String::from_utf8(file.read().unwrap()).unwrap();
        text.split(' ').next().unwrap().parse().unwrap()
    };
    let before = seconds();
    assert!(before > 0.0 && seconds() >= before);
    drop(file);
    assert_eq!(bed.names(), ["open", "close"]);
}

#[test]
fn no_other_file_is_read() {
    let bed = TestBed::allowing(&["counters.read", "process.read"]);
    let broker = Broker::in_process();
    for name in [
        "",
        "kcore",
        "net/snmp",
        "../etc/shadow",
        "net.ipv4.conf.a/b.c",
        "net.ipv4.tcp_fastopen_key",
        "net.ipv4.no\nsuch",
    ] {
        let opened = CounterFile::open(&bed.gate, &broker, None, name).err();
        assert!(
            matches!(opened, Some(ErrorCode::InvalidArgument(_))),
            "{name:?}"
        );
    }
    let opened = CounterFile::open(&bed.gate, &broker, None, "net.ipv4.no_such").err();
    assert!(matches!(opened, Some(ErrorCode::NotFound)), "{opened:?}");
    let many = vec![1; (1 << 20) + 1];
    let found = socket_owners(&bed.gate, &broker, Owner::Own, &many, Extent::First);
    assert!(matches!(found, Err(ErrorCode::InvalidArgument(_))));
}
