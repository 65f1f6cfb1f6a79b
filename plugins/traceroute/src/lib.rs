//! traceroute and mtr as a sandboxed plugin: who is on the way to a host, and how well each answers.
//!
//! flags, then options, then an engine that is pure, then a report; transports in between send what
//! the engine wants sent. `--mtr` as the first argument makes it mtr, which has the same parts, and `--tracepath`
//! tracepath.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod engine;
mod extension;
mod flags;
mod mtr;
mod options;
mod probe;
mod report;
mod target;
mod trace;
mod tracepath;
mod transport;

#[cfg(test)]
mod schema_tests;

use nethost_sdk::{Exit, Tool, exit_code};

struct Traceroute;

impl Tool for Traceroute {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        // Neither has a usage behind its complaints.
        Ok(exit_code(run(&args).await, String::new))
    }
}

async fn run(args: &[String]) -> Result<u8, Exit> {
    if let Some((first, rest)) = args.split_first() {
        match nethost_sdk::args::with_hyphens(first).as_str() {
            "--mtr" => return mtr::run(rest).await,
            "--tracepath" => return tracepath::run(rest).await,
            _ => {}
        }
    }
    trace::run(&options::parse(args)?).await
}

nethost_sdk::tool!(Traceroute, "plugin.toml");
