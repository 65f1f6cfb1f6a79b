//! tcpdump: prints packets in the words of the native tool, from a capture file.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod flags;
mod links;
mod options;
mod print;
mod read;
mod savefile;

use nethost_sdk::{Exit, Tool, exit_code};

use crate::options::{FAILED, Options};

struct Tcpdump;

impl Tool for Tcpdump {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        Ok(exit_code(tcpdump(&args).await, flags::usage))
    }
}

async fn tcpdump(args: &[String]) -> Result<u8, Exit> {
    let mut options = Options::default();
    flags::COMMAND_LINE.parse(args, &mut options)?;
    if !options.expression.is_empty() || options.expression_file.is_some() {
        return Err(failed("filter expressions are not built yet"));
    }
    if options.write.is_some() {
        return Err(failed("-w is not built yet"));
    }
    if options.read.is_none() && options.read_list.is_none() {
        return Err(failed("nothing is captured live yet: use -r FILE"));
    }
    read::all(&options).await
}

/// Something is wrong.
fn failed(why: impl std::fmt::Display) -> Exit {
    Exit::failed(FAILED, format!("tcpdump: {why}"))
}

nethost_sdk::tool!(Tcpdump, "plugin.toml");
