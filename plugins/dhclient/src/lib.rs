//! `dhclient`: asks for an address by DHCP like ISC's dhclient, and shows what servers hand out.

#![deny(clippy::print_stdout, clippy::print_stderr)]
// The fuzz targets link the reading of messages and files natively, beside another plugin: only one can be the tool.
#![cfg_attr(not(target_family = "wasm"), allow(dead_code))]

mod arguments;
mod ask;
mod ask6;
mod compare;
mod compare6;
pub mod conf;
mod configure;
mod configure6;
mod conflict;
mod difference;
mod frame;
mod identity;
pub mod lease_file;
mod link6;
mod links;
pub mod moment;
mod offer;
mod offer6;
mod probe;
mod process_file;
mod resolv_conf;
mod run;
mod run6;
mod store;
pub mod syntax;
pub mod v4;
pub mod v6;
mod wire;

#[cfg(test)]
mod schema_tests;

use nethost_sdk::{Exit, Tool, exit_code};

struct Dhclient;

impl Tool for Dhclient {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        Ok(exit_code(dhclient(&args).await, arguments::usage))
    }
}

async fn dhclient(args: &[String]) -> Result<u8, Exit> {
    let options = arguments::parse(args)?;
    if options.probe {
        return probe::run(&options).await;
    }
    if options.compare {
        return match options.ipv6() {
            true => compare6::run(&options).await,
            false => compare::run(&options).await,
        };
    }
    options.say_what_has_no_effect();
    if options.stop || options.release {
        process_file::end_other(&options).await?;
    }
    match options.ipv6() {
        true => run6::run(&options).await,
        false => run::run(&options).await,
    }
}

/// An error that ends the run.
fn failed(code: u8, what: impl std::fmt::Display) -> Exit {
    Exit::failed(code, what.to_string())
}

/// Seconds since 1970.
fn clock() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}

/// A number that differs from run to run.
fn random() -> u64 {
    getrandom::u64().unwrap_or_else(|_| u64::from(clock().unsigned_abs() as u32) << 16 | 1)
}

#[cfg(target_family = "wasm")]
nethost_sdk::tool!(Dhclient, "plugin.toml");
