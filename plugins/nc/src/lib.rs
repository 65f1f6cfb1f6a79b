//! nc: carries bytes between standard input and output and a connection over TCP, UDP or a Unix socket, made or
//! accepted; and says which ports answer. Its model is OpenBSD netcat, as Debian has it.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod client;
mod datagrams;
mod flags;
mod local;
mod names;
mod options;
mod ports;
mod proxy;
mod relay;
mod report;
mod server;
mod telnet;
mod traffic_class;

#[cfg(test)]
mod schema_tests;

use nethost_sdk::{Error, Exit, Tool, exit_code};

use crate::options::Options;

struct Nc;

impl Tool for Nc {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        Ok(exit_code(nc(&args).await, flags::usage))
    }
}

async fn nc(args: &[String]) -> Result<u8, Exit> {
    let options = Options::parse(args)?;
    match (options.unix, options.listen) {
        (true, true) => local::listen(&options).await,
        (true, false) => local::connect(&options).await,
        (false, true) => server::listen(&options).await,
        (false, false) => client::connect(&options).await,
    }
}

/// Nothing goes on, for this reason.
fn fatal(message: impl std::fmt::Display) -> Exit {
    Exit::failed(1, format!("nc: {message}"))
}

/// The words for an error of binding: a port that only root may have is refused in other words than a packet.
fn words(error: &Error) -> String {
    match error {
        Error::AccessDenied => "Permission denied".into(),
        error => error.to_string(),
    }
}

nethost_sdk::tool!(Nc, "plugin.toml");
