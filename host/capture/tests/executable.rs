//! The executable as the broker starts it.
#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::process::{Command, Output, Stdio};

fn run(arguments: &str, expression: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_nethost-capture"))
        .args(arguments.split(' '))
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may have ended before it has read.
    let _ = child.stdin.take().unwrap().write_all(expression);
    child.wait_with_output().unwrap()
}

#[test]
fn an_expression_becomes_a_program() {
    let output = run("1 96 0 optimize file", b"ip");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let steps = output.stdout.as_chunks::<8>().0;
    // ldh [12]; jeq #0x800; ret #96; ret #0
    assert_eq!(
        steps,
        [
            [0, 0x28, 0, 0, 0, 0, 0, 12],
            [0, 0x15, 0, 1, 0, 0, 8, 0],
            [0, 6, 0, 0, 0, 0, 0, 96],
            [0, 6, 0, 0, 0, 0, 0, 0],
        ]
    );
    let live = run("1 96 0 optimize live", b"ip");
    assert_eq!(live.stdout, output.stdout);
    let mask = run("1 96 4294967040 optimize live", b"ip broadcast");
    let without = run("1 96 0 optimize live", b"ip broadcast");
    assert_ne!(mask.stdout, without.stdout);
}

#[test]
fn what_is_wrong_is_told_in_libpcaps_words() {
    for (arguments, expression, words) in [
        (
            "1 96 0 optimize file",
            &b"foo"[..],
            "can't parse filter expression: syntax error\n",
        ),
        (
            "1 96 0 optimize file",
            b"port nosuch",
            "unknown port 'nosuch'\n",
        ),
        // Nothing is looked up: there is no network.
        (
            "1 96 0 optimize file",
            b"host localhost",
            "unknown host 'localhost'\n",
        ),
        (
            "1 96 0 optimize file",
            b"inbound",
            "inbound/outbound not supported on Ethernet when reading savefiles\n",
        ),
        (
            "1 96 0 optimize file",
            b"tcp\0udp",
            "illegal character: \\x00\n",
        ),
        (
            "1 96 0 plain live",
            &[b'('; 70_000],
            "expression too long\n",
        ),
    ] {
        let output = run(arguments, expression);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), &*told), (Some(1), words));
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn names_of_ports_and_protocols_are_known() {
    let named = run("1 96 0 optimize file", b"tcp port http");
    let number = run("1 96 0 optimize file", b"tcp port 80");
    assert_eq!(named.status.code(), Some(0), "{named:?}");
    assert_eq!(named.stdout, number.stdout);
}

#[test]
fn other_arguments_are_refused() {
    for arguments in [
        "1 96 0 optimize",
        "1 96 0 optimize disk",
        "1 96 0 optimize file x",
        "x 96 0 plain file",
    ] {
        assert_eq!(run(arguments, b"ip").status.code(), Some(2), "{arguments}");
    }
}
