//! What routers and servers of IPv6 say, as text and as JSON.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use serde::Serialize;

use crate::difference::Said;
use crate::v6::advertisement::Advertisement;
use crate::v6::lease::colons;
use crate::v6::message::{Message, code};
use crate::v6::{option, shown};

/// A router.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(
    tag = "event",
    rename = "router-advertisement",
    rename_all = "kebab-case"
)]
pub(crate) struct Router {
    pub(crate) interface: String,
    /// Milliseconds after the question; a router also says it unasked.
    pub(crate) ms: f64,
    /// Whether the router is one of --expect; none without it.
    pub(crate) expected: Option<bool>,
    #[serde(flatten)]
    pub(crate) said: Advertisement,
}

impl Router {
    /// What is compared with other routers.
    pub(crate) fn compared(&self) -> Said {
        let facts = self.said.facts().into_iter();
        let facts = facts.map(|(name, value)| (name.to_owned(), value));
        (IpAddr::V6(self.said.router), facts.collect())
    }
}

fn marks(f: &mut fmt::Formatter<'_>, expected: Option<bool>, malformed: bool) -> fmt::Result {
    if expected == Some(false) {
        f.write_str(" -- NOT EXPECTED")?;
    }
    if malformed {
        f.write_str(" -- MALFORMED")?;
    }
    writeln!(f)
}

impl fmt::Display for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (interface, router) = (&self.interface, self.said.router);
        write!(
            f,
            "{interface}: router advertisement of {router} after {:.1} ms",
            self.ms
        )?;
        marks(f, self.expected, self.said.malformed)?;
        self.said.fmt(f)
    }
}

/// An option.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Field {
    pub(crate) code: u16,
    pub(crate) name: String,
    pub(crate) value: String,
}

/// A server of DHCPv6.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "event", rename = "offer6", rename_all = "kebab-case")]
pub(crate) struct Offer {
    pub(crate) interface: String,
    /// Its identifier, unless the message is malformed.
    pub(crate) server: Option<String>,
    /// The source of the message.
    pub(crate) source: Ipv6Addr,
    /// Milliseconds after the question.
    pub(crate) ms: f64,
    /// Whether the source is one of --expect; none without it.
    pub(crate) expected: Option<bool>,
    /// The message was cut off.
    pub(crate) malformed: bool,
    pub(crate) addresses: Vec<String>,
    pub(crate) prefixes: Vec<String>,
    pub(crate) options: Vec<Field>,
}

impl Offer {
    /// An offer; without a message, one that could not be read.
    pub(crate) fn new(
        interface: &str,
        message: Option<&Message>,
        source: Ipv6Addr,
        ms: f64,
        expected: Option<bool>,
    ) -> Self {
        let options = message.map(|message| message.options.as_slice());
        let options = options.unwrap_or_default();
        let parts = |wanted: &[u16]| -> Vec<String> {
            let of = options.iter().filter(|(code, _)| wanted.contains(code));
            of.flat_map(|(code, value)| shown::parts(*code, value))
                .collect()
        };
        let field = |(code, value): &(u16, Vec<u8>)| Field {
            code: *code,
            name: option::name(*code),
            value: shown::text(*code, value),
        };
        let server = message.and_then(|message| message.option(code::SERVER));
        Self {
            interface: interface.to_owned(),
            server: server.map(colons),
            source,
            ms,
            expected,
            malformed: message.is_none(),
            addresses: parts(&[code::IA_NA, code::IA_TA]),
            prefixes: parts(&[code::IA_PD]),
            options: options.iter().map(field).collect(),
        }
    }

    /// What is compared with other servers: neither who they are, nor the addresses, of which each has its own.
    pub(crate) fn compared(&self) -> Said {
        let own = [
            code::CLIENT,
            code::SERVER,
            code::IA_NA,
            code::IA_TA,
            code::IA_PD,
        ];
        let fields = self
            .options
            .iter()
            .filter(|field| !own.contains(&field.code));
        let pairs = fields.map(|field| (field.name.clone(), field.value.clone()));
        (IpAddr::V6(self.source), pairs.collect())
    }
}

impl fmt::Display for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what: Vec<&str> = self
            .addresses
            .iter()
            .chain(&self.prefixes)
            .map(String::as_str)
            .collect();
        let what = match what.is_empty() {
            true => "nothing but options".to_owned(),
            false => what.join(" "),
        };
        write!(
            f,
            "{}: DHCPv6 offer of {what} from {} after {:.1} ms",
            self.interface, self.source, self.ms
        )?;
        marks(f, self.expected, self.malformed)?;
        for field in &self.options {
            writeln!(f, "  dhcp6.{} {} ({})", field.name, field.value, field.code)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Message {
        let address = [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x50];
        let times = [0, 0, 0, 200, 0, 0, 0, 200];
        let association = [&[0; 12][..], &[0, 5, 0, 24], &address, &times].concat();
        Message {
            kind: 2,
            transaction: 7,
            options: vec![
                (code::SERVER, vec![0, 3, 0, 1]),
                (code::IA_NA, association),
                (code::PREFERENCE, vec![7]),
            ],
        }
    }

    #[test]
    fn an_offer_is_shown_with_its_options() {
        let source = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 2);
        let offer = Offer::new("eth0", Some(&message()), source, 1.25, Some(false));
        assert_eq!(
            offer.to_string(),
            "eth0: DHCPv6 offer of fd00::50 from fe80::2 after 1.2 ms -- NOT EXPECTED\n  \
             dhcp6.server-id 0:3:0:1 (2)\n  dhcp6.ia-na 00:00:00:00, renew 0 rebind 0, address fd00::50 \
             preferred 200 valid 200 (3)\n  dhcp6.preference 7 (7)\n"
        );
        let pairs = [("preference".to_owned(), "7".to_owned())];
        assert_eq!(offer.compared(), (source.into(), pairs.to_vec()));
        let offer = Offer::new("eth0", None, source, 1.25, None);
        assert_eq!(
            offer.to_string(),
            "eth0: DHCPv6 offer of nothing but options from fe80::2 after 1.2 ms -- MALFORMED\n"
        );
    }
}
