//! The part of a request that is about a socket: all of it that a policy can name, and all that decides whom the
//! socket reaches. A permit carries it whole, so that opening the socket adds nothing that could differ.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::scoped_addr;

/// Ports below this one are the system's (ip(7), IPPORT_RESERVED).
const PRIVILEGED: u16 = 1024;

/// What kind of socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SocketKind {
    /// ICMP or ICMPv6 echo: one of icmp(7) where the kernel lets this user have it. Elsewhere one of raw(7), with
    /// CAP_NET_RAW, which receives only the replies that carry its identifier.
    Echo,
    /// UDP.
    Udp,
    /// TCP, for a connection.
    Tcp,
    /// TCP, for an attempt that leaves nothing behind.
    TcpProbe,
    /// An IP protocol by number, with CAP_NET_RAW (raw(7)).
    Raw {
        /// Its number.
        protocol: u8,
        /// Packets bring their own IP header.
        header_included: bool,
        /// Packets are received too.
        receive: bool,
    },
}

/// How a socket is asked for, beyond its remote and its interface.
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

/// Something about a socket that a rule's `options` can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SocketOption {
    /// Datagrams may go to a broadcast address.
    Broadcast,
    /// Packets stay on the link, whatever the routing table says.
    DontRoute,
    /// The local port is the plugin's choice.
    LocalPort,
    /// Packets carry a mark, which firewalls and routing rules go by.
    Mark,
    /// Packets bring their own IP header.
    OwnHeader,
    /// The local port is one of the system's, below 1024.
    PrivilegedPort,
    /// The local address is the plugin's choice.
    Source,
}

impl SocketOption {
    /// All, in the order of their names.
    pub const ALL: [Self; 7] = [
        Self::Broadcast,
        Self::DontRoute,
        Self::LocalPort,
        Self::Mark,
        Self::OwnHeader,
        Self::PrivilegedPort,
        Self::Source,
    ];

    /// As rules name it.
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

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|option| option.name() == name)
    }

    /// What is special about a local port.
    pub fn of_port(port: u16) -> impl Iterator<Item = Self> {
        let chosen = (port != 0).then_some(Self::LocalPort);
        let privileged = (1..PRIVILEGED).contains(&port);
        chosen
            .into_iter()
            .chain(privileged.then_some(Self::PrivilegedPort))
    }

    /// What a user's own program could not have without privilege is only allowed by a rule that names it.
    pub fn needs_naming(self) -> bool {
        matches!(self, Self::Mark | Self::PrivilegedPort)
    }
}

impl SocketRequest {
    /// A socket of this kind with nothing special about it.
    pub fn new(kind: SocketKind) -> Self {
        Self {
            kind,
            source: None,
            mark: None,
            broadcast: false,
            dont_route: false,
        }
    }

    /// What is special about it.
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

    /// The same in words for the record, with their values.
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
    /// It is for a connection, not for datagrams.
    pub fn is_stream(self) -> bool {
        matches!(self, Self::Tcp | Self::TcpProbe)
    }

    /// Packets bring their own IP header, which says where they go.
    pub fn brings_header(self) -> bool {
        matches!(
            self,
            Self::Raw {
                header_included: true,
                ..
            }
        )
    }

    /// Packets come in.
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
