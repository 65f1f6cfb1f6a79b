//! Tests the compiler as the host uses it: bytes in, a compiled form or one line out, and no privileges.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::Write;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The smallest component: the header only.
const EMPTY_COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
const EMPTY_MODULE: &[u8] = b"\0asm\x01\0\0\0";

fn start() -> Child {
    start_with(&[])
}

fn start_with(words: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_nethost-compile"))
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn compile(input: &[u8]) -> Output {
    let mut child = start();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

/// Returns the one line on standard error; standard output must be empty.
fn refused(input: &[u8]) -> String {
    let output = compile(input);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stdout, b"");
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(message.matches('\n').count(), 1, "{message}");
    message
}

#[test]
fn a_component_becomes_what_the_runner_loads() {
    let output = compile(EMPTY_COMPONENT);
    assert!(output.status.success(), "{output:?}");
    let engine = wasmtime::Engine::new(&nethost_engine::config()).unwrap();
    assert_eq!(
        wasmtime::Engine::detect_precompiled(&output.stdout),
        Some(wasmtime::Precompiled::Component)
    );
    // SAFETY: the bytes come from the compiler that this test started.
    unsafe { wasmtime::component::Component::deserialize(&engine, &output.stdout) }.unwrap();
}

#[test]
fn what_is_no_component_is_named_in_one_line() {
    let script = refused(b"#!/bin/sh\n");
    assert!(
        script.starts_with("nethost-compile: not WebAssembly; "),
        "{script}"
    );
    assert_eq!(script.lines().count(), 1);
    assert!(refused(EMPTY_MODULE).contains("a core module, not a component"));
    let cut_short = [EMPTY_COMPONENT, b"\x01\x7f"].concat();
    assert!(refused(&cut_short).starts_with("nethost-compile: "));
}

#[test]
fn it_can_look_without_compiling() {
    let manifest = b"\x00\x2a\x10nethost:manifestname = \"x\"\nsummary = \"s\"\n";
    let mut child = start_with(&["inspect"]);
    let input = [EMPTY_COMPONENT, manifest].concat();
    child.stdin.take().unwrap().write_all(&input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let facts: nethost_inspect::Facts = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(facts.manifest.manifest().unwrap().name, "x");
    let output = start_with(&["look"]).wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&output.stderr)
            .contains("usage: nethost-compile [portable|inspect]")
    );
}

/// A hundred thousand nested types: the reader must not recurse into them.
#[test]
fn it_refuses_what_would_exhaust_it() {
    let body = [&b"\x01"[..], &b"\x41\x01\x01".repeat(100_000)].concat();
    // 300,001 in LEB128.
    let section = [b"\x07\xe1\xa7\x12", &body[..]].concat();
    let message = refused(&[EMPTY_COMPONENT, &section].concat());
    assert!(message.contains("or more nested types"), "{message}");
}

fn number(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        bytes.push(if number == 0 { low } else { low | 0x80 });
        if number == 0 {
            return bytes;
        }
    }
}

/// A component with a module that has this many functions.
fn functions(count: usize) -> Vec<u8> {
    let section = |id: u8, body: &[u8]| [&[id][..], &number(body.len()), body].concat();
    let entries = |count: usize, entry: &[u8]| [&number(count)[..], &entry.repeat(count)].concat();
    let module = [
        EMPTY_MODULE,
        &section(1, b"\x01\x60\x01\x7f\x01\x7f"),
        &section(3, &entries(count, b"\0")),
        &section(10, &entries(count, b"\x07\x00\x20\x00\x41\x01\x6a\x0b")),
    ]
    .concat();
    [EMPTY_COMPONENT, &section(1, &module)].concat()
}

#[test]
fn more_functions_than_any_tool_has_are_refused_at_once() {
    let begun = Instant::now();
    let message = refused(&functions(200_000));
    assert!(message.contains("more than 100000 functions"), "{message}");
    assert!(begun.elapsed() < Duration::from_secs(10));
}

/// With a limit below its own, which would take long to reach.
#[test]
fn what_takes_too_much_memory_ends_in_one_line() {
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -d 30000; exec \"$0\""])
        .arg(env!("CARGO_BIN_EXE_nethost-compile"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let input = functions(50_000);
    child.stdin.take().unwrap().write_all(&input).unwrap();
    let output = child.wait_with_output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("of memory to compile"), "{message}");
    assert_eq!(message.matches('\n').count(), 1, "{message}");
}

#[test]
fn it_holds_no_privilege_before_it_reads() {
    let mut child = start();
    let deadline = Instant::now() + Duration::from_secs(10);
    // It waits for input that does not arrive; until it has given up everything, it is still starting.
    let status = loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        // The system call filter is installed last.
        let done = has(&status, "Seccomp:", "2");
        if done || Instant::now() > deadline {
            break status;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    for (limit, value) in [
        ("Max open files", "16"),
        ("Max data size", "1073741824"),
        ("Max cpu time", "120"),
        ("Max file size", "1073741824"),
        ("Max core file size", "0"),
    ] {
        assert!(has(&limits, limit, value), "{limits}");
    }
    assert!(has(&status, "Seccomp:", "2"), "{status}");
    assert!(has(&status, "NoNewPrivs:", "1"), "{status}");
    for set in ["CapInh:", "CapPrm:", "CapEff:", "CapAmb:"] {
        assert!(has(&status, set, "0000000000000000"), "{status}");
    }
    // Root becomes nobody, if this namespace maps nobody.
    let maps_all = std::fs::read_to_string("/proc/self/uid_map")
        .unwrap()
        .contains("4294967295");
    if maps_all {
        assert!(!has(&status, "Uid:", "0"), "{status}");
    }
}

/// Whether a line that begins with `name` has `value` as its next word.
fn has(text: &str, name: &str, value: &str) -> bool {
    let mut lines = text.lines().filter_map(|line| line.strip_prefix(name));
    lines.any(|rest| rest.split_whitespace().next() == Some(value))
}
