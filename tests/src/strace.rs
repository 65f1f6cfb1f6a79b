//! What a program asked of the kernel, as strace(1) saw it.

use crate::command::{Command, Output};
use crate::need::name_of;
use std::ffi::OsStr;

/// The calls that make or use a network socket.
const CALLS: &str = "trace=socket,connect,bind,listen,sendto,sendmsg,sendmmsg,openat,open";

/// Runs a program under strace and returns the calls on sockets and the files it opened, one a line.
///
/// # Panics
/// When strace cannot run.
#[must_use]
pub fn traced(command: Command) -> (Output, Vec<String>) {
    traced_calls(command, CALLS)
}

/// Runs a program under strace and returns these calls, one a line; `trace=fsync,fdatasync` names two.
///
/// # Panics
/// When strace cannot run.
#[must_use]
pub fn traced_calls(command: Command, calls: &str) -> (Output, Vec<String>) {
    let log = tempfile::NamedTempFile::new().expect("a file");
    let (command, user) = command.settled(false).by_root();
    // strace alone is root: the kernel gives a program's file capabilities to no one whom a user traces.
    let user = user.map(name_of);
    let mut args: Vec<&OsStr> = vec![
        "-f".as_ref(),
        "-qq".as_ref(),
        // That the broker has ended is no call.
        "-e".as_ref(),
        "signal=none".as_ref(),
        "-e".as_ref(),
        calls.as_ref(),
        "-o".as_ref(),
        log.path().as_ref(),
    ];
    if let Some(user) = &user {
        args.extend(["-u".as_ref(), user.as_ref()] as [&OsStr; 2]);
    }
    let output = command.under("strace", &args).run();
    let lines = std::fs::read_to_string(log.path()).expect("what strace wrote");
    (output, lines.lines().map(String::from).collect())
}

/// The calls that touch a network: a socket of a network family made, or an address of one used.
#[must_use]
pub fn network_calls(calls: &[String]) -> Vec<&str> {
    const FAMILIES: [&str; 4] = ["AF_INET", "AF_INET6", "AF_PACKET", "AF_NETLINK"];
    calls
        .iter()
        .filter(|call| FAMILIES.iter().any(|family| call.contains(family)))
        .map(String::as_str)
        .collect()
}

/// The calls that open this path, to read or write it: O_PATH only names it, as for landlock(7).
#[must_use]
pub fn opens<'a>(calls: &'a [String], path: &str) -> Vec<&'a str> {
    let quoted = format!("\"{path}\"");
    calls
        .iter()
        .filter(|call| call.contains("open") && call.contains(&quoted) && !call.contains("O_PATH"))
        .map(String::as_str)
        .collect()
}
