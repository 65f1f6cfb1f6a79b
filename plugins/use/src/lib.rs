//! `use`: the USE method for a machine's network, and for what can hold it back: errors, saturation and utilisation of each
//! resource over an interval, errors first. Each figure has its source, and a limit above which it is wrong.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod check;
mod flags;
mod interfaces;
mod kernel;
mod machine;
mod sample;

#[cfg(test)]
mod schema_tests;

use std::time::Duration;

use nethost_sdk::output::{Format, Output};
use nethost_sdk::{Exit, Tool, clock, exit_code};

use check::{Check, Kind};
use flags::{COMMAND_LINE, Options};
use sample::{Change, Sources};

struct Use;

impl Tool for Use {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        Ok(exit_code(run(&args).await, flags::usage))
    }
}

nethost_sdk::tool!(Use, "plugin.toml");

async fn run(args: &[String]) -> Result<u8, Exit> {
    let mut options = Options::default();
    COMMAND_LINE.parse(args, &mut options)?;
    let sources = Sources::open()?;
    let before = sources.sample()?;
    clock::wait_for(Duration::from_secs(options.interval)).await;
    let after = sources.sample()?;
    let change = Change {
        before: &before,
        after: &after,
    };
    let mut checks = interfaces::checks(&change);
    checks.extend(kernel::checks(&change));
    checks.extend(machine::checks(&change));
    let mut output = Output::stdout(options.format);
    if options.format == Format::Text {
        output.line(format_args!(
            "{:<5} {:<11} {:<34} {:>12}  {:<20} SOURCE",
            "", "KIND", "WHAT", "FIGURE", "WRONG"
        ))?;
    }
    for kind in [Kind::Errors, Kind::Saturation, Kind::Utilisation] {
        for check in checks.iter().filter(|check| check.kind == kind) {
            if options.format == Format::Json || options.all || check.is_wrong() || check.tells() {
                output.fact(check)?;
            }
        }
    }
    output.flush()?;
    Ok(u8::from(checks.iter().any(Check::is_wrong)))
}
