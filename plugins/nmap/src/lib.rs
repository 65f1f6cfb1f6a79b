//! nmap: finds hosts, their open ports, and what is behind them, with the command line and the reports of nmap 7.93.

#![deny(clippy::print_stdout, clippy::print_stderr)]
// Built natively, it is a library for its tests and the fuzz targets.
#![cfg_attr(not(target_family = "wasm"), allow(dead_code))]

mod arp;
mod connect;
mod decide;
mod discovery;
mod engine;
mod flags;
mod help;
mod iflist;
mod kinds;
mod link;
mod model;
mod options;
mod outputs;
mod packet;
mod payloads;
mod port_syntax;
mod ports;
mod random;
mod report;
mod route;
mod run;
mod scan;
mod scripts;
mod service;
mod services;
mod state;
mod system;
mod targets;
mod time;
mod timing;

#[cfg(test)]
mod schema_tests;

use nethost_sdk::{Error, Exit, Tool, exit_code};

use crate::options::Options;

struct Nmap;

impl Tool for Nmap {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        Ok(exit_code(nmap(&args).await, help::help))
    }
}

async fn nmap(args: &[String]) -> Result<u8, Exit> {
    if args.is_empty() {
        return Err(Exit {
            code: 255,
            ..Exit::done(help::help())
        });
    }
    let options = Options::parse(args)?;
    run::run(options).await
}

/// The command line, or what it asks for, is not accepted.
fn quit(message: String) -> Exit {
    Exit::failed(1, format!("{message}\nQUITTING!"))
}

/// getopt(3) does not understand the command line.
fn refused(message: String) -> Exit {
    Exit::failed(255, message)
}

/// The command line is wrong, and the help shows how it is right.
fn misused(message: String) -> Exit {
    Exit {
        code: 255,
        stdout: help::help(),
        stderr: message,
        usage: false,
    }
}

/// Something that the scan needs failed.
fn failed(error: &Error) -> Exit {
    Exit::failed(1, format!("nmap: {error}"))
}

/// Reads what comes from the network as answers to probes: anything may. This is what fuzzing calls.
#[doc(hidden)]
pub fn read_answer(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else {
        return;
    };
    let ipv6 = first & 1 != 0;
    let transport = packet::transport(rest, ipv6);
    for protocol in [1, 6, 17, 58, 132] {
        let Some(answer) = packet::read(protocol, transport) else {
            continue;
        };
        for scan in [
            options::Scan::Syn,
            options::Scan::Window,
            options::Scan::Udp,
        ] {
            let _ = decide::answered(scan, answer);
            let _ = decide::error(scan, ipv6, *first, first >> 1, ipv6);
        }
    }
}

/// Reads a file of probes, and matches what follows its first line of `--` with each. This is what fuzzing calls.
#[doc(hidden)]
pub fn read_probes(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (file, answer) = text.split_once("\n--\n").unwrap_or((&text, ""));
    service::try_probes(file, answer.as_bytes());
}

// Several plugins are linked into one native executable for the fuzz targets.
#[cfg(target_family = "wasm")]
nethost_sdk::tool!(Nmap, "plugin.toml");
