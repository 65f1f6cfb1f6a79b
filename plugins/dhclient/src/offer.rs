//! What a server hands out, as text and as JSON: every option by its name.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use serde::Serialize;

use crate::difference::Said;
use crate::v4::message::Message;
use crate::v4::{option, shown};

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
        expected: Option<bool>,
    ) -> Self {
        let server = message.server().unwrap_or(source);
        let text = |octets: &[u8]| {
            let text = String::from_utf8_lossy(octets);
            nethost_sdk::text::printable(&text).into_owned()
        };
        let options = message.options.iter().map(|(code, octets)| Field {
            code,
            name: option::name(code),
            value: shown::text(code, octets),
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
            expected,
            malformed: message.cut,
            options: options.collect(),
        }
    }

    /// What is compared with other servers: all but who they are, and the type of the message.
    pub(crate) fn compared(&self) -> Said {
        let fields = self.options.iter();
        let fields = fields.filter(|field| ![53, 54].contains(&field.code));
        let pairs = fields.map(|field| (field.name.clone(), field.value.clone()));
        (IpAddr::V4(self.server), pairs.collect())
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
            Some(server == [10, 0, 0, 2]),
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
}
