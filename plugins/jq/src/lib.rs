//! `jq`: JSON filtered as by jq 1.8, on jaq's interpreter.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod builtins;
mod colour;
mod files;
mod input;
mod lower;
mod native;
mod options;
mod program;
mod read;
mod run;
mod syntax;
mod usage;
mod value;
mod write;

use nethost_sdk::{Tool, exit_code};

struct Jq;

impl Tool for Jq {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        Ok(exit_code(run::jq(&args), String::new))
    }
}

nethost_sdk::tool!(Jq, "plugin.toml");
