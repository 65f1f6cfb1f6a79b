//! nmap: finds hosts, their open ports, and what is behind them, with the command line and the reports of nmap 7.93.

#![deny(clippy::print_stdout, clippy::print_stderr)]

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
mod ports;
mod random;
mod report;
mod route;
mod run;
mod scan;
mod service;
mod services;
mod state;
mod system;
mod targets;
mod time;
mod timing;

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

nethost_sdk::tool!(Nmap, "plugin.toml");
