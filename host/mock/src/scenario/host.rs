//! The other machines of a scenario: how far away they are, what is on the way, and what they answer.

use std::net::IpAddr;

use serde::{Deserialize, Deserializer, de};

use super::tls::Tls;
use super::values::{Bytes, OneOrMany, Span};

/// A machine.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Host {
    /// Its addresses.
    pub address: OneOrMany<IpAddr>,
    /// Its name for the resolver, in both directions.
    pub name: Option<String>,
    /// The round-trip time: one for all packets, or one for each packet, over again from the start.
    pub rtt: Option<OneOrMany<Trip>>,
    /// The part of all packets that are lost by chance, from 0 to 1.
    #[serde(default)]
    pub loss: f64,
    /// The TTL or hop limit with which it sends.
    #[serde(default = "Host::default_hop_limit")]
    pub hop_limit: u8,
    /// The routers on the way, the nearest first.
    #[serde(default)]
    pub hops: Vec<Hop>,
    /// What it does with echo requests.
    #[serde(default)]
    pub echo: Echo,
    /// It answers nothing at all.
    #[serde(default)]
    pub silent: bool,
    /// It is a name server, which answers from the records of the scenario.
    #[serde(default)]
    pub dns: bool,
    /// Its UDP ports. Other ports are closed.
    #[serde(default)]
    pub udp: Vec<UdpService>,
    /// Its TCP ports. Other ports are closed.
    #[serde(default)]
    pub tcp: Vec<TcpService>,
    /// Connections that it makes to ports on which the plugin listens.
    #[serde(default)]
    pub connect: Vec<Connect>,
    /// Datagrams that it sends to ports to which the plugin has bound a socket.
    #[serde(default)]
    pub send: Vec<Send>,
}

/// A connection of a host to this machine.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Connect {
    /// The port on this machine.
    pub to_port: u16,
    /// The port of the host.
    #[serde(default = "Connect::default_from")]
    pub from_port: u16,
    /// When it comes, from the start of the run.
    #[serde(default)]
    pub after: Span,
    /// What happens on it, in this order. Then the host closes it.
    #[serde(default)]
    pub dialogue: Vec<Step>,
}

impl Connect {
    fn default_from() -> u16 {
        50_000
    }
}

/// A datagram of a host to this machine.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Send {
    /// The port on this machine.
    pub to_port: u16,
    /// The port of the host.
    #[serde(default = "Connect::default_from")]
    pub from_port: u16,
    /// When it comes, from the start of the run.
    #[serde(default)]
    pub after: Span,
    /// What is in it.
    pub bytes: Bytes,
}

/// What becomes of one packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trip {
    /// It is answered after this time.
    After(Span),
    /// It is lost.
    Lost,
}

impl<'de> Deserialize<'de> for Trip {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.as_str() {
            "lost" => Ok(Self::Lost),
            text => text.parse().map(Self::After).map_err(|problem| {
                de::Error::custom(format!("{problem}; or \"lost\" for a packet that is lost"))
            }),
        }
    }
}

/// What a host does with echo requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Echo {
    /// It replies.
    #[default]
    Reply,
    /// It does nothing.
    Silent,
    /// The last router says that the host is unreachable.
    HostUnreachable,
    /// The last router says that the network is unreachable.
    NetworkUnreachable,
    /// The last router says that this is prohibited.
    Prohibited,
}

/// What answers to packets whose TTL ends at this place.
#[derive(Debug, Clone)]
pub enum Hop {
    /// Nothing does.
    Silent,
    /// A router.
    Router(Router),
}

/// A router on the way.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Router {
    /// Its address.
    pub address: IpAddr,
    /// Its name for the resolver.
    pub name: Option<String>,
    /// The round-trip time to it.
    pub rtt: Option<Span>,
}

impl<'de> Deserialize<'de> for Hop {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Word(String),
            Router(Router),
        }
        let form = Form::deserialize(deserializer).map_err(|_| {
            de::Error::custom(
                "a hop is \"*\", an address, or a table with `address`, and perhaps `name` and `rtt`",
            )
        })?;
        match form {
            Form::Word(word) if word == "*" => Ok(Self::Silent),
            Form::Word(word) => {
                let address = word.parse().map_err(|_| {
                    de::Error::custom(format!("a hop is \"*\" or an address, not \"{word}\""))
                })?;
                Ok(Self::Router(Router {
                    address,
                    name: None,
                    rtt: None,
                }))
            }
            Form::Router(router) => Ok(Self::Router(router)),
        }
    }
}

/// A UDP port of a host.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UdpService {
    /// The port.
    pub port: u16,
    /// What it answers to which datagram. It does not answer to others.
    #[serde(default)]
    pub answer: Vec<Answer>,
}

/// The answer to a datagram.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The datagram; any if it is left out.
    pub to: Option<Bytes>,
    /// The answer; the datagram itself if it is left out.
    pub with: Option<Bytes>,
    /// How long the host takes for it.
    #[serde(default)]
    pub after: Span,
}

/// A TCP port of a host.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TcpService {
    /// The port.
    pub port: u16,
    /// What happens on each connection, in this order. Then the host closes the connection.
    #[serde(default)]
    pub dialogue: Vec<Step>,
    /// Nothing answers to a SYN.
    #[serde(default)]
    pub silent: bool,
    /// It speaks TLS; the dialogue is in plain text.
    pub tls: Option<Tls>,
}

/// A step of a dialogue over TCP, from the view of the host.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// It receives exactly these bytes.
    Expect(Bytes),
    /// It receives a line that matches this regular expression.
    ExpectLine(String),
    /// It receives the end of the stream.
    ExpectEnd(bool),
    /// It sends these bytes.
    Send(Bytes),
    /// It sends back all that it receives, until the stream ends.
    EchoAll(bool),
    /// It waits.
    Wait(Span),
    /// It resets the connection.
    Reset(bool),
}

impl Host {
    fn default_hop_limit() -> u8 {
        64
    }

    pub(super) fn shares_address(&self, other: &Host) -> bool {
        let mine = self.address.all();
        mine.iter().any(|one| other.address.all().contains(one))
    }

    pub(super) fn check(&self) -> Result<(), String> {
        let called = || match self.address.all().first() {
            Some(address) => format!("host {address}"),
            None => "a host".into(),
        };
        if self.address.all().is_empty() {
            return Err(format!("{} has no address", called()));
        }
        if !(0.0..=1.0).contains(&self.loss) {
            return Err(format!("loss of {} is from 0 to 1", called()));
        }
        if self.rtt.as_ref().is_some_and(|rtt| rtt.all().is_empty()) {
            return Err(format!("rtt of {} is empty", called()));
        }
        if self.hops.len() > 250 {
            return Err(format!("{} has more than 250 hops", called()));
        }
        let answered = self.tcp.iter().map(|service| &service.dialogue);
        let made = self.connect.iter().map(|connect| &connect.dialogue);
        for step in answered.chain(made).flatten() {
            if let Step::ExpectLine(pattern) = step {
                regex::Regex::new(pattern)
                    .map_err(|error| format!("expect-line of {}: {error}", called()))?;
            }
        }
        Ok(())
    }

    /// All bytes that it names.
    pub(super) fn bytes(&mut self) -> Vec<&mut Bytes> {
        let mut all = Vec::new();
        for answer in self.udp.iter_mut().flat_map(|service| &mut service.answer) {
            all.extend(answer.to.as_mut());
            all.extend(answer.with.as_mut());
        }
        all.extend(self.send.iter_mut().map(|send| &mut send.bytes));
        for service in &mut self.tcp {
            all.extend(service.dialogue.iter_mut().filter_map(Step::bytes));
            all.extend(service.tls.iter_mut().flat_map(|tls| &mut tls.certificates));
        }
        for connect in &mut self.connect {
            all.extend(connect.dialogue.iter_mut().filter_map(Step::bytes));
        }
        all
    }
}

impl Step {
    fn bytes(&mut self) -> Option<&mut Bytes> {
        match self {
            Self::Expect(bytes) | Self::Send(bytes) => Some(bytes),
            _ => None,
        }
    }
}
