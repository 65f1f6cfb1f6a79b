//! An interface for DHCPv6: its hardware address, its link-local address, and the sockets of a client.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};

use nethost_sdk::netlink::{self, AddressQuery, LinkQuery, Namespace, ip};
use nethost_sdk::socket::{Batch, Remote, SocketOptions};
use nethost_sdk::text::printable;
use nethost_sdk::{Error, Exit, udp};

use crate::failed;
use crate::v6::message::Message;

/// All relay agents and servers of the link, and the ports (RFC 8415 section 7).
const SERVERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 1, 2);
pub(crate) const SERVER_PORT: u16 = 547;
const CLIENT_PORT: u16 = 546;

/// AF_INET6, and RT_SCOPE_LINK.
const INET6: u8 = 10;
const LINK_SCOPE: u8 = 253;

/// An interface.
pub(crate) struct Link {
    pub(crate) name: String,
    pub(crate) index: u32,
    pub(crate) hardware: Vec<u8>,
    pub(crate) mtu: u32,
    /// Its addresses with the lengths of their prefixes, without link-local ones.
    pub(crate) addresses: Vec<(Ipv6Addr, u8)>,
    local: Ipv6Addr,
}

impl Link {
    /// The interface of this name.
    pub(crate) fn open(name: &str) -> Result<Self, Exit> {
        let shown = printable(name).into_owned();
        let wrong = |error: &dyn std::fmt::Display| failed(1, format_args!("dhclient: {error}"));
        let namespace = Namespace::open(None).map_err(|error| wrong(&error))?;
        let query = LinkQuery {
            name: Some(name.to_owned()),
            ..LinkQuery::default()
        };
        let links = namespace.links(query).and_then(|listing| listing.all());
        let link = match links {
            Ok(links) => links.into_iter().next(),
            Err(netlink::Failure::Refused(error @ Error::Denied(_))) => return Err(wrong(&error)),
            Err(_) => None,
        };
        let link = link.ok_or_else(|| {
            failed(
                1,
                format_args!(
                    "Cannot find device \"{shown}\"\nFailed to get interface index: No such device"
                ),
            )
        })?;
        let hardware = link
            .address
            .as_ref()
            .map(netlink::octets)
            .unwrap_or_default();
        if link.link_type != 1 || hardware.len() != 6 {
            let kind = link.link_type;
            return Err(failed(
                1,
                format_args!("Unsupported device type {kind} for \"{shown}\""),
            ));
        }
        let query = AddressQuery {
            family: INET6,
            index: Some(link.index),
        };
        let all = namespace.addresses(query).and_then(|listing| listing.all());
        let (mut local, mut addresses) = (None, Vec::new());
        for one in all.map_err(|failure| wrong(&failure))? {
            let address = one.local.or(one.peer).map(ip);
            match (one.scope, address) {
                (LINK_SCOPE, Some(IpAddr::V6(address))) => local = local.or(Some(address)),
                (_, Some(IpAddr::V6(address))) => addresses.push((address, one.prefix_length)),
                _ => {}
            }
        }
        let local = local
            .ok_or_else(|| failed(1, format_args!("no link-local IPv6 address for {shown}")))?;
        Ok(Self {
            name: name.to_owned(),
            index: link.index,
            hardware,
            mtu: link.mtu,
            addresses,
            local,
        })
    }
}

/// The sockets of a client of DHCPv6. Answers come to a port of their own, from servers that are not known before.
pub(crate) struct Sockets {
    sender: udp::Socket,
    receiver: udp::BoundSocket,
}

impl Sockets {
    pub(crate) fn open(link: &Link) -> Result<Self, Error> {
        let local = SocketAddrV6::new(link.local, CLIENT_PORT, 0, link.index);
        let receiver = udp::BoundSocket::bind(local.into())?;
        let settings = SocketOptions {
            interface: Some(link.name.clone()),
            ..SocketOptions::default()
        };
        let remote = SocketAddrV6::new(SERVERS, SERVER_PORT, 0, link.index);
        Ok(Self {
            sender: udp::Socket::open(SocketAddr::V6(remote), &settings)?,
            receiver,
        })
    }

    /// Sends a message to all servers.
    pub(crate) fn send(&self, message: &Message) -> Result<(), Error> {
        let mut batch = Batch::new();
        let bytes = message.emit();
        batch.push_with(Remote::FIRST, None, |buffer| {
            buffer.extend_from_slice(&bytes)
        });
        self.sender.send(&batch).map(drop)
    }

    /// The next datagram of a server, with its sender. None after this time, or if it is none of a server.
    pub(crate) async fn receive(
        &self,
        wait: std::time::Duration,
    ) -> Result<Option<(Vec<u8>, Ipv6Addr)>, Error> {
        let received = self.receiver.receive(wait).await?;
        Ok(received.and_then(|(bytes, source)| match source.ip() {
            IpAddr::V6(address) if source.port() == SERVER_PORT => Some((bytes, address)),
            _ => None,
        }))
    }
}
