//! One rule: which plugin, which capability, which targets.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use ipnet::IpNet;

use super::Subject;
use crate::gate::{Request, Target};

/// What a matching rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Lets the request pass unless another rule denies it.
    Allow,
    /// Refuses it.
    Deny,
}

/// A rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Allow or deny.
    pub effect: Effect,
    /// Plugins it is about.
    pub plugin: PluginPattern,
    /// Name of the request, or `*`.
    pub capability: String,
    /// Targets; none means any.
    pub to: Vec<Pattern>,
    /// Where the rule stands, for messages and the audit log.
    pub origin: String,
}

/// Which plugins a rule is about. Each field that is set must match.
#[derive(Debug, Clone, Default)]
pub struct PluginPattern {
    /// Name of a bundled plugin. Anyone can name a file `ping`, so a name alone matches no other.
    pub name: Option<String>,
    /// SHA-256 of the component.
    pub digest: Option<String>,
}

impl PluginPattern {
    pub(super) fn matches(&self, subject: &Subject) -> bool {
        let by_digest = self
            .digest
            .as_ref()
            .is_none_or(|digest| *digest == subject.digest);
        let by_name = self.name.as_ref().is_none_or(|name| {
            name == "*" || (*name == subject.name && (subject.bundled || self.digest.is_some()))
        });
        by_digest && by_name
    }
}

/// A set of targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// Addresses of a network.
    Network(IpNet),
    /// One port of one address.
    Endpoint(SocketAddr),
    /// One file.
    Path(PathBuf),
    /// One host by its name, with the addresses that it resolves to; or a fact or device by its name.
    Name(String),
    /// `$args`: hosts, networks and files that the operator typed, and what the names resolve to.
    Arguments,
}

/// A target pattern that means nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not an address, a network such as 10.0.0.0/8 or 2001:db8::/32, ADDRESS:PORT, a path, a name or $args{hint}"
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
        if let Ok(address) = text.parse::<std::net::IpAddr>() {
            return Ok(Pattern::Network(address.into()));
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
        if text.starts_with('/') || text.starts_with("./") {
            return Ok(Pattern::Path(text.into()));
        }
        // A last label of digits is a mistyped address, not a name (RFC 3696 section 2).
        let last = text.trim_end_matches('.').rsplit('.').next();
        let named = text
            .chars()
            .all(|character| character.is_alphanumeric() || "-_.".contains(character));
        if named && last.is_some_and(|label| label.chars().any(char::is_alphabetic)) {
            return Ok(Pattern::Name(text.into()));
        }
        Err(bad(String::new()))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pattern::Network(network) => network.fmt(f),
            Pattern::Endpoint(endpoint) => endpoint.fmt(f),
            Pattern::Path(path) => path.display().fmt(f),
            Pattern::Name(name) => f.write_str(name),
            Pattern::Arguments => f.write_str("$args"),
        }
    }
}

impl Rule {
    /// A rule of the form `CAPABILITY[=TARGET[,TARGET…]]`, as flags have it.
    pub fn from_flag(
        effect: Effect,
        flag: &str,
        text: &str,
        capabilities: &[&str],
    ) -> Result<Self, super::Error> {
        let (capability, targets) = text.split_once('=').unwrap_or((text, ""));
        let origin = format!("{flag} {text}");
        super::file::known_capability(capability, capabilities)
            .map_err(|why| super::Error::flag(&origin, &why))?;
        let to = targets
            .split(',')
            .filter(|target| !target.is_empty())
            .map(str::parse)
            .collect::<Result<_, BadPattern>>()
            .map_err(|bad| super::Error::flag(&origin, &bad.to_string()))?;
        if text.contains('=') && targets.is_empty() {
            return Err(super::Error::flag(
                &origin,
                "nothing after `=`; leave it out to mean any target",
            ));
        }
        Ok(Self {
            effect,
            plugin: PluginPattern::default(),
            capability: capability.into(),
            to,
            origin,
        })
    }

    /// True when this rule is about this request.
    pub fn covers(
        &self,
        capability: &str,
        request: &Request,
        asked: Option<&str>,
        subject: &Subject,
    ) -> bool {
        (self.capability == "*" || self.capability == capability)
            && self.plugin.matches(subject)
            && (self.to.is_empty()
                || self
                    .to
                    .iter()
                    .any(|pattern| pattern.covers(&request.target, asked, &subject.args)))
    }
}

impl Pattern {
    fn covers(&self, target: &Target, asked: Option<&str>, args: &[String]) -> bool {
        match self {
            Pattern::Network(network) => match target {
                Target::Address { address, .. } => network.contains(&canonical(*address)),
                Target::Network(wanted) => network.contains(wanted),
                _ => false,
            },
            Pattern::Endpoint(endpoint) => match target {
                Target::Address { address, port } => {
                    *port == Some(endpoint.port())
                        && canonical(*address) == canonical(endpoint.ip())
                }
                _ => false,
            },
            Pattern::Path(path) => matches!(target, Target::Path(target) if target == path),
            Pattern::Name(name) => match target {
                Target::Name(target) => name.eq_ignore_ascii_case(target),
                Target::Local(target) => name == target,
                Target::Path(path) => path == Path::new(name),
                Target::Address { .. } => {
                    asked.is_some_and(|asked| name.eq_ignore_ascii_case(asked))
                }
                Target::Network(_) => false,
            },
            Pattern::Arguments => args.iter().any(|arg| typed(arg, target, asked)),
        }
    }
}

/// An IPv4 address inside an IPv6 one reaches the IPv4 host, so rules for that host apply.
fn canonical(address: std::net::IpAddr) -> std::net::IpAddr {
    address.to_canonical()
}

/// True when the operator typed this target as an argument, or as the value of an option.
fn typed(arg: &str, target: &Target, asked: Option<&str>) -> bool {
    let value = match arg.split_once('=') {
        Some((option, value)) if option.starts_with('-') => value,
        _ => arg,
    };
    match target {
        Target::Path(path) => Path::new(value) == path,
        Target::Name(name) => name.eq_ignore_ascii_case(value),
        Target::Address { address, .. } => {
            let host = value.split('%').next().unwrap_or(value);
            asked.is_some_and(|name| name.eq_ignore_ascii_case(value))
                || host.parse() == Ok(*address)
                || host
                    .parse::<IpNet>()
                    .is_ok_and(|network| network.contains(address))
        }
        Target::Network(wanted) => value
            .parse::<IpNet>()
            .is_ok_and(|network| network.contains(wanted)),
        Target::Local(_) => false,
    }
}
