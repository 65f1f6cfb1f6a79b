//! Sends packets after a check of their headers; receives packets and withholds those of others.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use super::sys::{self, Permits};
use super::{RawReceive, RawSend, RawSourceRoute, RawSpoof};
use crate::bindings::nethost::cap::raw_ip::RawOptions;
use nethost_broker::Broker;
use nethost_core::Interface;
use nethost_core::{Capability, Request, SocketKind, SocketRequest};
use nethost_gate::{Gate, Permit};
use nethost_kit::remote_set::{self, Remote, RemoteSet};
use nethost_kit::types::{self, ErrorCode, append, invalid, without_port};
use nethost_kit::wit;
use nethost_net::datagram::{Datagram, QueuedError, Sink, ip_header};

/// The handle and the permit for each capability and remote.
type ExtraPermits = HashMap<(&'static str, IpAddr), (u64, Box<dyn Send>)>;

/// An open raw socket.
pub struct Socket {
    remotes: RemoteSet<RawSend>,
    gate: Arc<Gate>,
    broker: Arc<Broker>,
    interface: Option<Interface>,
    request: SocketRequest,
    /// The permit to receive from each remote, in the order of the remotes; empty for a socket that only sends.
    receives: Mutex<Vec<Permit<RawReceive>>>,
    /// Further permits for single packets, by capability and remote, with their handles.
    extras: Mutex<ExtraPermits>,
}

impl Socket {
    /// Opens a socket for one remote.
    pub(super) fn open(
        gate: &Arc<Gate>,
        broker: &Arc<Broker>,
        remote: SocketAddr,
        options: RawOptions,
    ) -> Result<Self, ErrorCode> {
        let RawOptions {
            protocol,
            header_included,
            receive,
            socket,
        } = options;
        let remote = without_port(remote);
        let kind = SocketKind::Raw {
            protocol,
            header_included,
            receive,
        };
        let (interface, request, options) = types::options_from(kind, remote, socket, broker)?;
        let asked = || {
            remote_set::request("socket.open", remote, false, interface.clone())
                .with_socket(request)
        };
        let send = gate.authorize(asked())?;
        let receive = receive.then(|| gate.authorize(asked())).transpose()?;
        let (socket, permits, facts) = sys::open(Permits { send, receive }, broker, &options)?;
        let remotes = RemoteSet::new(gate, broker, socket, remote, permits.send, request, facts);
        let receives = Mutex::new(permits.receive.into_iter().collect());
        Ok(Self {
            remotes,
            gate: Arc::clone(gate),
            broker: Arc::clone(broker),
            interface,
            request,
            receives,
            extras: Mutex::default(),
        })
    }

    /// Asks the gate for one more remote.
    pub(super) fn add_remote(&self, remote: SocketAddr) -> Result<u32, ErrorCode> {
        let remote = without_port(remote);
        let mut receives = self.receives.lock().unwrap_or_else(PoisonError::into_inner);
        if self.remotes.is_remote(remote, 0) || receives.is_empty() {
            return self
                .remotes
                .add_remote("socket.add-remote", remote, false, None);
        }
        let receive: Permit<RawReceive> = self
            .gate
            .authorize(self.asked("socket.add-remote", remote))?;
        let index =
            self.remotes
                .add_remote("socket.add-remote", remote, false, Some(receive.ticket()))?;
        receives.push(receive);
        Ok(index)
    }

    fn asked(&self, op: &'static str, remote: SocketAddr) -> Request {
        remote_set::request(op, remote, false, self.interface.clone()).with_socket(self.request)
    }

    /// Counts a packet from this source under its permit to receive. Returns false if the packet must be withheld.
    fn admit_packet(&self, source: SocketAddr, bytes: usize) -> bool {
        let receives = self.receives.lock().unwrap_or_else(PoisonError::into_inner);
        let remote = self.remotes.remote_of(source, 0);
        let permit = remote.and_then(|index| receives.get(index as usize));
        let admitted = permit.filter(|permit| permit.may_receive(bytes).is_ok());
        admitted
            .map(|permit| permit.count_received(bytes))
            .is_some()
    }

    pub(super) fn local_endpoint(&self) -> Result<wit::Endpoint, ErrorCode> {
        self.remotes.local_endpoint(false)
    }

    pub(super) fn send(
        &self,
        bytes: &[u8],
        packets: &[wit::Outgoing],
    ) -> Result<Vec<u64>, ErrorCode> {
        self.remotes
            .send(bytes, packets.iter(), |_, remote, packet, framed| {
                framed.extend_from_slice(packet);
                self.extra(remote, packet)
            })
    }

    /// The handle of the further permit that a packet needs, if it needs one. The gate is asked when the first such
    /// packet is sent to a remote.
    fn extra(&self, remote: &Remote<RawSend>, packet: &[u8]) -> Result<Option<u64>, ErrorCode> {
        let (to, host) = (remote.address, remote.address.ip());
        let SocketKind::Raw {
            protocol,
            header_included,
            ..
        } = self.request.kind
        else {
            return Ok(None);
        };
        if !header_included {
            let routed = to.is_ipv6() && ip_header::has_routing_header(protocol, packet);
            return self.extra_permit::<RawSourceRoute>(routed, to);
        }
        ip_header::check(packet, host).map_err(|error| invalid(error.to_string()))?;
        let source = ip_header::source(packet, host);
        let own = self.request.source.map(|own| own.ip());
        let spoofed = !source.is_unspecified()
            && own != Some(source)
            && !self.broker.is_local_address(&remote.permit, source)?;
        if spoofed {
            return self.extra_permit::<RawSpoof>(true, to);
        }
        let routed = ip_header::is_source_routed(packet, host);
        self.extra_permit::<RawSourceRoute>(routed, to)
    }

    fn extra_permit<C: Capability>(
        &self,
        wanted: bool,
        remote: SocketAddr,
    ) -> Result<Option<u64>, ErrorCode> {
        if !wanted {
            return Ok(None);
        }
        let mut extras = self.extras.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (C::NAME, remote.ip());
        if let Some((handle, _)) = extras.get(&key) {
            return Ok(Some(*handle));
        }
        let permit: Permit<C> = self.gate.authorize(self.asked("socket.send", remote))?;
        let handle = permit.handle();
        extras.insert(key, (handle, Box::new(permit)));
        Ok(Some(handle))
    }

    pub(super) async fn receive(&self, max: u32, timeout: u64) -> Result<wit::Received, ErrorCode> {
        let received = wit::Received {
            bytes: Vec::new(),
            datagrams: Vec::new(),
            errors: Vec::new(),
            withheld: 0,
        };
        let mut inbox = Inbox {
            socket: self,
            received,
        };
        self.remotes.receive(max, timeout, &mut inbox).await?;
        Ok(inbox.received)
    }
}

struct Inbox<'a> {
    socket: &'a Socket,
    received: wit::Received,
}

impl Sink for Inbox<'_> {
    fn datagram(&mut self, datagram: Datagram<'_>) {
        let source = without_port(datagram.source);
        if !self.socket.admit_packet(source, datagram.bytes.len()) {
            self.received.withheld += 1;
            return;
        }
        let (offset, length) = append(&mut self.received.bytes, datagram.bytes);
        let (timestamp, hop_limit, truncated) =
            (datagram.timestamp, datagram.hop_limit, datagram.truncated);
        self.received.datagrams.push(wit::Incoming {
            timestamp,
            source: types::endpoint_to(source),
            hop_limit,
            offset,
            length,
            truncated,
        });
    }

    fn error(&mut self, mut error: QueuedError<'_>) {
        error.remote.set_port(0);
        if self.socket.remotes.is_remote(error.remote, 0) {
            let error = types::network_error(
                &error,
                transport(error.quoted, self.socket.request.kind.brings_header()),
                &mut self.received.bytes,
            );
            self.received.errors.push(error);
        }
    }
}

/// If packets bring their own IP headers, the kernel quotes a packet from its IP header on.
fn transport(quoted: &[u8], header_included: bool) -> &[u8] {
    let header = match quoted.first() {
        Some(byte) if header_included && byte >> 4 == 4 => usize::from(byte & 0x0f) * 4,
        Some(byte) if header_included && byte >> 4 == 6 => 40,
        _ => 0,
    };
    quoted.get(header..).unwrap_or_default()
}
