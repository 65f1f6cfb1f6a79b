//! Sends packets on an unconnected socket, each to the remote of its permit.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::net::IpAddr;
use std::os::fd::OwnedFd;

use serde::{Deserialize, Serialize};

use super::add_remote::is_for_same_socket;
use crate::echo::{ECHO_HEADER, is_echo_request};
use crate::operation::{Context, Error, Operation, refused};
use crate::socket::remote_of;
use crate::sockets::{OutgoingPacket, send_each};
use nethost_core::{Request, SocketKind};
use nethost_gate::Ticket;
use nethost_net::datagram::ip_header;

/// The operation, under the permit with which the socket was opened.
pub(crate) struct SendPackets;

/// Packets with consecutive payloads.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Packets {
    /// The permit and the length of each packet.
    pub packets: Vec<OutgoingPacket>,
    /// All of them.
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
}

impl Operation for SendPackets {
    const NAME: &'static str = "send-packets";
    const LENDS: bool = false;
    type Args = Packets;
    /// The times of the sent packets. There are fewer than packets if one failed.
    type Reply = Vec<u64>;

    fn perform(
        permit: &Ticket,
        Packets { packets, bytes }: Packets,
        context: &mut Context<'_>,
    ) -> Result<(Vec<u64>, Option<OwnedFd>), Error> {
        let malformed = || refused("the packets are longer than their bytes");
        let sent = send_each(&packets, &bytes, malformed, |packet, bytes| {
            send(permit, packet, bytes, context)
        });
        Ok((sent?, None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        let packet = OutgoingPacket {
            handle: 1,
            hop_limit: None,
            length: 2,
        };
        Packets {
            packets: vec![packet],
            bytes: vec![0x7e; 2],
        }
    }

    #[cfg(test)]
    fn is_for(capability: &str, request: &nethost_core::Request) -> bool {
        let to_one = matches!(request.target, nethost_core::Target::Address { .. });
        capability == "udp.exchange" && request.socket.is_some() && to_one
    }
}

fn send(
    opened: &Ticket,
    packet: &OutgoingPacket,
    bytes: &[u8],
    context: &mut Context<'_>,
) -> Result<u64, Error> {
    let permit = context.permits.permit(packet.handle);
    let permit = permit.ok_or_else(|| refused("no permit for this remote"))?;
    let request = permit.request();
    let Some((remote, kind)) = remote_of(request)?.zip(request.socket.map(|socket| socket.kind))
    else {
        return Err(refused("no permit for packets"));
    };
    let state = &*context.state;
    match extra(request, kind, bytes, remote.ip(), |source| {
        state.is_local(source)
    })? {
        None if is_for_same_socket(permit, opened) => {}
        Some(capability) if is_extra(permit, opened, capability) => {}
        _ => return Err(refused("no permit for this packet")),
    }
    let counted = match kind {
        SocketKind::Echo => bytes.len().saturating_sub(ECHO_HEADER),
        _ => bytes.len(),
    };
    if context.accounts {
        permit.may_send_late(counted)?;
    }
    let sent = state
        .sockets
        .send(context.handle, remote, packet.hop_limit, bytes)?;
    if context.accounts {
        permit.count_sent(counted);
    }
    Ok(sent)
}

/// The capability for which a packet requires a separate permit, if any: it has a source route, or its source is not
/// an address of this machine. A packet that the socket is not for is refused.
fn extra(
    request: &Request,
    kind: SocketKind,
    bytes: &[u8],
    remote: IpAddr,
    is_local: impl FnOnce(IpAddr) -> bool,
) -> Result<Option<&'static str>, Error> {
    match kind {
        SocketKind::Echo if is_echo_request(bytes, remote.is_ipv6()) => Ok(None),
        SocketKind::Echo => Err(refused("not an echo request")),
        SocketKind::Raw {
            protocol,
            header_included,
            ..
        } => {
            let malformed = |error: ip_header::Malformed| Error::Refused(error.to_string().into());
            let routed = if header_included {
                ip_header::check(bytes, remote).map_err(malformed)?;
                let source = ip_header::source(bytes, remote);
                let own = request.socket.and_then(|socket| socket.source);
                let is_own = source.is_unspecified()
                    || own.is_some_and(|own| own.ip() == source)
                    || is_local(source);
                let routed = ip_header::is_source_routed(bytes, remote);
                match (is_own, routed) {
                    (false, true) => {
                        return Err(refused("a route and a foreign source in one packet"));
                    }
                    (false, false) => return Ok(Some("raw.spoof")),
                    (true, routed) => routed,
                }
            } else {
                remote.is_ipv6() && ip_header::has_routing_header(protocol, bytes)
            };
            Ok(routed.then_some("raw.route"))
        }
        SocketKind::Udp | SocketKind::Tcp | SocketKind::TcpProbe => Ok(None),
    }
}

/// Whether a permit is for such packets on this socket.
fn is_extra(permit: &Ticket, opened: &Ticket, capability: &str) -> bool {
    let (one, other) = (permit.request(), opened.request());
    permit.capability() == capability
        && one.socket == other.socket
        && one.interface == other.interface
}

impl Broker {
    /// Sends packets with consecutive payloads on the socket that was opened under a permit, each under the permit
    /// for its remote. Returns the times of the sent packets: fewer than packets if one failed, an error if the first
    /// one failed.
    pub fn send<C: Capability>(
        &self,
        socket: &Permit<C>,
        permits: &[&Ticket],
        packets: &mut Packets,
    ) -> io::Result<Vec<u64>> {
        let taken = std::mem::take(packets);
        let (moments, _) = self.perform::<SendPackets, C>(socket, permits, taken)?;
        Ok(moments)
    }
}
