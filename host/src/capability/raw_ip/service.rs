//! Packets out, headers checked; packets in, strangers' withheld.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use super::header::{check_header, check_protocol};
use super::sys::{self, Permits};
use super::{RawReceive, RawSend};
use crate::bindings::nethost::cap::{raw_ip::RawOptions, types as wit};
use crate::broker::{Broker, Protocol, SocketSpec};
use crate::capability::exchange::{self, Exchange, Local};
use crate::capability::types::{self, ErrorCode, append};
use crate::datagram::{Datagram, QueuedError, Sink};
use crate::gate::{Gate, Permit};

/// An open raw socket.
pub struct Socket {
    exchange: Exchange<RawSend>,
    gate: Arc<Gate>,
    interface: Option<String>,
    header_included: bool,
    /// One for each remote, in their order; empty for a socket that only sends.
    receives: Mutex<Vec<Permit<RawReceive>>>,
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
        let (mut binding, options) = types::options_from(socket, remote.is_ipv6())?;
        binding.source = binding.source.map(without_port);
        if !header_included {
            check_protocol(protocol, remote.ip())?;
        }
        let interface = binding.interface.clone();
        let send = gate.authorize(exchange::request(
            "socket.open",
            remote,
            false,
            interface.as_deref(),
        ))?;
        let receive = receive
            .then(|| {
                gate.authorize(exchange::request(
                    "socket.open",
                    remote,
                    false,
                    interface.as_deref(),
                ))
            })
            .transpose()?;
        let mut local = Local {
            interface: interface.clone(),
            source: binding.source,
            routed: None,
            broadcast: options.broadcast,
            connected: false,
        };
        let spec = SocketSpec {
            protocol: Protocol::Raw {
                protocol,
                header_included,
                receive: receive.is_some(),
            },
            remote,
            binding,
            options,
        };
        local.connected = spec.is_connected();
        let (socket, permits) = sys::open(Permits { send, receive }, broker, &spec)?;
        let exchange = Exchange::new(gate, broker, socket, remote, permits.send, local);
        let receives = Mutex::new(permits.receive.into_iter().collect());
        Ok(Self {
            exchange,
            gate: Arc::clone(gate),
            interface,
            header_included,
            receives,
        })
    }

    /// Asks for one more remote. The kernel's filter knows one source; from here on the host checks.
    pub(super) fn add_remote(&self, remote: SocketAddr) -> Result<u32, ErrorCode> {
        let remote = without_port(remote);
        let mut receives = self.receives.lock().unwrap_or_else(PoisonError::into_inner);
        if self.exchange.is_remote(remote, 0) || receives.is_empty() {
            return self
                .exchange
                .add_remote("socket.add-remote", remote, false, None);
        }
        let receive = self.gate.authorize(exchange::request(
            "socket.add-remote",
            remote,
            false,
            self.interface.as_deref(),
        ))?;
        let handle = Some(receive.handle());
        let index = self
            .exchange
            .add_remote("socket.add-remote", remote, false, handle)?;
        receives.push(receive);
        Ok(index)
    }

    /// Counts a packet from this source under its own permit to receive. False when it must be withheld.
    fn admit_packet(&self, source: SocketAddr, bytes: usize) -> bool {
        let receives = self.receives.lock().unwrap_or_else(PoisonError::into_inner);
        let remote = self.exchange.remote_of(source, 0);
        let permit = remote.and_then(|index| receives.get(index as usize));
        let admitted = permit.filter(|permit| permit.may_receive(bytes).is_ok());
        admitted
            .map(|permit| permit.count_received(bytes))
            .is_some()
    }

    pub(super) fn local_endpoint(&self) -> Result<wit::Endpoint, ErrorCode> {
        self.exchange.local_endpoint(false)
    }

    pub(super) fn send(
        &self,
        bytes: &[u8],
        packets: &[wit::Outgoing],
    ) -> Result<Vec<u64>, ErrorCode> {
        self.exchange
            .send(bytes, packets.iter(), |_, remote, packet, framed| {
                if self.header_included {
                    check_header(packet, remote.ip())?;
                }
                framed.extend_from_slice(packet);
                Ok(())
            })
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
        self.exchange.receive(max, timeout, &mut inbox).await?;
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
        if self.socket.exchange.is_remote(error.remote, 0) {
            let error = types::network_error(
                &error,
                transport(error.quoted, self.socket.header_included),
                &mut self.received.bytes,
            );
            self.received.errors.push(error);
        }
    }
}

/// With own headers, the kernel quotes a packet from its IP header on.
fn transport(quoted: &[u8], header_included: bool) -> &[u8] {
    let header = match quoted.first() {
        Some(byte) if header_included && byte >> 4 == 4 => usize::from(byte & 0x0f) * 4,
        Some(byte) if header_included && byte >> 4 == 6 => 40,
        _ => 0,
    };
    quoted.get(header..).unwrap_or_default()
}

fn without_port(mut address: SocketAddr) -> SocketAddr {
    // For raw sockets the kernel takes the port field for a protocol number (raw(7)).
    address.set_port(0);
    address
}
