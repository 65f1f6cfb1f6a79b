//! The targets in the order of the command line, group by group: networks are never written out as a whole.

mod spec;

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use nethost_sdk::output::complain;
use nethost_sdk::text::printable;
use nethost_sdk::{Error, Exit, Family, files, resolver};

use crate::options::Options;
use crate::quit;
use spec::{Addresses, Spec};

/// A host to scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) address: IpAddr,
    /// The name that was typed.
    pub(crate) typed: Option<String>,
    /// Further addresses of that name, which are not scanned.
    pub(crate) others: Vec<IpAddr>,
}

/// The most names and networks in a file.
const LARGEST: usize = 16 << 20;
const PATIENCE: Duration = Duration::from_secs(10);

/// Where targets come from.
pub(crate) struct Targets {
    pending: VecDeque<String>,
    current: Option<(Addresses, Option<String>, Vec<IpAddr>)>,
    /// First and last address, ascending.
    excluded: Vec<(IpAddr, IpAddr)>,
    ipv6: bool,
    all: bool,
    seen: Option<std::collections::HashSet<IpAddr>>,
}

impl Targets {
    pub(crate) async fn of(options: &Options) -> Result<Self, Exit> {
        let pending = options
            .targets
            .iter()
            .chain(&options.inputs)
            .cloned()
            .collect();
        let mut targets = Self {
            pending,
            current: None,
            excluded: Vec::new(),
            ipv6: options.ipv6,
            all: options.resolve_all,
            seen: options.unique.then(std::collections::HashSet::new),
        };
        let mut excluded = Vec::new();
        let mut exclude = options.exclude.clone();
        if let Some(file) = &options.exclude_file {
            exclude.extend(words(file, "exclude")?);
        }
        for word in &exclude {
            match targets.read(word).await {
                Some((addresses, _, others)) => {
                    excluded.extend(addresses.ranges());
                    excluded.extend(others.into_iter().map(|other| (other, other)));
                }
                None => {
                    return Err(quit(format!(
                        "Invalid address specification: {}",
                        printable(word)
                    )));
                }
            }
        }
        excluded.sort_unstable();
        targets.excluded = excluded;
        Ok(targets)
    }

    /// The next targets, at most so many.
    pub(crate) async fn group(&mut self, most: usize) -> Vec<Target> {
        let mut group = Vec::new();
        while group.len() < most {
            let Some((addresses, typed, others)) = &mut self.current else {
                let Some(word) = self.pending.pop_front() else {
                    break;
                };
                self.current = self.read(&word).await;
                continue;
            };
            let Some(address) = addresses.next() else {
                self.current = None;
                continue;
            };
            let before = self
                .excluded
                .partition_point(|(first, _)| *first <= address);
            let is_excluded = self.excluded.get(..before).unwrap_or_default();
            if is_excluded
                .iter()
                .rev()
                .take(4096)
                .any(|(_, last)| address <= *last)
            {
                continue;
            }
            if self.seen.as_mut().is_some_and(|seen| !seen.insert(address)) {
                continue;
            }
            if !nethost_sdk::remotes::NetworkSet::can_hold(address) {
                complain(format_args!(
                    "nmap: {address} is not the address of a host; it is left out."
                ));
                continue;
            }
            group.push(Target {
                address,
                typed: typed.clone(),
                others: others.clone(),
            });
        }
        group
    }

    /// What a word of the command line means. None, after a message, if it means nothing.
    async fn read(&self, word: &str) -> Option<(Addresses, Option<String>, Vec<IpAddr>)> {
        let shown = printable(word);
        let name = match spec::read(word) {
            Ok(Spec::Addresses(addresses)) if addresses.is_ipv6() == self.ipv6 => {
                return Some((addresses, None, Vec::new()));
            }
            Ok(Spec::Addresses(addresses)) if addresses.is_ipv6() => {
                complain(format_args!(
                    "{shown} looks like an IPv6 target specification -- you have to use the -6 option."
                ));
                return None;
            }
            Ok(Spec::Addresses(_)) => {
                complain(format_args!(
                    "Warning: Hostname {shown} resolves, but not to any IPv6 address. Try scanning without -6"
                ));
                complain(format_args!("Failed to resolve \"{shown}\"."));
                return None;
            }
            Ok(Spec::Name(name, bits)) => (name, bits),
            Err(why) => {
                complain(why);
                return None;
            }
        };
        let (name, bits) = name;
        let family = if self.ipv6 { Family::V6 } else { Family::V4 };
        let found = match resolver::addresses(&name, Some(family), PATIENCE).await {
            Ok(found) => found,
            Err(Error::Denied(denial)) => {
                complain(format_args!("nmap: {}", Error::Denied(denial)));
                return None;
            }
            Err(_) => Vec::new(),
        };
        let mut found = found.into_iter();
        let Some(first) = found.next() else {
            complain(format_args!("Failed to resolve \"{shown}\"."));
            return None;
        };
        let mut others: Vec<IpAddr> = found.collect();
        others.dedup();
        if let Some(bits) = bits {
            return Some((Addresses::network(first, bits), None, Vec::new()));
        }
        if self.all {
            others.insert(0, first);
            return Some((Addresses::list(others), Some(name), Vec::new()));
        }
        Some((Addresses::one(first), Some(name), others))
    }
}

/// The words of a file, without comments.
pub(crate) fn words(file: &str, what: &str) -> Result<Vec<String>, Exit> {
    let text = if file == "-" {
        use std::io::Read;
        let mut text = Vec::new();
        let read = std::io::stdin().take(LARGEST as u64).read_to_end(&mut text);
        read.map_err(|error| quit(format!("standard input: {error}")))?;
        text
    } else {
        files::read(file).map_err(|error| {
            let number = crate::outputs::number(&error);
            let what = format!("Failed to open {what} file {file} for reading");
            Exit::failed(1, format!("{what}: {error}{number}"))
        })?
    };
    let text = String::from_utf8_lossy(&text);
    let words = text.lines().flat_map(|line| {
        line.split('#')
            .next()
            .unwrap_or_default()
            .split_whitespace()
    });
    Ok(words.map(str::to_owned).collect())
}
