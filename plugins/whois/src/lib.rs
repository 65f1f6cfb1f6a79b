//! whois: asks who owns a domain, an address, a network or a number of an autonomous system, over whois
//! (RFC 3912) and, with `--rdap`, over its successor (RFC 9082, RFC 9083).

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod ask;
mod charset;
mod chase;
mod flags;
mod legal;
mod object;
mod options;
mod rdap;
mod referral;

#[cfg(test)]
mod schema_tests;

use nethost_sdk::{Exit, Tool, exit_code, until_end};

use crate::options::Options;

/// What the native tool ends with when it was misused, or knows nobody to ask.
const UNKNOWN: u8 = 1;
/// What it ends with when a server could not be asked.
const FAILED: u8 = 2;

struct Whois;

impl Tool for Whois {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        Ok(exit_code(whois(&args).await, flags::usage))
    }
}

async fn whois(args: &[String]) -> Result<u8, Exit> {
    let options = Options::parse(args)?;
    let asking = async {
        match options.rdap {
            true => rdap::ask(&options).await,
            false => chase::ask(&options).await,
        }
    };
    until_end(asking).await.unwrap_or_else(|end| {
        let number = end.number();
        Err(Exit::failed(
            FAILED,
            format!("Interrupted by signal {number}..."),
        ))
    })
}

/// A server could not be asked, or not all that it said was understood.
fn failed(message: impl std::fmt::Display) -> Exit {
    Exit::failed(FAILED, format!("whois: {message}"))
}

nethost_sdk::tool!(Whois, "plugin.toml");
