//! Validates interface and protocol, asks the gate, checks packets before the broker does.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{PacketReceive, PacketSend, PacketSpoof, sys};
use crate::bindings::nethost::cap::packet as wit;
use nethost_broker::capabilities::packet::{
    ADVERTISEMENT, IPV4, IPV6, ether_type_name, hardware_name,
};
use nethost_broker::{Broker, LinkPacket, LinkPackets, PacketRule, flow};
use nethost_core::{Interface, InterfaceBy, ObjectName, Request, Target};
use nethost_gate::{Gate, Permit};
use nethost_kit::types::{self, ErrorCode, append, invalid};
use nethost_net::packet::{Kind, Packet, PacketReceiver};
use nethost_netlink::link_facts::LinkFacts;

/// The most packets of one call of `send`, and the most bytes: what fits a message to the broker.
const MOST: usize = 64;
const MOST_BYTES: usize = 64 << 10;

/// The most clients that one sender speaks for.
const MOST_CLIENTS: usize = 64;

/// The longest wait; a longer one is this long.
const LONGEST: Duration = Duration::from_secs(u32::MAX as u64);

/// Sends packets.
pub struct Sender {
    gate: Arc<Gate>,
    broker: Arc<Broker>,
    permit: Permit<PacketSend>,
    /// To speak for other clients, each with its own permit.
    spoofs: Mutex<Vec<Permit<PacketSpoof>>>,
    link: LinkFacts,
    rule: PacketRule,
}

fn interface(name: &str, broker: &Broker) -> Result<Interface, ErrorCode> {
    let found = broker.interface(&None, &InterfaceBy::Name(name.into()));
    found.map_err(|_| ErrorCode::NoSuchDevice)
}

/// The target of an EtherType.
fn ether_type(number: u16) -> Result<Target, ErrorCode> {
    let name = ether_type_name(number);
    let name = name.ok_or_else(|| invalid("an EtherType is a number from 0x0600"))?;
    Ok(Target::Object(name))
}

impl Sender {
    pub(super) fn open(
        gate: &Arc<Gate>,
        broker: &Arc<Broker>,
        name: &str,
        protocol: wit::OutgoingProtocol,
    ) -> Result<Self, ErrorCode> {
        let request = match protocol {
            wit::OutgoingProtocol::EtherType(IPV4 | IPV6) => {
                return Err(invalid("packets of IP are sent in other ways"));
            }
            wit::OutgoingProtocol::EtherType(number) => {
                Request::new("sender.open", ether_type(number)?)
            }
            wit::OutgoingProtocol::Udp(udp) => {
                let remote = match types::endpoint_from(udp.remote) {
                    SocketAddr::V4(remote) if !remote.ip().is_unspecified() => remote,
                    _ => return Err(invalid("the remote is not an IPv4 address")),
                };
                if udp.local_port == 0 || remote.port() == 0 {
                    return Err(invalid("a port is missing"));
                }
                let target = Target::remote((*remote.ip()).into(), Some(remote.port()));
                Request::new("sender.open", target).with_socket(flow(udp.local_port, remote))
            }
        };
        let request = request.on_interface(Some(interface(name, broker)?));
        let permit: Permit<PacketSend> = gate.authorize(request)?;
        let link = sys::open_sender(&permit, broker);
        let link = link.inspect_err(|error| permit.failed(error))?;
        let rule = PacketRule::new(permit.request(), &link);
        let rule = rule.ok_or_else(|| invalid("no such packets"))?;
        Ok(Self {
            gate: Arc::clone(gate),
            broker: Arc::clone(broker),
            permit,
            spoofs: Mutex::default(),
            link,
            rule,
        })
    }

    pub(super) fn link(&self) -> wit::Link {
        let LinkFacts {
            index,
            name,
            hardware_type,
            flags,
            mtu,
            address,
            broadcast,
        } = self.link.clone();
        wit::Link {
            index,
            name,
            hardware_type,
            address,
            broadcast,
            mtu,
            flags,
        }
    }

    pub(super) fn send(
        &self,
        bytes: &[u8],
        packets: Vec<wit::OutgoingPacket>,
    ) -> Result<Vec<u64>, ErrorCode> {
        let mut batch = LinkPackets::default();
        for wit::OutgoingPacket { to, offset, length } in packets.into_iter().take(MOST) {
            let from = bytes.get(offset as usize..);
            let packet = from.and_then(|from| from.get(..length as usize));
            let packet = packet.ok_or_else(|| invalid("a packet outside of the bytes"))?;
            if batch.bytes.len() + packet.len() > MOST_BYTES {
                if batch.packets.is_empty() {
                    return Err(ErrorCode::DatagramTooLarge);
                }
                break;
            }
            let checked = self.rule.check(packet, &to);
            let claim = checked.map_err(|error| invalid(error.to_string()))?;
            let spoof = match claim.client.map(|client| self.spoof(&client)) {
                None => None,
                Some(Ok(handle)) => Some(handle),
                // What was before it is sent.
                Some(Err(_)) if !batch.packets.is_empty() => break,
                Some(Err(error)) => return Err(error),
            };
            batch.bytes.extend_from_slice(packet);
            batch.packets.push(LinkPacket { to, length, spoof });
        }
        if batch.packets.is_empty() {
            return Ok(Vec::new());
        }
        let spoofs = self.spoofs.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(sys::send(&self.permit, &spoofs, &self.broker, batch)?)
    }

    /// The handle of the permit to speak for this client. The gate is asked when the first such message is sent.
    fn spoof(&self, client: &[u8]) -> Result<u64, ErrorCode> {
        let target = hardware_name(client).map(Target::Object);
        let target = target.ok_or_else(|| invalid("no hardware address"))?;
        let mut spoofs = self.spoofs.lock().unwrap_or_else(PoisonError::into_inner);
        let known = spoofs
            .iter()
            .find(|permit| permit.request().target == target);
        if let Some(known) = known {
            return Ok(known.handle());
        }
        if spoofs.len() >= MOST_CLIENTS {
            return Err(ErrorCode::OutOfMemory);
        }
        let request = Request::new("sender.send", target);
        let request = request.on_interface(self.permit.request().interface.clone());
        let permit: Permit<PacketSpoof> = self.gate.authorize(request)?;
        let handle = permit.handle();
        spoofs.push(permit);
        Ok(handle)
    }
}

/// Receives packets.
pub struct Receiver {
    permit: Permit<PacketReceive>,
    socket: PacketReceiver,
}

impl Receiver {
    pub(super) fn open(
        gate: &Arc<Gate>,
        broker: &Arc<Broker>,
        name: &str,
        protocol: wit::IncomingProtocol,
    ) -> Result<Self, ErrorCode> {
        let target = match protocol {
            wit::IncomingProtocol::EtherType(number) => ether_type(number)?,
            wit::IncomingProtocol::RouterAdvertisements => {
                let name = ObjectName::new(ADVERTISEMENT);
                Target::Object(name.ok_or_else(|| invalid("no name"))?)
            }
            wit::IncomingProtocol::Udp(0) => return Err(invalid("a port is missing")),
            wit::IncomingProtocol::Udp(port) => {
                Target::listen((Ipv4Addr::UNSPECIFIED, port).into())
            }
        };
        let request = Request::new("receiver.open", target);
        let permit: Permit<PacketReceive> =
            gate.authorize(request.on_interface(Some(interface(name, broker)?)))?;
        let socket = sys::open_receiver(&permit, broker);
        let socket = socket.inspect_err(|error| permit.failed(error))?;
        Ok(Self { permit, socket })
    }

    pub(super) async fn receive(
        &self,
        max: u32,
        timeout: u64,
    ) -> Result<wit::ReceivedPackets, ErrorCode> {
        let mut received = wit::ReceivedPackets {
            bytes: Vec::new(),
            packets: Vec::new(),
        };
        let deadline = Instant::now() + Duration::from_nanos(timeout).min(LONGEST);
        // What a quota or a revoked permit withholds does not end the wait.
        let mut each = |packet: Packet<'_>| {
            if self.permit.may_receive(packet.bytes.len()).is_err() {
                return;
            }
            self.permit.count_received(packet.bytes.len());
            let (offset, length) = append(&mut received.bytes, packet.bytes);
            received.packets.push(wit::IncomingPacket {
                timestamp: packet.timestamp,
                source: packet.source.into(),
                kind: match packet.kind {
                    Kind::Host => wit::PacketKind::Host,
                    Kind::Broadcast => wit::PacketKind::Broadcast,
                    Kind::Multicast => wit::PacketKind::Multicast,
                },
                checksum_pending: packet.checksum_pending,
                offset,
                length,
                truncated: packet.truncated,
            });
        };
        let taken = self.socket.receive(max as usize, deadline, &mut each).await;
        taken.inspect_err(|error| self.permit.failed(error))?;
        Ok(received)
    }
}
