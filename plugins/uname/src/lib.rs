//! `uname`: facts about the kernel and this machine, as coreutils' uname.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod flags;

#[cfg(test)]
mod schema_tests;

use std::fmt;

use nethost_sdk::output::Output;
use nethost_sdk::system::{self, Uname};
use nethost_sdk::text::printable;
use nethost_sdk::{Exit, Tool, exit_code};
use serde::Serialize;

use flags::{COMMAND_LINE, Fact, Options};

struct Tell;

impl Tool for Tell {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        Ok(exit_code(tell(&args), String::new))
    }
}

nethost_sdk::tool!(Tell, "plugin.toml");

fn tell(args: &[String]) -> Result<u8, Exit> {
    let mut options = Options::default();
    COMMAND_LINE.parse(args, &mut options)?;
    let facts = system::uname()
        .map_err(|error| Exit::failed(1, format!("uname: cannot get system name: {error}")))?;
    let told = Told {
        facts: Facts::of(facts),
        wanted: options.wanted(),
    };
    Output::stdout(options.format).fact(&told)?;
    Ok(0)
}

/// What is known, by the long names of the options.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
struct Facts {
    kernel_name: String,
    nodename: String,
    kernel_release: String,
    kernel_version: String,
    machine: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    domainname: Option<String>,
    operating_system: &'static str,
}

impl Facts {
    fn of(facts: Uname) -> Self {
        Self {
            kernel_name: facts.sysname,
            nodename: facts.nodename,
            kernel_release: facts.release,
            kernel_version: facts.version,
            machine: facts.machine,
            domainname: Some(facts.domainname).filter(|name| name != "(none)"),
            operating_system: "GNU/Linux",
        }
    }

    fn get(&self, fact: Fact) -> &str {
        match fact {
            Fact::KernelName => &self.kernel_name,
            Fact::Nodename => &self.nodename,
            Fact::KernelRelease => &self.kernel_release,
            Fact::KernelVersion => &self.kernel_version,
            Fact::Machine => &self.machine,
            // Neither has a source on Linux.
            Fact::Processor | Fact::HardwarePlatform => "unknown",
            Fact::OperatingSystem => self.operating_system,
        }
    }
}

/// All facts for programs; for people those that were asked for, in one line.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Told {
    #[serde(flatten)]
    facts: Facts,
    #[serde(skip)]
    wanted: Vec<Fact>,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.wanted.iter().map(|fact| self.facts.get(*fact));
        let words: Vec<_> = words.map(|word| printable(word).to_string()).collect();
        writeln!(f, "{}", words.join(" "))
    }
}
