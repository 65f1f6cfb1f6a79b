//! `lsof`: open files and sockets of processes, as lsof 4.95 lists them.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod address;
mod arguments;
mod columns;
mod command;
mod databases;
mod endpoints;
mod errno;
mod fields;
mod flags;
mod help;
mod json;
mod listing;
mod marker;
mod mounts;
mod named;
mod options;
mod parse;
mod row;
mod select;
mod sockets;
mod state;

#[cfg(test)]
mod schema_tests;

use nethost_sdk::{Tool, exit_code};

struct Lsof;

impl Tool for Lsof {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        Ok(exit_code(listing::run(&args).await, help::usage))
    }
}

nethost_sdk::tool!(Lsof, "plugin.toml");
