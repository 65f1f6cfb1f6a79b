//! `arping`: sends ARP requests to a neighbour and shows the answers, like iputils' arping.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod engine;
mod flags;
mod packet;
mod report;
mod run;
mod source;

#[cfg(test)]
mod schema_tests;

use nethost_sdk::{Exit, Tool, exit_code};

use flags::{COMMAND_LINE, Options};

struct Arping;

impl Tool for Arping {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        Ok(exit_code(arping(&args).await, flags::usage))
    }
}

async fn arping(args: &[String]) -> Result<u8, Exit> {
    let mut options = Options::default();
    COMMAND_LINE.parse(args, &mut options)?;
    let [destination] = options.operands.as_slice() else {
        return Err(Exit::misused(2, ""));
    };
    run::run(&options, destination).await
}

/// An error that ends the run, as error(3) prints it.
fn failed(code: u8, what: impl std::fmt::Display) -> Exit {
    Exit::failed(code, format!("arping: {what}"))
}

nethost_sdk::tool!(Arping, "plugin.toml");
