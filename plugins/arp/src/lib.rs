//! `arp`: shows and changes the ARP cache, like net-tools' arp.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod change;
mod entry;
mod ethers;
mod flags;
mod report;

#[cfg(test)]
mod schema_tests;

use std::net::{IpAddr, Ipv4Addr};

use nethost_sdk::names::{Names, Settings};
use nethost_sdk::output::{Format, Output};
use nethost_sdk::{Exit, Family, Tool, exit_code, resolver};

use entry::Entry;
use flags::{COMMAND_LINE, Mode, Options};

struct Arp;

impl Tool for Arp {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        Ok(exit_code(arp(&args).await, flags::usage))
    }
}

async fn arp(args: &[String]) -> Result<u8, Exit> {
    let mut options = Options::default();
    COMMAND_LINE.parse(args, &mut options)?;
    match options.mode {
        Mode::Show => show(&options).await?,
        Mode::Set => change::set(&options, &options.operands).await?,
        Mode::File => ethers::set(&options).await?,
        Mode::Delete => change::delete(&options).await?,
    }
    Ok(0)
}

nethost_sdk::tool!(Arp, "plugin.toml");

type Done<T = ()> = Result<T, Exit>;

/// The address of a host by name or number.
async fn host(name: &str) -> Done<Ipv4Addr> {
    if let Ok(address) = name.parse() {
        return Ok(address);
    }
    let unknown = || {
        let shown = nethost_sdk::text::printable(name);
        Exit::failed(255, format!("{shown}: Host name lookup failure"))
    };
    let found = resolver::addresses(name, Some(Family::V4), TIMEOUT).await;
    let addresses = found.map_err(|_| unknown())?;
    let v4 = addresses.into_iter().find_map(|address| match address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    });
    v4.ok_or_else(unknown)
}

/// The timeout of a lookup.
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);

async fn show(options: &Options) -> Done {
    let wanted = match options.operands.first() {
        Some(name) => Some((name.as_str(), host(name).await?)),
        None => None,
    };
    let entries = entry::all().map_err(|error| Exit::failed(1, format!("arp: {error}")))?;
    let total = entries.len();
    let is_shown = |entry: &Entry| {
        let interface = options.interface.as_ref();
        wanted.is_none_or(|(_, address)| entry.address == address)
            && interface.is_none_or(|name| *name == entry.interface)
    };
    let shown: Vec<Entry> = entries.into_iter().filter(is_shown).collect();
    let mut names = match options.numeric {
        true => Names::none(),
        false => Names::new(Settings::default()),
    };
    // While one lookup is awaited, the next ones are under way.
    for entry in &shown {
        names.want(entry.address.into());
    }
    let mut output = Output::stdout(options.format);
    let text = options.format == Format::Text;
    if text && !options.bsd && !shown.is_empty() {
        output.line(report::HEAD)?;
    }
    for mut entry in shown.iter().cloned() {
        entry.name = names.find(entry.address.into()).await;
        output.fact(&Fact {
            entry,
            bsd: options.bsd,
        })?;
    }
    if options.verbose && text {
        let found = shown.len();
        let skipped = total - found;
        output.line(format_args!(
            "Entries: {total}\tSkipped: {skipped}\tFound: {found}"
        ))?;
    }
    if shown.is_empty() && text {
        match wanted {
            Some((name, address)) if !options.bsd => {
                output.line(format_args!("{name} ({address}) -- no entry"))?;
            }
            _ if total > 0 => {
                output.line(format_args!("arp: in {total} entries no match found."))?;
            }
            _ => {}
        }
    }
    output.flush()
}

/// An entry, in the requested style.
#[derive(serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
struct Fact {
    entry: Entry,
    #[serde(skip)]
    bsd: bool,
}

impl std::fmt::Display for Fact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let line = match self.bsd {
            true => report::bsd(&self.entry),
            false => report::linux(&self.entry),
        };
        writeln!(f, "{line}")
    }
}
