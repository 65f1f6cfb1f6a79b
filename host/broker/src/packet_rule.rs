//! Which packets a permit allows to be sent. The runner checks them, for a message that says what is wrong; the broker
//! checks them again.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};

use super::capabilities::packet::{ARP, IPV4, IPV6, ether_type};
use nethost_core::{Request, SocketKind, SocketRequest, Target};
use nethost_net::datagram::ip_header;
use nethost_net::packet::LONGEST_ADDRESS;
use nethost_netlink::link_facts::LinkFacts;

/// IPv4 header without options, and UDP header.
const IPV4_HEADER: usize = 20;
const UDP_HEADER: usize = 8;
/// The protocol number of UDP.
pub(super) const UDP: u8 = 17;
/// The port of servers of DHCP and BOOTP, where the hardware address of the client begins, and the cookie before the
/// options (RFC 2131 section 2).
const SERVER: u16 = 67;
const CLIENT_HARDWARE: usize = 28;
const OPTIONS: usize = 236;
const COOKIE: [u8; 4] = [99, 130, 83, 99];

/// The packets that one permit allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PacketRule {
    allowed: Allowed,
    /// The hardware address of the interface.
    own: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Allowed {
    /// All of this EtherType.
    EtherType(u16),
    /// UDP over IPv4 from this port to this remote.
    Udp(u16, SocketAddrV4),
}

/// What a packet says about its sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The address that it claims as its source, which must be an address of this machine.
    pub source: Option<Ipv4Addr>,
    /// The hardware address of the client of DHCP for which it speaks, if that is not the interface. It takes a permit of
    /// its own.
    pub client: Option<Vec<u8>>,
}

/// A packet that the permit does not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPacket {
    /// Its hardware address does not fit the interface.
    #[error("the hardware address has another length than that of the interface")]
    Address,
    /// It is no ARP packet.
    #[error("not an ARP packet for IPv4")]
    Arp,
    /// It has another sender.
    #[error("the hardware address of the sender is not that of the interface")]
    Sender,
    /// It is no IPv4 packet to the remote.
    #[error(transparent)]
    Ip(#[from] ip_header::Malformed),
    /// It is for no client.
    #[error("a message of DHCP without the hardware address of its client")]
    Client,
    /// It is no UDP datagram.
    #[error("not a whole UDP datagram over IPv4")]
    Udp,
    /// It has other ports.
    #[error("the ports are not those that were permitted")]
    Ports,
}

impl PacketRule {
    /// The rule of a permit for an interface. None if the permit is for something else.
    pub fn new(request: &Request, link: &LinkFacts) -> Option<Self> {
        let allowed = match (&request.target, &request.socket) {
            (Target::Object(name), None) => {
                // Sources and remotes of IP are what other capabilities are about.
                let number = ether_type(name).filter(|number| ![IPV4, IPV6].contains(number));
                Allowed::EtherType(number?)
            }
            (
                Target::Address {
                    address,
                    port: Some(port),
                },
                Some(socket),
            ) => match SocketAddr::new(address.ip(), *port) {
                SocketAddr::V4(remote) => Allowed::Udp(local_port(socket, remote)?, remote),
                SocketAddr::V6(_) => return None,
            },
            _ => return None,
        };
        Some(Self {
            allowed,
            own: link.address.clone(),
        })
    }

    /// The EtherType of the packets.
    pub(super) fn ether_type(&self) -> u16 {
        match self.allowed {
            Allowed::EtherType(number) => number,
            Allowed::Udp(..) => IPV4,
        }
    }

    /// Checks a packet and the hardware address that it is sent to. Returns what it claims.
    pub fn check(&self, bytes: &[u8], to: &[u8]) -> Result<Claim, BadPacket> {
        if to.len() != self.own.len() || to.len() > LONGEST_ADDRESS {
            return Err(BadPacket::Address);
        }
        let (source, client) = match self.allowed {
            Allowed::EtherType(ARP) => (check_arp(bytes, &self.own)?, None),
            Allowed::EtherType(_) => (Ipv4Addr::UNSPECIFIED, None),
            Allowed::Udp(port, remote) => {
                let source = check_udp(bytes, port, remote)?;
                let payload = bytes.get(IPV4_HEADER + UDP_HEADER..).unwrap_or_default();
                (source, client(payload, remote.port())?)
            }
        };
        Ok(Claim {
            source: (!source.is_unspecified()).then_some(source),
            client: client.filter(|client| *client != self.own),
        })
    }
}

/// The local port, if that is all that the socket of a request says beside what follows from the remote.
fn local_port(socket: &SocketRequest, remote: SocketAddrV4) -> Option<u16> {
    let port = socket.source?.port();
    (*socket == flow(port, remote) && port != 0).then_some(port)
}

/// The socket in a request to send UDP datagrams from a port.
pub fn flow(local_port: u16, remote: SocketAddrV4) -> SocketRequest {
    SocketRequest {
        source: Some((Ipv4Addr::UNSPECIFIED, local_port).into()),
        broadcast: remote.ip().is_broadcast(),
        ..SocketRequest::new(SocketKind::Udp)
    }
}

/// The sender is this interface, so that no packet claims another's address.
fn check_arp(packet: &[u8], own: &[u8]) -> Result<Ipv4Addr, BadPacket> {
    let (head, rest) = packet.split_first_chunk::<8>().ok_or(BadPacket::Arp)?;
    let [_, _, 8, 0, hardware, 4, 0, 1 | 2] = *head else {
        return Err(BadPacket::Arp);
    };
    if usize::from(hardware) != own.len() {
        return Err(BadPacket::Arp);
    }
    let (sender, rest) = rest.split_at_checked(own.len()).ok_or(BadPacket::Arp)?;
    let (address, rest) = rest.split_first_chunk::<4>().ok_or(BadPacket::Arp)?;
    if rest.len() != own.len() + 4 {
        return Err(BadPacket::Arp);
    }
    match sender == own {
        true => Ok(Ipv4Addr::from(*address)),
        false => Err(BadPacket::Sender),
    }
}

/// The hardware address of the client in a message of DHCP or BOOTP. None if the payload is no such message: what goes to
/// another port counts as one if it has the cookie.
fn client(payload: &[u8], port: u16) -> Result<Option<Vec<u8>>, BadPacket> {
    let cookie = payload.get(OPTIONS..OPTIONS + COOKIE.len());
    if payload.is_empty() || (port != SERVER && cookie != Some(&COOKIE)) {
        return Ok(None);
    }
    let length = payload.get(2).map_or(0, |length| usize::from(*length));
    let client = payload.get(CLIENT_HARDWARE..CLIENT_HARDWARE + length);
    let client = client.filter(|client| (1..=16).contains(&client.len()));
    client.map_or(Err(BadPacket::Client), |client| Ok(Some(client.to_vec())))
}

fn check_udp(packet: &[u8], port: u16, remote: SocketAddrV4) -> Result<Ipv4Addr, BadPacket> {
    let to = (*remote.ip()).into();
    ip_header::check(packet, to)?;
    let field = |at: usize| match packet.get(at..at + 2) {
        Some(&[high, low]) => u16::from_be_bytes([high, low]),
        _ => 0,
    };
    let fits = packet.len() >= IPV4_HEADER + UDP_HEADER
        && packet.first() == Some(&0x45)
        && usize::from(field(2)) == packet.len()
        // More fragments, or an offset.
        && field(6) & 0x3fff == 0
        && packet.get(9) == Some(&UDP)
        && usize::from(field(IPV4_HEADER + 4)) == packet.len() - IPV4_HEADER;
    if !fits {
        return Err(BadPacket::Udp);
    }
    if field(IPV4_HEADER) != port || field(IPV4_HEADER + 2) != remote.port() {
        return Err(BadPacket::Ports);
    }
    match ip_header::source(packet, to) {
        IpAddr::V4(source) => Ok(source),
        IpAddr::V6(_) => Err(BadPacket::Udp),
    }
}
