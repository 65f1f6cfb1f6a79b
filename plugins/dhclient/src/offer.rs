//! What a server hands out, as text and as JSON: every option by its name.

use std::fmt;
use std::net::Ipv4Addr;

use serde::Serialize;

use crate::v4::message::Message;
use crate::v4::{lease, option, value};

/// A server's offer.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "event", rename = "offer", rename_all = "kebab-case")]
pub(crate) struct Offer {
    pub(crate) interface: String,
    /// Option 54, or the source of the packet.
    pub(crate) server: Ipv4Addr,
    /// The source of the packet.
    pub(crate) source: Ipv4Addr,
    /// The relay agent that passed it on, if one did.
    pub(crate) relay: Option<Ipv4Addr>,
    pub(crate) address: Ipv4Addr,
    pub(crate) next_server: Ipv4Addr,
    pub(crate) server_name: String,
    pub(crate) file: String,
    /// Milliseconds after the question.
    pub(crate) ms: f64,
    /// Whether the server is one of --expect; none without it.
    pub(crate) expected: Option<bool>,
    /// An option was cut off.
    pub(crate) malformed: bool,
    pub(crate) options: Vec<Field>,
}

/// An option.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Field {
    pub(crate) code: u8,
    pub(crate) name: String,
    pub(crate) value: String,
}

impl Offer {
    pub(crate) fn new(
        interface: &str,
        message: &Message,
        source: Ipv4Addr,
        ms: f64,
        expect: &[Ipv4Addr],
    ) -> Self {
        let server = message.server().unwrap_or(source);
        let text = |octets: &[u8]| {
            let text = String::from_utf8_lossy(octets);
            nethost_sdk::text::printable(&text).into_owned()
        };
        let options = message.options.iter().map(|(code, octets)| Field {
            code,
            name: option::name(code),
            value: shown(code, octets),
        });
        Self {
            interface: interface.to_owned(),
            server,
            source,
            relay: (!message.relay.is_unspecified()).then_some(message.relay),
            address: message.yours,
            next_server: message.next_server,
            server_name: text(&message.server_name),
            file: text(&message.file),
            ms,
            expected: (!expect.is_empty()).then(|| expect.contains(&server)),
            malformed: message.cut,
            options: options.collect(),
        }
    }
}

/// A value, with routes in the words of ip(8).
pub(crate) fn shown(code: u8, octets: &[u8]) -> String {
    match (code, lease::classless(octets)) {
        (121, Some(routes)) if !routes.is_empty() => {
            let shown: Vec<String> = routes
                .iter()
                .map(|(to, length, gateway)| format!("{to}/{length} via {gateway}"))
                .collect();
            shown.join(", ")
        }
        _ => value::text(option::form(code), octets),
    }
}

impl fmt::Display for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: offer of {} from {}",
            self.interface, self.address, self.server
        )?;
        if self.source != self.server {
            write!(f, " (sent by {})", self.source)?;
        }
        if let Some(relay) = self.relay {
            write!(f, " through relay {relay}")?;
        }
        write!(f, " after {:.1} ms", self.ms)?;
        if self.expected == Some(false) {
            f.write_str(" -- NOT EXPECTED")?;
        }
        if self.malformed {
            f.write_str(" -- MALFORMED: an option is cut off")?;
        }
        writeln!(f)?;
        if !self.next_server.is_unspecified() {
            writeln!(f, "  next-server {}", self.next_server)?;
        }
        for (name, text) in [("server-name", &self.server_name), ("filename", &self.file)] {
            if !text.is_empty() {
                writeln!(f, "  {name} \"{text}\"")?;
            }
        }
        for field in &self.options {
            writeln!(f, "  {} {} ({})", field.name, field.value, field.code)?;
        }
        Ok(())
    }
}

/// An option that servers hand out with different values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "event", rename = "difference")]
pub(crate) struct Difference {
    pub(crate) interface: String,
    pub(crate) name: String,
    /// Each server with its value; none if it has no such option.
    pub(crate) values: Vec<(Ipv4Addr, Option<String>)>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: servers differ in {}:", self.interface, self.name)?;
        for (server, value) in &self.values {
            writeln!(f, "  {server} {}", value.as_deref().unwrap_or("-"))?;
        }
        Ok(())
    }
}

/// The server itself and its message are different by their nature.
const OWN: [u8; 2] = [53, 54];

/// How offers differ.
pub(crate) fn differences(offers: &[Offer]) -> Vec<Difference> {
    let Some(first) = offers.first().filter(|_| offers.len() > 1) else {
        return Vec::new();
    };
    let mut codes: Vec<u8> = offers
        .iter()
        .flat_map(|offer| offer.options.iter().map(|field| field.code))
        .filter(|code| !OWN.contains(code))
        .collect();
    codes.sort_unstable();
    codes.dedup();
    let value = |offer: &Offer, code: u8| {
        let found = offer.options.iter().find(|field| field.code == code);
        found.map(|field| field.value.clone())
    };
    let mut all = Vec::new();
    for code in codes {
        let values: Vec<_> = offers
            .iter()
            .map(|offer| (offer.server, value(offer, code)))
            .collect();
        if values.windows(2).any(|pair| pair[0].1 != pair[1].1) {
            all.push(Difference {
                interface: first.interface.clone(),
                name: option::name(code),
                values,
            });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v4::message::Kind;

    fn offer(server: [u8; 4], router: [u8; 4]) -> Offer {
        let mut message = Message::of_client(Kind::OFFER, 1, &[2, 0, 0, 0, 0, 1], 7);
        message.operation = 2;
        message.yours = [10, 0, 0, 50].into();
        message.options.set(54, server);
        message.options.set(3, router);
        message.options.set(121, [0, 10, 0, 0, 2]);
        Offer::new(
            "eth0",
            &message,
            server.into(),
            1.25,
            &[[10, 0, 0, 2].into()],
        )
    }

    #[test]
    fn an_offer_is_shown_with_its_options() {
        let shown = offer([10, 0, 0, 9], [10, 0, 0, 1]).to_string();
        assert_eq!(
            shown,
            "eth0: offer of 10.0.0.50 from 10.0.0.9 after 1.2 ms -- NOT EXPECTED\n  \
             dhcp-message-type 2 (53)\n  dhcp-server-identifier 10.0.0.9 (54)\n  routers 10.0.0.1 (3)\n  \
             rfc3442-classless-static-routes 0.0.0.0/0 via 10.0.0.2 (121)\n"
        );
    }

    #[test]
    fn servers_differ_in_what_they_hand_out() {
        let one = offer([10, 0, 0, 2], [10, 0, 0, 1]);
        assert!(differences(std::slice::from_ref(&one)).is_empty());
        let same = offer([10, 0, 0, 3], [10, 0, 0, 1]);
        assert!(differences(&[one.clone(), same]).is_empty());
        let other = offer([10, 0, 0, 3], [10, 0, 0, 9]);
        let told: Vec<String> = differences(&[one, other])
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            told,
            ["eth0: servers differ in routers:\n  10.0.0.2 10.0.0.1\n  10.0.0.3 10.0.0.9\n"]
        );
    }
}
