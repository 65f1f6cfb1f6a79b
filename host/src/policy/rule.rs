//! One rule: which plugin, which capability, which targets.

use std::fmt;
use std::path::Path;
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
    fn matches(&self, subject: &Subject) -> bool {
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
    /// `$args`: hosts, networks and files that the operator typed, and what the names resolve to.
    Arguments,
}

/// A target pattern that means nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not an address, a network such as 10.0.0.0/8 or 2001:db8::/32, or $args{hint}"
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
        match text.parse::<IpNet>() {
            Ok(network) if network.addr() == network.network() => Ok(Pattern::Network(network)),
            // Silently widening 10.0.0.1/8 to 10.0.0.0/8 would allow what nobody meant to.
            Ok(network) => Err(bad(format!(
                "; did you mean `{}` or `{}`?",
                network.trunc(),
                network.addr()
            ))),
            Err(_) => Err(bad(String::new())),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pattern::Network(network) => network.fmt(f),
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
            Pattern::Network(network) => target
                .address()
                .is_some_and(|address| network.contains(&canonical(address))),
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
        Target::Local(_) => false,
    }
}
