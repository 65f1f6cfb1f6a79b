//! `$args`: the targets in the arguments of the operator, in the notations of tools for hosts, networks, URLs and
//! files. An argument that is not understood grants nothing.
//!
//! Every argument is parsed, and so are `--option=VALUE`, `-oVALUE`, `+key=VALUE`, `key=VALUE`, `@VALUE` and the
//! parts of a list with commas. Each of them can be:
//!
//! | typed | means |
//! |---|---|
//! | `host`, `user@host`, `127.1`, `fe80::1%eth0` | that host |
//! | `host:443`, `[2001:db8::1]:443` | that host, this port |
//! | `http://user@host:8080/path/name` | that host, this port; without one, any port; the file `name` in the current folder |
//! | `ftp://host:2121/path` | that host, any port, because FTP moves data over ports of the server's choice |
//! | `http://{a,b}.example/[1-9]` | each of the hosts, where there are not too many |
//! | `host:80:10.0.0.1`, `a:80:b:8080` | the host or address behind the second colon, with the port behind it |
//! | `host.example/path` | that host |
//! | `10.0.0.0/8` | that network |
//! | `10.0.0.1-20`, `10.0.0.1-10.0.1.9` | the addresses from the first to the last |
//! | `10.0.0-3.1,5`, `10.0.*.1` | addresses octet by octet |
//! | `default` | the networks `0.0.0.0/0` and `::/0` as such, but no host |
//! | anything | the file of that name, and the socket of that abstract name, with `@` in front or without |
//!
//! A number with fewer than four parts, such as `1.5`, is an address only where a host is expected: not after `-i`,
//! and not as the value of `--interval=`.

mod globs;
mod hosts;
mod series;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::cuts::Cuts;
use super::pattern::{Asked, Cover};
use hosts::{Hosts, Spot};
use nethost_core::home;
use nethost_core::{AbsolutePath, CanonicalAddr, HostName, ObjectName, Target};

/// The maximum nesting of option values: `--form=file=@PATH` has three.
const DEPTH: u32 = 4;

/// The parsed arguments.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    names: HashMap<HostName, Ports>,
    addresses: HashMap<CanonicalAddr, Ports>,
    /// Networks, ranges and octet lists.
    sets: Vec<(Hosts, Option<u16>)>,
    default_route: bool,
    paths: HashSet<AbsolutePath>,
    /// The same words as names of sockets.
    sockets: HashSet<ObjectName>,
    /// The folder that paths are relative to.
    folder: Option<PathBuf>,
}

/// The ports that were typed with a host.
#[derive(Debug, Clone, Default)]
struct Ports {
    any: bool,
    some: Vec<u16>,
}

impl Ports {
    fn add(&mut self, port: Option<u16>) {
        match port {
            Some(port) => self.some.push(port),
            None => self.any = true,
        }
    }

    fn cover(&self, port: Option<u16>) -> bool {
        self.any || port.is_some_and(|port| self.some.contains(&port))
    }
}

/// The maximum number of files for which links are followed.
const LINKS: usize = 512;

/// The position of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Where a host is expected.
    Alone,
    /// The value of an option: a short number is not an address there.
    Value,
}

impl Typed {
    /// Parses a command line.
    pub fn new<S: AsRef<str>>(args: &[S]) -> Self {
        let mut typed = Self {
            folder: std::env::current_dir().ok(),
            ..Self::default()
        };
        let mut place = Place::Alone;
        for arg in args.iter().map(AsRef::as_ref) {
            typed.argument(arg, place);
            let takes_value = arg.len() > 1 && arg.starts_with(['-', '+']) && arg != "--";
            place = match takes_value && !arg.contains('=') {
                true => Place::Value,
                false => Place::Alone,
            };
        }
        typed
    }

    /// Whether names of hosts were typed.
    pub(super) fn has_names(&self) -> bool {
        !self.names.is_empty()
    }

    /// The files in the arguments, for which links are followed.
    pub(super) fn files(&self) -> impl Iterator<Item = &AbsolutePath> {
        let few = self.paths.len() <= LINKS;
        self.paths.iter().filter(move |_| few)
    }

    /// Stores the real paths of the files.
    pub(super) fn lead_to(&mut self, real: impl IntoIterator<Item = AbsolutePath>) {
        self.paths.extend(real);
    }

    fn argument(&mut self, arg: &str, place: Place) {
        self.file(arg);
        if let Some(option) = arg.strip_prefix("--") {
            if let Some((_, value)) = option.split_once('=') {
                self.value(value, Place::Value, DEPTH);
            }
        } else if let Some(option) = arg.strip_prefix('-') {
            // An option letter with its value. It may also be several option letters, which must not be taken for a
            // host.
            let mut rest = option.chars();
            rest.next();
            let rest = rest.as_str();
            if rest.contains(['.', ':', '@', '=', '/']) {
                self.value(rest, Place::Value, DEPTH);
            }
            self.file(rest);
        } else {
            self.value(arg, place, DEPTH);
        }
    }

    fn value(&mut self, text: &str, place: Place, depth: u32) {
        if text.is_empty() || depth == 0 {
            return;
        }
        self.file(text);
        self.host(text, place);
        if let Some(rest) = text.strip_prefix('@') {
            self.value(rest, Place::Alone, depth - 1);
        }
        if let Some((key, value)) = text.split_once('=')
            && key
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'+'))
        {
            self.value(value, Place::Value, depth - 1);
        }
        self.url(text, place);
        self.led_to(text);
        // A comma in a URL is a part of it.
        if text.contains(',') && !text.contains("://") {
            text.split(',').for_each(|part| self.host(part, place));
        }
    }

    /// The name of a URL's file, and the hosts of one that stands for many.
    fn url(&mut self, text: &str, place: Place) {
        let Some((scheme, rest)) = text.split_once("://") else {
            return;
        };
        let end = rest.find(['?', '#']).unwrap_or(rest.len());
        let (rest, _) = rest.split_at(end);
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let name = path.rsplit('/').next().unwrap_or_default();
        if !name.is_empty() && name != "." && name != ".." {
            self.file(name);
        }
        if authority.contains('{') {
            for authority in globs::expand(authority) {
                self.host(&format!("{scheme}://{authority}"), place);
            }
        }
    }

    /// What stands behind a host and its port: `HOST:PORT:ADDRESS[,ADDRESS]…` or `HOST:PORT:HOST:PORT`.
    fn led_to(&mut self, text: &str) {
        let mut parts = text.splitn(3, ':');
        let (Some(_), Some(port), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
            return;
        };
        let digits = port.bytes().all(|byte| byte.is_ascii_digit());
        let digits = digits && port.is_empty() == text.starts_with("::");
        if !digits
            || text.contains("://")
            || text.starts_with('[')
            || text.parse::<std::net::IpAddr>().is_ok()
        {
            return;
        }
        for part in rest.split(',').filter(|part| !part.is_empty()) {
            self.host(part.strip_suffix(':').unwrap_or(part), Place::Alone);
        }
    }

    fn file(&mut self, text: &str) {
        let folder = self.folder.as_deref().unwrap_or(Path::new(""));
        self.paths
            .extend(AbsolutePath::new(folder, &home::expand(text)));
        let names = [Some(text), text.strip_prefix('@')];
        let sockets = names.into_iter().flatten();
        self.sockets
            .extend(sockets.filter_map(ObjectName::abstract_socket));
    }

    fn host(&mut self, text: &str, place: Place) {
        self.default_route |= text == "default";
        let Some(spot) = Spot::read(text, place == Place::Alone) else {
            return;
        };
        match spot {
            Spot::File(path) => self.file(path),
            Spot::Hosts(Hosts::Name(name), port) => self.names.entry(name).or_default().add(port),
            Spot::Hosts(Hosts::Address(address), port) => {
                self.addresses.entry(address).or_default().add(port);
            }
            Spot::Hosts(many, port) => self.sets.push((many, port)),
        }
    }

    /// Whether the operator typed this target, or a name that was resolved to it.
    pub(super) fn covers(&self, asked: Asked<'_>) -> Cover {
        let covered = match asked.target {
            Target::Path(path) => self.paths.contains(path),
            Target::Name(name) => self.names.contains_key(name),
            Target::Address { address, port } => {
                let alias = address.destination_alias().map(CanonicalAddr::new);
                let typed = |address| self.has_address(address, *port);
                if !typed(*address) && !alias.is_some_and(typed) {
                    return self.by_name(asked, *port);
                }
                true
            }
            Target::Listen { address, port } => {
                if !self.has_address(*address, *port) {
                    return self.by_name(asked, *port);
                }
                true
            }
            Target::Network(network) => {
                let network = network.net();
                let host = CanonicalAddr::new(network.addr());
                (self.default_route && network.prefix_len() == 0)
                    || self.sets.iter().any(|(hosts, port)| match hosts {
                        Hosts::Network(typed) => port.is_none() && typed.net().contains(&network),
                        _ => false,
                    })
                    || (network.prefix_len() == network.max_prefix_len()
                        && self.addresses.get(&host).is_some_and(|ports| ports.any))
            }
            Target::Object(name) => self.sockets.contains(name),
            Target::Set(_) | Target::Link(_) | Target::Local(_) => false,
        };
        Cover::when(covered)
    }

    /// Whether this is a typed file, or one of those that take turns under its name.
    pub(super) fn has_in_series(&self, path: &AbsolutePath) -> bool {
        let named = |typed: &AbsolutePath| series::has(typed.as_path(), path.as_path());
        self.paths.contains(path) || self.files().any(named)
    }

    fn has_address(&self, address: CanonicalAddr, port: Option<u16>) -> bool {
        let alone = self.addresses.get(&address);
        let among = |(hosts, typed): &(Hosts, Option<u16>)| {
            (typed.is_none() || *typed == port) && hosts.contains(address.ip())
        };
        alone.is_some_and(|ports| ports.cover(port)) || self.sets.iter().any(among)
    }

    /// The bounds of the typed addresses and ports.
    pub(super) fn cut(&self, cuts: &mut Cuts<'_>) {
        for (address, ports) in &self.addresses {
            cuts.address(address.ip());
            ports.some.iter().for_each(|port| cuts.ports(*port, *port));
        }
        for (hosts, port) in &self.sets {
            hosts.cut(cuts);
            port.iter().for_each(|port| cuts.ports(*port, *port));
        }
        let named = self.names.values().flat_map(|ports| &ports.some);
        named.for_each(|port| cuts.ports(*port, *port));
    }

    fn by_name(&self, asked: Asked<'_>, port: Option<u16>) -> Cover {
        let typed = asked.names.iter().any(|led| {
            let ports = self.names.get(&led.name);
            ports.is_some_and(|ports| ports.cover(port))
        });
        if typed { Cover::ByName } else { Cover::No }
    }
}

#[cfg(test)]
mod tests;
