//! `to`: the hosts, networks, files and facts that a rule applies to.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::str::FromStr;

use ipnet::IpNet;

use super::args::Typed;
use super::cuts::Cuts;
use super::path_pattern::PathPattern;
use nethost_core::embedded::{embedded, embedded_network};
use nethost_core::interface::is_any_name;
use nethost_core::{
    AbsolutePath, CanonicalAddr, CanonicalNet, HostName, ObjectName, ResolvedName, Target, file,
};

/// A set of targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// Addresses of a network.
    Network(CanonicalNet),
    /// One port of one address.
    Endpoint(CanonicalAddr, u16),
    /// One file.
    Path(PathPattern),
    /// The files in one folder, and their names.
    Folder(PathPattern),
    /// One host by its name, with the addresses that it resolves to. Or a fact, a device or a file by its name.
    Name(Name),
    /// Every name with this suffix, `*.example.org`, with the addresses that they resolve to.
    Suffix(HostName),
    /// `$args`: hosts, networks and files in the arguments, with the addresses that the names resolve to.
    Arguments,
    /// `$args+`: the files in the arguments, and those whose names only have digits behind them, or other words in
    /// place of their `%` and a letter (strftime(3)).
    Series,
}

/// A word that names something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// As written, for devices and other objects, whose names are case-sensitive.
    text: Box<str>,
    /// As a host name, if it can be one.
    host: Option<HostName>,
    /// As a file in the operator's folder.
    path: Option<PathPattern>,
}

/// How a pattern matches a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cover {
    /// It is not.
    No,
    /// Directly: it names the address, the network, the name or the file.
    Itself,
    /// Only through a name that was resolved to the target.
    ByName,
}

impl Cover {
    pub(super) fn when(covered: bool) -> Self {
        if covered { Self::Itself } else { Self::No }
    }
}

/// A target, and the names that were resolved to it in this run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) target: &'a Target,
    pub(super) names: &'a [ResolvedName],
}

/// An invalid pattern of targets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not an address, a network such as 10.0.0.0/8 or 2001:db8::/32, ADDRESS:PORT, a path, a name, @NAME, *.NAME or $args{hint}"
)]
pub struct BadPattern {
    text: String,
    hint: String,
}

impl FromStr for Pattern {
    type Err = BadPattern;

    fn from_str(text: &str) -> Result<Self, BadPattern> {
        let bad = |hint: String| BadPattern {
            text: text.into(),
            hint,
        };
        if text == "$args" {
            return Ok(Pattern::Arguments);
        }
        if text == "$args+" {
            return Ok(Pattern::Series);
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Pattern::Network(CanonicalNet::host(address.into())));
        }
        if let Ok(network) = text.parse::<IpNet>() {
            return match network.addr() == network.network() {
                true => Ok(Pattern::Network(CanonicalNet::new(network))),
                // To widen 10.0.0.1/8 to 10.0.0.0/8 silently would allow more than the author meant.
                false => {
                    let (wide, narrow) = (network.trunc(), network.addr());
                    Err(bad(format!("; did you mean `{wide}` or `{narrow}`?")))
                }
            };
        }
        if let Ok(endpoint) = text.parse::<SocketAddr>() {
            return match endpoint {
                SocketAddr::V6(v6) if v6.scope_id() != 0 => Err(bad(IN_INTERFACES.into())),
                _ => Ok(Pattern::Endpoint(endpoint.ip().into(), endpoint.port())),
            };
        }
        if text
            .split_once('%')
            .is_some_and(|(address, _)| address.parse::<IpAddr>().is_ok())
        {
            return Err(bad(IN_INTERFACES.into()));
        }
        if ["/", "./", "../", "~/"]
            .iter()
            .any(|start| text.starts_with(start))
        {
            let path = PathPattern::new(text);
            let path = path.ok_or_else(|| bad("; that path leads nowhere".into()))?;
            return Ok(match text.ends_with('/') {
                true => Pattern::Folder(path),
                false => Pattern::Path(path),
            });
        }
        if let Some(rest) = text.strip_prefix("*.") {
            return match HostName::new(rest) {
                Some(suffix) => Ok(Pattern::Suffix(suffix)),
                None => Err(bad(String::new())),
            };
        }
        if text == "*" {
            return Err(bad("; leave `to` out to mean any target".into()));
        }
        if text.contains('*') {
            return Err(bad(
                "; `*` may only stand for whole labels in front: `*.example.org`".into(),
            ));
        }
        Name::new(text)
            .map(Pattern::Name)
            .ok_or_else(|| bad(String::new()))
    }
}

const IN_INTERFACES: &str = "; leave the `%` out and name the interface in `interfaces`";

impl Name {
    /// None for a text that is not a name, such as a mistyped address.
    fn new(text: &str) -> Option<Self> {
        let host = HostName::new(text);
        // Devices can have names that hosts cannot have, such as `eth0.100`.
        let device = || {
            let letters = text.bytes().any(|byte| byte.is_ascii_alphabetic());
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte);
            let number = text.starts_with("0x") || nethost_core::address::inet_aton(text).is_some();
            letters
                && !number
                && is_any_name(text)
                && text.bytes().all(plain)
                && !text.ends_with('.')
        };
        let socket = || Self::abstract_socket(text).is_some();
        (host.is_some() || device() || socket()).then(|| Self {
            text: text.into(),
            host,
            path: PathPattern::new(text),
        })
    }

    /// `@name`, the abstract name of a socket.
    fn abstract_socket(text: &str) -> Option<ObjectName> {
        ObjectName::abstract_socket(text.strip_prefix('@')?)
    }

    /// Whether it is this file in the operator's folder.
    fn is_file(&self, file: &AbsolutePath) -> bool {
        self.path.as_ref().is_some_and(|path| path.is(file))
    }

    fn is_host(&self, name: &HostName) -> bool {
        self.host.as_ref() == Some(name)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pattern::Network(network) => match network.net() {
                net if net.prefix_len() == net.max_prefix_len() => net.addr().fmt(f),
                net => net.fmt(f),
            },
            Pattern::Endpoint(address, port) => SocketAddr::new(address.ip(), *port).fmt(f),
            // A final slash means a folder.
            Pattern::Path(path) if is_root(path) => f.write_str("/."),
            Pattern::Path(path) => path.written().fmt(f),
            Pattern::Folder(path) if is_root(path) => f.write_str("/"),
            Pattern::Folder(path) => write!(f, "{}/", path.written()),
            Pattern::Name(name) => match &name.host {
                Some(host) if host.as_str().eq_ignore_ascii_case(&name.text) => {
                    f.write_str(&name.text)
                }
                Some(host) => host.fmt(f),
                None => f.write_str(&name.text),
            },
            Pattern::Suffix(suffix) => write!(f, "*.{suffix}"),
            Pattern::Arguments => f.write_str("$args"),
            Pattern::Series => f.write_str("$args+"),
        }
    }
}

fn is_root(path: &PathPattern) -> bool {
    path.written().as_path().parent().is_none()
}

impl Pattern {
    /// Why no request can match it, if that is the case, with these ports if there are any.
    pub(super) fn is_futile(&self, ports: &[RangeInclusive<u16>]) -> Option<&'static str> {
        match self {
            Pattern::Endpoint(_, 0) => Some("nothing has port 0"),
            Pattern::Endpoint(_, port)
                if !ports.is_empty() && !ports.iter().any(|range| range.contains(port)) =>
            {
                Some("its port is none of `ports`")
            }
            Pattern::Path(_) | Pattern::Folder(_) if !ports.is_empty() => {
                Some("a file has no port")
            }
            Pattern::Path(path) | Pattern::Folder(path) if file::is_closed(path.written()) => {
                Some("it leads through a magic link (proc(5)), or through links without end")
            }
            _ => None,
        }
    }

    /// Whether, as the name of a file, it depends on the folder or the home of who runs a plugin.
    pub(super) fn is_relative(&self) -> bool {
        match self {
            Pattern::Path(path) | Pattern::Folder(path) => path.is_relative(),
            Pattern::Name(Name { path, .. }) => path.as_ref().is_some_and(PathPattern::is_relative),
            _ => false,
        }
    }

    /// The path in the pattern, if it is one.
    pub(super) fn path_mut(&mut self) -> Option<&mut PathPattern> {
        match self {
            Pattern::Path(path) | Pattern::Folder(path) => Some(path),
            Pattern::Name(Name { path, .. }) => path.as_mut(),
            _ => None,
        }
    }

    /// Whether an allowing rule with this pattern matches the target.
    pub(super) fn covers(&self, asked: Asked<'_>, typed: &Typed) -> Cover {
        match (self, asked.target) {
            (Pattern::Arguments, _) => typed.covers(asked),
            (Pattern::Series, Target::Path(path)) => Cover::when(typed.has_in_series(path)),
            (Pattern::Network(network), Target::Address { address, .. }) => {
                let net = network.net();
                let alias = address.destination_alias();
                let named = net.contains(&address.ip());
                Cover::when(named || alias.is_some_and(|alias| net.contains(&alias)))
            }
            (Pattern::Network(network), Target::Listen { address, .. }) => {
                Cover::when(network.net().contains(&address.ip()))
            }
            (Pattern::Network(network), Target::Network(wanted)) => {
                Cover::when(network.net().contains(&wanted.net()))
            }
            (Pattern::Endpoint(own, own_port), Target::Address { address, port }) => {
                let alias = address.destination_alias();
                let same = own == address || alias == Some(own.ip());
                Cover::when(same && *port == Some(*own_port))
            }
            (Pattern::Endpoint(own, own_port), Target::Listen { address, port }) => {
                Cover::when(own == address && *port == Some(*own_port))
            }
            (Pattern::Path(path), Target::Path(target)) => Cover::when(path.is(target)),
            (Pattern::Folder(folder), Target::Path(target)) => Cover::when(folder.holds(target)),
            // `@name` allows the socket with that name. A file with such a name is `./@name`.
            (Pattern::Name(name), Target::Path(target)) => {
                Cover::when(name.is_file(target) && Name::abstract_socket(&name.text).is_none())
            }
            (Pattern::Name(_) | Pattern::Suffix(_), Target::Name(target)) => {
                Cover::when(self.is_about(target))
            }
            (Pattern::Name(name), Target::Local(target)) => {
                Cover::when(name.text.eq_ignore_ascii_case(target))
            }
            (Pattern::Name(_) | Pattern::Suffix(_), Target::Link(link)) => {
                Cover::when(link.names().any(|name| self.is_called(name)))
            }
            (Pattern::Name(_) | Pattern::Suffix(_), Target::Object(object)) => {
                Cover::when(self.is_called(object.as_str()))
            }
            (
                Pattern::Name(_) | Pattern::Suffix(_),
                Target::Address { .. } | Target::Listen { .. },
            ) if asked.names.iter().any(|led| self.is_about(&led.name)) => Cover::ByName,
            _ => Cover::No,
        }
    }

    /// Whether a denying rule with this pattern matches the target: also if only a part of the target is denied, or
    /// if the address is embedded in another one.
    pub(super) fn forbids(&self, asked: Asked<'_>, typed: &Typed) -> bool {
        let inside = |target: &Target| self.covers(Asked { target, ..asked }, typed) != Cover::No;
        inside(asked.target)
            || match asked.target {
                Target::Address { address, port } => {
                    embedded(*address).any(|v4| inside(&Target::remote(v4.into(), *port)))
                }
                Target::Network(wanted) => {
                    self.overlaps(*wanted)
                        || embedded_network(*wanted)
                            .is_some_and(|v4| self.overlaps(v4) || inside(&Target::Network(v4)))
                }
                // Listening on all addresses includes listening on each of them.
                Target::Listen { address, port } if address.ip().is_unspecified() => {
                    self.has_address_like(address.ip(), *port)
                }
                // Rules written for 0.1.0 did not depend on case.
                Target::Link(link) => link.names().any(|name| self.may_be_called(name)),
                Target::Object(object) => self.may_be_called(object.as_str()),
                Target::Path(file) => matches!(self, Pattern::Name(name) if name.is_file(file)),
                _ => false,
            }
    }

    /// Whether it contains an address of this family, for this port.
    fn has_address_like(&self, any: IpAddr, port: Option<u16>) -> bool {
        let (address, own) = match self {
            Pattern::Network(network) => (network.net().addr(), None),
            Pattern::Endpoint(address, own) => (address.ip(), Some(*own)),
            _ => return false,
        };
        address.is_ipv6() == any.is_ipv6() && own.is_none_or(|own| port == Some(own))
    }

    /// Whether a part of the network matches.
    fn overlaps(&self, wanted: CanonicalNet) -> bool {
        match self {
            Pattern::Network(network) => wanted.net().contains(&network.net()),
            Pattern::Endpoint(address, _) => wanted.net().contains(&address.ip()),
            _ => false,
        }
    }

    /// The bounds of the addresses and ports that it matches. A name matches the addresses that it was resolved to,
    /// which the gate knows.
    pub(super) fn cut(&self, typed: &Typed, cuts: &mut Cuts<'_>) {
        match self {
            Pattern::Network(network) => cuts.network(network.net()),
            Pattern::Endpoint(address, port) => {
                cuts.address(address.ip());
                cuts.ports(*port, *port);
            }
            Pattern::Arguments => typed.cut(cuts),
            Pattern::Path(_)
            | Pattern::Folder(_)
            | Pattern::Name(_)
            | Pattern::Suffix(_)
            | Pattern::Series => {}
        }
    }

    /// Whether every target of the other pattern is a target of this one.
    pub(super) fn contains(&self, other: &Pattern) -> bool {
        match (self, other) {
            (Pattern::Network(wide), Pattern::Network(narrow)) => {
                wide.net().contains(&narrow.net())
            }
            (Pattern::Network(wide), Pattern::Endpoint(narrow, _)) => {
                wide.net().contains(&narrow.ip())
            }
            (Pattern::Suffix(_), Pattern::Name(Name { host, .. })) => {
                host.as_ref().is_some_and(|host| self.is_about(host))
            }
            (Pattern::Folder(folder), Pattern::Path(path)) => folder.holds(path.written()),
            (Pattern::Suffix(wide), Pattern::Suffix(narrow)) => {
                wide == narrow || self.is_about(narrow)
            }
            _ => self == other,
        }
    }

    fn is_about(&self, name: &HostName) -> bool {
        match self {
            Pattern::Name(own) => own.is_host(name),
            Pattern::Suffix(suffix) => name.is_below(suffix),
            _ => false,
        }
    }

    /// Whether it means an object with exactly this name.
    fn is_called(&self, object: &str) -> bool {
        match self {
            Pattern::Name(own) => *own.text == *object,
            Pattern::Suffix(suffix) => {
                HostName::new(object).is_some_and(|name| name.is_below(suffix))
            }
            _ => false,
        }
    }

    fn may_be_called(&self, object: &str) -> bool {
        match self {
            Pattern::Name(own) => own.text.eq_ignore_ascii_case(object),
            _ => false,
        }
    }
}
