//! Scenarios: the scripted world of a plugin, and what it must do in it. docs/authors.md describes the format.

mod expect;
mod host;
mod tls;
mod values;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use nethost_core::regular;
use values::LONGEST;

pub use expect::{Expect, Matcher};
pub use host::{
    Answer, Connect, Echo, Hop, Host, Router, Send, Step, TcpService, Trip, UdpService,
};
pub use tls::{Problem, Tls, Version as TlsVersion};
pub use values::{Bytes, OneOrMany, Span};

/// A file with the world of a plugin and with cases.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scenario {
    /// The time at which each case starts.
    #[serde(default = "Scenario::default_clock")]
    pub clock: jiff::Timestamp,
    /// The time zone of the operator; UTC if it is not set.
    pub zone: Option<String>,
    /// Where the sequence of losses by chance starts.
    #[serde(default)]
    pub seed: u64,
    /// The network interfaces of this machine. The first one has the index 1.
    #[serde(default = "Scenario::default_interfaces")]
    pub interfaces: Vec<String>,
    /// The addresses of this machine.
    #[serde(default = "Scenario::default_local")]
    pub local: Vec<IpAddr>,
    /// The other machines.
    #[serde(default)]
    pub host: Vec<Host>,
    /// What the resolver of the system answers for names that no host has.
    #[serde(default)]
    pub names: BTreeMap<String, Names>,
    /// What name servers answer.
    #[serde(default)]
    pub record: Vec<Record>,
    /// Files by their paths.
    #[serde(default)]
    pub files: BTreeMap<String, Bytes>,
    /// Variables of the environment.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Facts about this machine.
    #[serde(default)]
    pub system: System,
    /// The runs.
    pub case: Vec<Case>,
}

/// The world of one case: that of the scenario, and what the case adds to it.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    pub(crate) host: Vec<Host>,
    pub(crate) names: BTreeMap<String, Names>,
    pub(crate) record: Vec<Record>,
    pub(crate) files: BTreeMap<String, Bytes>,
    pub(crate) environment: BTreeMap<String, String>,
}

/// The answer of the resolver.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    untagged,
    expecting = "a name has an address, a list of addresses, \"timeout\", \"failure\" or \"unknown\""
)]
pub enum Names {
    /// These addresses.
    Addresses(OneOrMany<IpAddr>),
    /// None.
    Failure(LookupFailure),
}

/// Why a name has no addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LookupFailure {
    /// The name server does not answer.
    Timeout,
    /// The name server fails (SERVFAIL).
    Failure,
    /// The name does not exist.
    Unknown,
}

/// A resource record of a name server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The name, such as `www.example.org`.
    pub name: String,
    /// A, AAAA, CNAME, MX, NS, PTR, SOA or TXT.
    #[serde(rename = "type")]
    pub kind: String,
    /// In seconds.
    #[serde(default = "Record::default_ttl")]
    pub ttl: u32,
    /// As in a zone file.
    pub data: String,
}

impl Record {
    fn default_ttl() -> u32 {
        300
    }
}

/// Facts about this machine.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct System {
    /// The name of the machine.
    pub nodename: Option<String>,
    /// The release of the kernel.
    pub release: Option<String>,
    /// The text of os-release(5).
    pub os_release: Option<String>,
    /// The time since boot.
    pub uptime: Option<Span>,
}

/// One run of the plugin.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Case {
    /// What the report calls it.
    pub name: String,
    /// The arguments of the operator.
    #[serde(default)]
    pub args: Vec<String>,
    /// Standard input.
    #[serde(default)]
    pub stdin: Option<Bytes>,
    /// Requests that are denied, such as `icmp.echo to 192.0.2.1`.
    #[serde(default)]
    pub deny: Vec<String>,
    /// Requests that are allowed although plugin.toml does not ask for them.
    #[serde(default)]
    pub allow: Vec<String>,
    /// When the operator presses Ctrl-C.
    pub interrupt_after: Option<Span>,
    /// How long it may run on the virtual clock.
    #[serde(default = "Case::default_limit")]
    pub limit: Span,
    /// Machines that only this case has.
    #[serde(default)]
    pub host: Vec<Host>,
    /// Names that only this case has.
    #[serde(default)]
    pub names: BTreeMap<String, Names>,
    /// Records that only this case has.
    #[serde(default)]
    pub record: Vec<Record>,
    /// Files that only this case has.
    #[serde(default)]
    pub files: BTreeMap<String, Bytes>,
    /// Variables that only this case has.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// What it must do.
    #[serde(default)]
    pub expect: Expect,
}

impl Case {
    fn default_limit() -> Span {
        Span(24 * 3600 * 1_000_000_000)
    }
}

/// A scenario that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// It is not TOML, or not a scenario.
    #[error("{path}:{line}: {problem}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// A value is not allowed.
    #[error("{path}: {problem}")]
    Value {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

impl Scenario {
    /// Reads a file. The files that it names are beside it.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = regular::text(path, LONGEST).map_err(|source| Error::Read {
            path: path.into(),
            source,
        })?;
        Self::parse(path, &text)
    }

    /// Parses a text. `path` is for messages, and the files that the text names are beside it.
    pub fn parse(path: &Path, text: &str) -> Result<Self, Error> {
        let mut scenario: Self = toml::from_str(text).map_err(|error| Error::Syntax {
            path: path.into(),
            line: error.span().map_or(1, |span| {
                let before = text.get(..span.start).unwrap_or_default();
                before.matches('\n').count() + 1
            }),
            problem: error.message().replace('\n', " "),
        })?;
        let wrong = |problem: String| Error::Value {
            path: path.into(),
            problem,
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        scenario
            .load(folder)
            .map_err(|(path, source)| Error::Read { path, source })?;
        scenario.check().map_err(wrong)?;
        Ok(scenario)
    }

    /// Reads the files that it names.
    fn load(&mut self, folder: &Path) -> Result<(), (PathBuf, std::io::Error)> {
        let mut all: Vec<&mut Bytes> = self.files.values_mut().collect();
        all.extend(self.host.iter_mut().flat_map(Host::bytes));
        for case in &mut self.case {
            all.extend(case.files.values_mut());
            all.extend(case.stdin.as_mut());
            all.extend(case.host.iter_mut().flat_map(Host::bytes));
            all.extend(case.expect.files.values_mut());
        }
        all.into_iter().try_for_each(|bytes| bytes.load(folder))
    }

    fn check(&self) -> Result<(), String> {
        if self.case.is_empty() {
            return Err("it has no [[case]]".into());
        }
        for case in &self.case {
            case.expect
                .check()
                .map_err(|problem| format!("case \"{}\": {problem}", case.name))?;
        }
        let hosts = self.host.iter();
        for host in hosts.chain(self.case.iter().flat_map(|case| &case.host)) {
            host.check()?;
        }
        if let Some(zone) = &self.zone {
            jiff::tz::TimeZone::get(zone).map_err(|error| format!("zone: {error}"))?;
        }
        Ok(())
    }

    /// 2026-01-01, because a scenario without a time must still be the same each time.
    fn default_clock() -> jiff::Timestamp {
        jiff::Timestamp::from_second(1_767_225_600).unwrap_or_default()
    }

    fn default_interfaces() -> Vec<String> {
        vec!["lo".into(), "eth0".into()]
    }

    fn default_local() -> Vec<IpAddr> {
        vec![
            IpAddr::from([192, 0, 2, 254]),
            IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0xfe]),
        ]
    }

    /// The world of a case.
    pub(crate) fn world_of(&self, case: &Case) -> World {
        let mut world = World {
            host: self.host.clone(),
            names: self.names.clone(),
            record: self.record.clone(),
            files: self.files.clone(),
            environment: self.environment.clone(),
        };
        // What a case says about a host replaces what the scenario says about it.
        let replaced = |host: &Host| case.host.iter().any(|own| own.shares_address(host));
        world.host.retain(|host| !replaced(host));
        world.host.extend(case.host.iter().cloned());
        world.names.extend(case.names.clone());
        world.record.extend(case.record.iter().cloned());
        world.files.extend(case.files.clone());
        world.environment.extend(case.environment.clone());
        world
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parse(text: &str) -> Result<Scenario, Error> {
        Scenario::parse(Path::new("dir/s.toml"), text)
    }

    #[test]
    fn a_case_adds_to_the_world() {
        let scenario = parse(
            "
            [[host]]
            address = '192.0.2.1'
            rtt = '1ms'
            [[host]]
            address = '192.0.2.2'
            [[case]]
            name = 'a'
            [[case.host]]
            address = '192.0.2.1'
            rtt = '2ms'
            [case.environment]
            X = '1'
            ",
        )
        .unwrap();
        let world = scenario.world_of(&scenario.case[0]);
        assert_eq!(world.host.len(), 2);
        assert_eq!(world.environment.len(), 1);
        let first = world.host.last().unwrap();
        assert!(matches!(
            first.rtt.as_ref().unwrap().all(),
            [Trip::After(Span(2_000_000))]
        ));
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        for (text, said) in [
            ("", "missing field `case`"),
            ("case = []", "it has no [[case]]"),
            (
                "\n[[case]]\nname = 'a'\nexit = 1",
                "dir/s.toml:4: unknown field `exit`",
            ),
            (
                "[[host]]\naddress = 'x'\n[[case]]\nname = 'a'",
                "dir/s.toml:2:",
            ),
            (
                "[[case]]\nname = 'a'\n[case.expect]\nstdout = { matches = '(' }",
                "case \"a\": stdout.matches",
            ),
            ("zone = 'Nowhere'\n[[case]]\nname = 'a'", "zone:"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
