//! `to`: which hosts, networks, files and facts a rule is about.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use ipnet::IpNet;

use super::address::embedded;
use super::args::Typed;
use super::cuts::Cuts;
use super::name;
use crate::gate::Target;

/// A set of targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// Addresses of a network.
    Network(IpNet),
    /// One port of one address.
    Endpoint(SocketAddr),
    /// One file.
    Path(PathBuf),
    /// The files in one folder, and their names.
    Folder(PathBuf),
    /// One host by its name, with the addresses that it resolves to; or a fact or device by its name.
    Name(String),
    /// Every name that ends so, `*.example.org`, with the addresses that they resolve to.
    Suffix(String),
    /// `$args`: hosts, networks and files that the operator typed, and what the names resolve to.
    Arguments,
}

/// How a target is covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cover {
    /// It is not.
    No,
    /// By itself: the address, the network, the name or the file is named.
    Itself,
    /// Only through a name that resolved to it.
    ByName,
}

impl Cover {
    fn when(covered: bool) -> Self {
        if covered { Self::Itself } else { Self::No }
    }
}

/// A target, and the names that it was resolved from in this run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) target: &'a Target,
    pub(super) names: &'a [Arc<str>],
}

/// A target pattern that means nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not an address, a network such as 10.0.0.0/8 or 2001:db8::/32, ADDRESS:PORT, a path, a name, *.NAME or $args{hint}"
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
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Pattern::Network(address.to_canonical().into()));
        }
        if let Ok(network) = text.parse::<IpNet>() {
            if network.addr() == network.network() {
                return Ok(Pattern::Network(network));
            }
            // Silently widening 10.0.0.1/8 to 10.0.0.0/8 would allow what nobody meant to.
            let (wide, narrow) = (network.trunc(), network.addr());
            return Err(bad(format!("; did you mean `{wide}` or `{narrow}`?")));
        }
        if let Ok(endpoint) = text.parse() {
            return Ok(Pattern::Endpoint(endpoint));
        }
        if ["/", "./", "~/"]
            .iter()
            .any(|start| text.starts_with(start))
        {
            let path = crate::home::expand(text);
            return Ok(match text.trim_end_matches('/') {
                "" | "." | "~" => Pattern::Path(path),
                rest if rest.len() < text.len() => Pattern::Folder(path),
                _ => Pattern::Path(path),
            });
        }
        if let Some(rest) = text.strip_prefix("*.") {
            return match name::canonical(rest) {
                Some(suffix) => Ok(Pattern::Suffix(suffix)),
                None => Err(bad(String::new())),
            };
        }
        if text == "*" {
            return Err(bad("; leave `to` out to mean any target".into()));
        }
        match name::canonical(text) {
            Some(name) => Ok(Pattern::Name(name)),
            None if text.contains('*') => Err(bad(
                "; `*` may only stand for whole labels in front: `*.example.org`".into(),
            )),
            None => Err(bad(String::new())),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pattern::Network(network) if network.prefix_len() == network.max_prefix_len() => {
                network.addr().fmt(f)
            }
            Pattern::Network(network) => network.fmt(f),
            Pattern::Endpoint(endpoint) => endpoint.fmt(f),
            Pattern::Path(path) => path.display().fmt(f),
            // A path that ends in a slash is shown without.
            Pattern::Folder(path) => write!(f, "{}/", path.components().as_path().display()),
            Pattern::Name(name) => f.write_str(name),
            Pattern::Suffix(suffix) => write!(f, "*.{suffix}"),
            Pattern::Arguments => f.write_str("$args"),
        }
    }
}

impl Pattern {
    /// Whether an allowing rule with this pattern is about the target.
    pub(super) fn covers(&self, asked: Asked<'_>, typed: &Typed) -> Cover {
        match (self, asked.target) {
            (Pattern::Arguments, _) => typed.covers(asked),
            (Pattern::Network(network), Target::Address { address, .. }) => {
                Cover::when(network.contains(&address.to_canonical()))
            }
            (Pattern::Network(network), Target::Network(wanted)) => {
                Cover::when(network.contains(wanted))
            }
            (Pattern::Endpoint(endpoint), Target::Address { address, port }) => Cover::when(
                *port == Some(endpoint.port())
                    && address.to_canonical() == endpoint.ip().to_canonical(),
            ),
            (Pattern::Path(path), Target::Path(target)) => Cover::when(target == path),
            (Pattern::Folder(folder), Target::Path(target)) => Cover::when(is_in(folder, target)),
            (Pattern::Name(name), Target::Path(target)) => Cover::when(target == Path::new(name)),
            (Pattern::Name(_) | Pattern::Suffix(_), Target::Name(target)) => {
                Cover::when(self.is_about(target))
            }
            (Pattern::Name(name), Target::Local(target)) => {
                Cover::when(name.eq_ignore_ascii_case(target))
            }
            (Pattern::Name(_) | Pattern::Suffix(_), Target::Address { .. })
                if asked.names.iter().any(|name| self.is_about(name)) =>
            {
                Cover::ByName
            }
            _ => Cover::No,
        }
    }

    /// Whether a denying rule with this pattern is about the target: also when only a part of what is
    /// asked for is denied, and when the address hides inside another.
    pub(super) fn forbids(&self, asked: Asked<'_>, typed: &Typed) -> bool {
        let hidden = match asked.target {
            Target::Address { address, port } => embedded(*address).map(|v4| Target::Address {
                address: v4.into(),
                port: *port,
            }),
            _ => None,
        };
        let inside = |target| self.covers(Asked { target, ..asked }, typed) != Cover::No;
        let overlaps = match (self, asked.target) {
            (Pattern::Network(network), Target::Network(wanted)) => wanted.contains(network),
            (Pattern::Endpoint(endpoint), Target::Network(wanted)) => {
                wanted.contains(&endpoint.ip().to_canonical())
            }
            _ => false,
        };
        overlaps || inside(asked.target) || hidden.as_ref().is_some_and(inside)
    }

    /// Where along addresses and ports it may begin to be about them, or cease to. A name is about the addresses that
    /// it led to, which the gate knows.
    pub(super) fn cut(&self, typed: &Typed, cuts: &mut Cuts<'_>) {
        match self {
            Pattern::Network(network) => cuts.network(*network),
            Pattern::Endpoint(endpoint) => {
                cuts.address(endpoint.ip());
                cuts.ports(endpoint.port(), endpoint.port());
            }
            Pattern::Arguments => typed.cut(cuts),
            Pattern::Path(_) | Pattern::Folder(_) | Pattern::Name(_) | Pattern::Suffix(_) => {}
        }
    }

    /// Whether every target of the other pattern is one of this.
    pub(super) fn contains(&self, other: &Pattern) -> bool {
        match (self, other) {
            (Pattern::Network(wide), Pattern::Network(narrow)) => wide.contains(narrow),
            (Pattern::Network(wide), Pattern::Endpoint(narrow)) => {
                wide.contains(&narrow.ip().to_canonical())
            }
            (Pattern::Suffix(_), Pattern::Name(name)) => self.is_about(name),
            (Pattern::Folder(folder), Pattern::Path(path)) => is_in(folder, path),
            (Pattern::Suffix(wide), Pattern::Suffix(narrow)) => {
                wide == narrow || self.is_about(narrow)
            }
            _ => self == other,
        }
    }

    /// Names as the rooms have them: ASCII, whatever their case, with or without the final dot.
    fn is_about(&self, name: &str) -> bool {
        let name = name.strip_suffix('.').unwrap_or(name);
        match self {
            Pattern::Name(own) => own.eq_ignore_ascii_case(name),
            Pattern::Suffix(suffix) => name
                .len()
                .checked_sub(suffix.len() + 1)
                .filter(|at| *at > 0 && name.as_bytes()[*at] == b'.')
                .and_then(|at| name.get(at + 1..))
                .is_some_and(|end| end.eq_ignore_ascii_case(suffix)),
            _ => false,
        }
    }
}

/// Whether this is the folder, or a file right in it: `..` leads out of it.
fn is_in(folder: &Path, path: &Path) -> bool {
    path == folder || (path.parent() == Some(folder) && path.file_name().is_some())
}
