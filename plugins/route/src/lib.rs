//! `route`: shows and changes the routing tables, like net-tools' route.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod flags;
mod inet;
mod inet6;
mod kernel;
mod resolve;
mod usage;

#[cfg(test)]
mod schema_tests;

use nethost_sdk::output::{Format, Output};
use nethost_sdk::routing_table::{self, View};
use nethost_sdk::{Error, Exit, Tool, exit_code};

use flags::{COMMAND_LINE, Family, Options};

struct Route;

impl Tool for Route {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        Ok(exit_code(route(&args).await, usage::wrong))
    }
}

nethost_sdk::tool!(Route, "plugin.toml");

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Add,
    Delete,
    Flush,
}

async fn route(args: &[String]) -> Result<u8, Exit> {
    // getopt would take these words for options.
    let args: Vec<String> = args
        .iter()
        .map(|word| match word.as_str() {
            "-net" => "#net".to_owned(),
            "-host" => "#host".to_owned(),
            _ => word.clone(),
        })
        .collect();
    let mut options = Options::default();
    COMMAND_LINE.parse(&args, &mut options)?;
    if options.help {
        return Err(match options.families.as_slice() {
            [] => usage::help(),
            [Family::Inet] => Exit::done(usage::INET),
            [Family::Inet6] => Exit::done(usage::INET6),
            several => flags::several(several),
        });
    }
    let Some((verb, words)) = options.operands.split_first() else {
        return show(&options).await;
    };
    let action = match verb.as_str() {
        "add" => Action::Add,
        "del" | "delete" => Action::Delete,
        "flush" => Action::Flush,
        _ => return Err(Exit::misused(3, "")),
    };
    match options.families.as_slice() {
        [] | [Family::Inet] => inet::run(action, options.cache, words).await,
        [Family::Inet6] => inet6::run(action, words).await,
        several => Err(flags::several(several)),
    }
}

async fn show(options: &Options) -> Result<u8, Exit> {
    let mut output = Output::stdout(options.format);
    let families = match options.families.as_slice() {
        [] => &[Family::Inet],
        families => families,
    };
    for family in families {
        let inet6 = *family == Family::Inet6;
        // With -C the cache, with -F the table, with both one after the other.
        let tables = match (options.cache, options.fib) {
            (true, true) => [false, true].as_slice(),
            (true, false) => &[true],
            (false, _) => &[false],
        };
        let Some(extended) = options.columns(inet6) else {
            // The fourth form of net-tools' tables has a title alone.
            output.line("Kernel IP routing table")?;
            continue;
        };
        let failed = |error: Error| match error {
            Error::NotFound if inet6 => {
                let what = "/proc/net/ipv6_route: No such file or directory\n\
                            INET6 (IPv6) not configured in this system.";
                Exit::failed(1, what)
            }
            error => Exit::failed(2, format!("route: {error}")),
        };
        for cache in tables {
            let view = View {
                inet6,
                extended,
                cache: *cache,
                numeric: options.numeric,
            };
            match options.format {
                Format::Text => output.text(routing_table::text(view).await.map_err(failed)?)?,
                Format::Json => {
                    for route in routing_table::routes(view).map_err(failed)? {
                        output.json(&route)?;
                    }
                }
            }
        }
    }
    output.flush()?;
    Ok(0)
}
