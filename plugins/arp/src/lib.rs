//! `arp`: the ARP cache, shown and changed, as net-tools' arp.

mod change;
mod entry;
mod flags;
mod report;

use std::net::{IpAddr, Ipv4Addr};

use nethost_sdk::output::{Format, Output};
use nethost_sdk::{Family, Tool, resolver};

use entry::Entry;
use flags::{Mode, Options};

struct Arp;

impl Tool for Arp {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let options = match flags::options(args) {
            Ok(options) => options,
            Err(error) => {
                eprintln!("arp: {error}");
                eprint!("{}", usage());
                return Ok(3);
            }
        };
        if let Some(refused) = &options.refused {
            eprintln!("{}", nethost_sdk::text::printable(refused));
            return Ok(255);
        }
        let done = match options.mode {
            Mode::Show => show(&options).await,
            Mode::Set => change::set(&options).await,
            Mode::Delete => change::delete(&options).await,
            Mode::Version => {
                println!("arp from nethost {}", env!("CARGO_PKG_VERSION"));
                Ok(())
            }
            Mode::Help => {
                print!("{}", usage());
                Ok(())
            }
        };
        Ok(match done {
            Ok(()) => 0,
            Err((code, text)) => {
                if !text.is_empty() {
                    eprintln!("{text}");
                }
                code
            }
        })
    }
}

nethost_sdk::tool!(Arp, "plugin.toml");

/// An exit code and what to say.
type Done<T = ()> = Result<T, (u8, String)>;

fn usage() -> String {
    format!(
        "Usage: arp [-vn] [-i IF] [-a] [HOST]\n       arp [-v] [-i IF] -d HOST [pub]\n       \
         arp [-v] [-i IF] -s HOST HWADDR [temp] [pub]\n       arp [-v] [-i IF] -Ds HOST IF pub\n{}",
        nethost_sdk::args::help(flags::FLAGS)
    )
}

/// The address of a host by name or number.
async fn host(name: &str) -> Done<Ipv4Addr> {
    if let Ok(address) = name.parse() {
        return Ok(address);
    }
    let unknown = || {
        (
            255,
            format!(
                "{}: Host name lookup failure",
                nethost_sdk::text::printable(name)
            ),
        )
    };
    let found = resolver::addresses(name, Some(Family::V4), TIMEOUT).await;
    let addresses = found.map_err(|_| unknown())?;
    let v4 = addresses.into_iter().find_map(|address| match address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    });
    v4.ok_or_else(unknown)
}

/// How long a name may take to be found.
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);

async fn show(options: &Options) -> Done {
    let wanted = match options.operands.first() {
        Some(name) => Some((name.as_str(), host(name).await?)),
        None => None,
    };
    let entries = entry::all().map_err(|error| (1, format!("arp: {error}")))?;
    let total = entries.len();
    let shown: Vec<Entry> = entries
        .into_iter()
        .filter(|entry| {
            wanted.is_none_or(|(_, address)| entry.address == address)
                && options
                    .interface
                    .as_ref()
                    .is_none_or(|name| *name == entry.interface)
        })
        .collect();
    let mut out = Output::new(std::io::stdout().lock(), Format::Json);
    for (place, mut entry) in shown.iter().cloned().enumerate() {
        if !options.numeric {
            let names = resolver::names(entry.address.into(), TIMEOUT).await;
            entry.name = names.ok().and_then(|names| names.into_iter().next());
        }
        if options.json {
            let _ = out.fact(&Fact(&entry));
            continue;
        }
        if options.bsd {
            println!("{}", report::bsd(&entry));
        } else {
            if place == 0 {
                println!("{}", report::HEAD);
            }
            println!("{}", report::linux(&entry));
        }
    }
    if options.verbose && !options.json {
        println!(
            "Entries: {total}\tSkipped: {}\tFound: {}",
            total - shown.len(),
            shown.len()
        );
    }
    if shown.is_empty() && !options.json {
        match wanted {
            Some((name, address)) if !options.bsd => println!("{name} ({address}) -- no entry"),
            _ if total > 0 => println!("arp: in {total} entries no match found."),
            _ => {}
        }
    }
    Ok(())
}

/// An entry for programs; its text is the report's.
#[derive(serde::Serialize)]
#[serde(transparent)]
struct Fact<'a>(&'a Entry);

impl std::fmt::Display for Fact<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&report::bsd(self.0))
    }
}
