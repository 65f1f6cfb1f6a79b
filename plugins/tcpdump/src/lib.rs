//! tcpdump: prints and writes packets as the native tool does, from an interface or from a capture file.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod decode;
mod devices;
mod filter;
mod flags;
mod flows;
mod json;
mod links;
mod live;
mod options;
mod packets;
mod print;
mod read;
mod savefile;
mod write;

#[cfg(test)]
mod schema_tests;

use nethost_sdk::capture::Origin;
use nethost_sdk::output::complain;
use nethost_sdk::{Exit, Tool, exit_code};

use crate::options::{FAILED, Options};

/// The tool.
#[derive(Debug)]
pub struct Tcpdump;

impl Tool for Tcpdump {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        Ok(exit_code(tcpdump(&args).await, flags::usage))
    }
}

async fn tcpdump(args: &[String]) -> Result<u8, Exit> {
    let mut options = Options::default();
    flags::COMMAND_LINE.parse(args, &mut options)?;
    if options.list_interfaces {
        return Err(Exit::done(devices::list()?));
    }
    if options.read.is_some() || options.read_list.is_some() {
        return read::all(&options).await;
    }
    if options.listing > 0 && options.interface.is_none() {
        return list(&options).await;
    }
    live::capture(&options).await
}

/// Prints the program of an expression for a link of which there is no packet.
async fn list(options: &Options) -> Result<u8, Exit> {
    let link = options.link.unwrap_or_else(|| {
        complain("Warning: assuming Ethernet");
        1
    });
    let expression = filter::expression(options)?;
    let snapshot = options.snapshot;
    let optimize = !options.plain;
    let program =
        filter::compile(&expression, link, snapshot, 0, Origin::Nowhere, optimize).await?;
    Err(Exit::done(filter::print(&program, options.listing)))
}

/// Something is wrong.
fn failed(why: impl std::fmt::Display) -> Exit {
    Exit::failed(FAILED, format!("tcpdump: {why}"))
}

/// Reads bytes as a capture file, and presents each packet in all forms; none of it may fail on any bytes. This is what
/// fuzzing calls.
pub fn read_capture(bytes: &[u8]) {
    read::each(bytes);
}

// Two tools cannot export the same function in one native program, such as the one that replays fuzz targets.
#[cfg(target_family = "wasm")]
nethost_sdk::tool!(Tcpdump, "plugin.toml");
