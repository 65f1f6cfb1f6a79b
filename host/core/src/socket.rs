//! The part of a request that describes a socket: everything that a policy can name, and everything that decides
//! which hosts the socket reaches. A permit contains all of it, so opening the socket adds nothing that could differ.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::scoped_addr;

/// Ports below this one are privileged (ip(7), IPPORT_RESERVED).
const PRIVILEGED: u16 = 1024;

/// The kind of a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SocketKind {
    /// ICMP or ICMPv6 echo. It is a socket of icmp(7) if the kernel allows it for this user. Otherwise it is a socket
    /// of raw(7), which requires CAP_NET_RAW, and which receives only the replies with its identifier.
    Echo,
    /// UDP.
    Udp,
    /// TCP, for a connection.
    Tcp,
    /// TCP, for a connection attempt only.
    TcpProbe,
    /// An IP protocol by number (raw(7), requires CAP_NET_RAW).
    Raw {
        /// Its number.
        protocol: u8,
        /// Packets contain their own IP header.
        header_included: bool,
        /// The socket also receives packets.
        receive: bool,
    },
}

/// How a socket is requested, beyond its remote and its interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SocketRequest {
    /// Its kind.
    pub kind: SocketKind,
    /// The local address, and the port if it is not 0.
    #[serde(with = "scoped_addr::option")]
    pub source: Option<SocketAddr>,
    /// SO_MARK.
    pub mark: Option<u32>,
    /// SO_BROADCAST.
    pub broadcast: bool,
    /// SO_DONTROUTE.
    pub dont_route: bool,
}

/// A property of a socket that the `options` of a rule can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SocketOption {
    /// Datagrams can go to a broadcast address.
    Broadcast,
    /// Packets stay on the link, regardless of the routing table.
    DontRoute,
    /// The plugin chooses the local port.
    LocalPort,
    /// Packets carry a mark, which firewalls and routing rules can match.
    Mark,
    /// Packets contain their own IP header.
    OwnHeader,
    /// The local port is privileged: below 1024.
    PrivilegedPort,
    /// The plugin chooses the local address.
    Source,
}

impl SocketOption {
    /// All options, in the order of their names.
    pub const ALL: [Self; 7] = [
        Self::Broadcast,
        Self::DontRoute,
        Self::LocalPort,
        Self::Mark,
        Self::OwnHeader,
        Self::PrivilegedPort,
        Self::Source,
    ];

    /// The name in rules.
    pub fn name(self) -> &'static str {
        match self {
            Self::Broadcast => "broadcast",
            Self::DontRoute => "dont-route",
            Self::LocalPort => "local-port",
            Self::Mark => "mark",
            Self::OwnHeader => "own-header",
            Self::PrivilegedPort => "privileged-port",
            Self::Source => "source",
        }
    }

    /// The option with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|option| option.name() == name)
    }

    /// The options that follow from a local port.
    pub fn of_port(port: u16) -> impl Iterator<Item = Self> {
        let chosen = (port != 0).then_some(Self::LocalPort);
        let privileged = (1..PRIVILEGED).contains(&port);
        chosen
            .into_iter()
            .chain(privileged.then_some(Self::PrivilegedPort))
    }

    /// An option that an unprivileged program cannot use is only allowed by a rule that names it.
    pub fn needs_naming(self) -> bool {
        matches!(self, Self::Mark | Self::PrivilegedPort)
    }
}

impl SocketRequest {
    /// A socket of this kind without options.
    pub fn new(kind: SocketKind) -> Self {
        Self {
            kind,
            source: None,
            mark: None,
            broadcast: false,
            dont_route: false,
        }
    }

    /// The options of this socket.
    pub fn options(&self) -> impl Iterator<Item = SocketOption> {
        let port = self.source.map_or(0, |source| source.port());
        let own_header = matches!(
            self.kind,
            SocketKind::Raw {
                header_included: true,
                ..
            }
        );
        let has = move |option| match option {
            SocketOption::Broadcast => self.broadcast,
            SocketOption::DontRoute => self.dont_route,
            SocketOption::LocalPort => port != 0,
            SocketOption::Mark => self.mark.is_some(),
            SocketOption::OwnHeader => own_header,
            SocketOption::PrivilegedPort => (1..PRIVILEGED).contains(&port),
            SocketOption::Source => self
                .source
                .is_some_and(|source| !source.ip().is_unspecified()),
        };
        SocketOption::ALL
            .into_iter()
            .filter(move |option| has(*option))
    }

    /// The options with their values, as text for the record.
    pub fn described(&self) -> Vec<String> {
        let port = self.source.map_or(0, |source| source.port());
        let mut described: Vec<String> = self
            .options()
            .map(|option| match (option, self.source, self.mark) {
                (SocketOption::Source, Some(source), _) => format!("source={}", source.ip()),
                (SocketOption::LocalPort, ..) => format!("local-port={port}"),
                (SocketOption::Mark, _, Some(mark)) => format!("mark={mark}"),
                _ => option.name().to_owned(),
            })
            .collect();
        if let SocketKind::Raw { protocol, .. } = self.kind {
            described.push(format!("protocol={protocol}"));
        }
        described
    }
}

impl SocketKind {
    /// Whether it is a connection.
    pub fn is_stream(self) -> bool {
        matches!(self, Self::Tcp | Self::TcpProbe)
    }

    /// Packets contain their own IP header, which names the destination.
    pub fn brings_header(self) -> bool {
        matches!(
            self,
            Self::Raw {
                header_included: true,
                ..
            }
        )
    }

    /// Whether it receives packets.
    pub fn receives(self) -> bool {
        !matches!(self, Self::Raw { receive: false, .. })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_option_has_its_own_name_and_is_found_by_it() {
        for option in SocketOption::ALL {
            assert_eq!(SocketOption::named(option.name()), Some(option));
        }
        assert!(SocketOption::ALL.is_sorted_by_key(|option| option.name()));
        assert_eq!(SocketOption::named("any"), None);
    }

    #[test]
    fn what_is_special_about_a_socket_is_told_with_its_values() {
        let plain = SocketRequest::new(SocketKind::Udp);
        assert!(plain.described().is_empty());
        let all = SocketRequest {
            kind: SocketKind::Raw {
                protocol: 6,
                header_included: true,
                receive: false,
            },
            source: Some("192.0.2.1:514".parse().unwrap()),
            mark: Some(7),
            broadcast: true,
            dont_route: true,
        };
        assert_eq!(all.options().count(), SocketOption::ALL.len());
        assert_eq!(
            all.described().join(" "),
            "broadcast dont-route local-port=514 mark=7 own-header privileged-port source=192.0.2.1 protocol=6"
        );
        let any = SocketRequest {
            source: Some("0.0.0.0:0".parse().unwrap()),
            ..plain
        };
        assert!(any.options().next().is_none(), "any address and port");
    }
}
