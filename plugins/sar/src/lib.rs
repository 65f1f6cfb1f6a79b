//! `sar`: the activity of the network, processors and memory over time, as sysstat's sar shows it while it runs. It keeps
//! no files and reads none.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod activity;
mod flags;
mod icmp;
mod machine;
mod network;
mod rates;
mod report;
mod run;
mod sample;

#[cfg(test)]
mod schema_tests;

use nethost_sdk::{Tool, exit_code};

struct Sar;

impl Tool for Sar {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        Ok(exit_code(run::run(&args).await, flags::usage))
    }
}

nethost_sdk::tool!(Sar, "plugin.toml");
