//! whois: asks who owns a domain, an address, a network or a number of an autonomous system, over whois
//! (RFC 3912) and, with `--rdap`, over its successor (RFC 9082, RFC 9083).

mod ask;
mod charset;
mod chase;
mod flags;
mod legal;
mod object;
mod options;
mod rdap;
mod referral;

use nethost_sdk::{Tool, until_end};

use crate::options::{Command, Options};

/// What the native tool ends with when it was misused, or knows nobody to ask.
const UNKNOWN: u8 = 1;
/// What it ends with when a server could not be asked.
const FAILED: u8 = 2;

struct Whois;

impl Tool for Whois {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        match Options::parse(args) {
            Ok(Command::Help) => {
                print!("{}", flags::usage());
                Ok(0)
            }
            Ok(Command::Version) => {
                println!("whois from nethost {}", env!("CARGO_PKG_VERSION"));
                Ok(0)
            }
            Ok(Command::Ask(options)) => {
                let asking = async {
                    match options.rdap {
                        true => rdap::ask(&options).await,
                        false => chase::ask(&options).await,
                    }
                };
                Ok(until_end(asking).await.unwrap_or_else(|end| {
                    eprintln!("Interrupted by signal {}...", end.number());
                    FAILED
                }))
            }
            Err(message) => {
                if !message.is_empty() {
                    eprintln!("whois: {message}");
                }
                eprint!("{}", flags::usage());
                Ok(UNKNOWN)
            }
        }
    }
}

nethost_sdk::tool!(Whois, "plugin.toml");
