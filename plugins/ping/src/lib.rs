//! ping: sends ICMP echo requests and reports the replies, as iputils does; and fping's job too.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod dots;
mod engine;
mod flags;
mod icmp_words;
mod many;
mod many_remotes;
mod names;
mod open;
mod options;
mod payload;
mod plot;
mod report;
mod single;
mod sweep;
mod sweep_report;

#[cfg(test)]
mod schema_tests;

use nethost_sdk::{Exit, Tool, exit_code};

use crate::options::Options;

struct Ping;

impl Tool for Ping {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        Ok(exit_code(ping(&args).await, flags::usage))
    }
}

async fn ping(args: &[String]) -> Result<u8, Exit> {
    let options = Options::parse(args)?;
    match options.targets.as_slice() {
        [target] if !many::is_many(&options) => single::ping(target, &options).await,
        _ if options.plot => Err(flags::refuse(2, "--plot shows one destination")),
        _ => many::ping(&options).await,
    }
}

/// A run that cannot start or continue.
fn failed(message: impl std::fmt::Display) -> Exit {
    Exit::failed(2, format!("ping: {message}"))
}

nethost_sdk::tool!(Ping, "plugin.toml");
