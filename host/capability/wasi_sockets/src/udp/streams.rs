//! The two directions of a UDP socket.

use std::net::SocketAddr;
use std::sync::Arc;

use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recvfrom};
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::Pollable;
use wasmtime_wasi::p2::bindings::sockets::network::ErrorCode;
use wasmtime_wasi::p2::bindings::sockets::udp::{IncomingDatagram, OutgoingDatagram};

use super::endpoint::Endpoint;
use crate::readiness::{For, until_ready};
use crate::{address, code};
use nethost_broker::is_same;
use nethost_core::address::remote as canonical;
use nethost_kit::remote_set::Batch;

/// The maximum number of datagrams in one call.
const AT_ONCE: usize = 16;
/// After this many bytes, the rest is left for the next call.
const ENOUGH: usize = 64 << 10;
/// The maximum number of datagrams that are examined, including withheld ones.
const LOOKED_AT: usize = 256;
/// The maximum length of a datagram.
const LONGEST: usize = 65_535;

/// `incoming-datagram-stream`.
pub(crate) struct Incoming {
    endpoint: Arc<Endpoint>,
    remote: Option<SocketAddr>,
    buffer: Box<[u8]>,
}

impl Incoming {
    pub(super) fn new(endpoint: Arc<Endpoint>, remote: Option<SocketAddr>) -> Self {
        Self {
            endpoint,
            remote,
            buffer: vec![0; LONGEST].into(),
        }
    }

    /// Received datagrams from permitted remotes.
    pub(crate) fn receive(&mut self, most: u64) -> Result<Vec<IncomingDatagram>, ErrorCode> {
        let most = most.min(AT_ONCE as u64) as usize;
        let (mut received, mut bytes) = (Vec::new(), 0);
        for _ in 0..LOOKED_AT {
            if received.len() >= most || bytes >= ENOUGH {
                break;
            }
            let flags = RecvFlags::DONTWAIT;
            let (length, source) = match recvfrom(self.endpoint.fd(), &mut self.buffer[..], flags) {
                Ok((length, _, source)) => (length, source),
                Err(Errno::INTR) => continue,
                Err(Errno::AGAIN) => break,
                Err(_) if !received.is_empty() => break,
                Err(error) => return Err(code(&error.into())),
            };
            let source = source.and_then(|source| SocketAddr::try_from(source).ok());
            if let Some(source) = source.filter(|source| self.admits(*source, length)) {
                bytes += length;
                received.push(IncomingDatagram {
                    data: self.buffer[..length].to_vec(),
                    remote_address: source.into(),
                });
            }
        }
        Ok(received)
    }

    /// Counts a datagram. Returns false if it must be withheld.
    fn admits(&self, source: SocketAddr, length: usize) -> bool {
        if self.remote.is_some_and(|remote| !is_same(remote, source)) {
            return false;
        }
        let remotes = &mut *self.endpoint.remotes();
        let gate = &self.endpoint.gate;
        if remotes
            .permit(gate, &self.endpoint.kept, "udp-socket.receive", source)
            .is_none()
        {
            return false;
        }
        if !remotes.accepts.accepts(source) {
            // The filter has removed the contents of this datagram. If the remote sends again, the contents arrive.
            let _ = remotes.let_in(&self.endpoint.kept, source);
            return false;
        }
        let Some(permit) = remotes.known(source) else {
            return false;
        };
        let admitted = permit.may_receive(length).is_ok();
        if admitted {
            permit.count_received(length);
        }
        admitted
    }
}

#[async_trait]
impl Pollable for Incoming {
    async fn ready(&mut self) {
        until_ready(&self.endpoint.copy, For::Receiving).await;
    }
}

/// `outgoing-datagram-stream`.
pub(crate) struct Outgoing {
    endpoint: Arc<Endpoint>,
    remote: Option<SocketAddr>,
    /// The number of datagrams that the next call may send.
    allowed: usize,
    batch: Batch,
    /// The destination and the length of each datagram in the batch.
    to: Vec<(SocketAddr, usize)>,
}

impl Outgoing {
    pub(super) fn new(endpoint: Arc<Endpoint>, remote: Option<SocketAddr>) -> Self {
        Self {
            endpoint,
            remote,
            allowed: 0,
            batch: Batch::default(),
            to: Vec::new(),
        }
    }

    pub(crate) fn check_send(&mut self) -> Result<u64, ErrorCode> {
        self.allowed = AT_ONCE;
        Ok(AT_ONCE as u64)
    }

    /// Sends until a datagram fails. Returns the error only if the first one fails.
    pub(crate) fn send(
        &mut self,
        datagrams: Vec<OutgoingDatagram>,
    ) -> wasmtime::Result<Result<u64, ErrorCode>> {
        if datagrams.len() > self.allowed {
            wasmtime::bail!("more datagrams than check-send allowed");
        }
        if datagrams.is_empty() {
            return Ok(Ok(0));
        }
        self.allowed = 0;
        let mut sent = 0;
        let done = match self.remote {
            Some(remote) => self.send_directly(remote, &datagrams, &mut sent),
            None => self.send_by_broker(&datagrams, &mut sent),
        };
        Ok(match done {
            Err(error) if sent == 0 && error != ErrorCode::WouldBlock => Err(error),
            _ => Ok(sent),
        })
    }

    /// Sends to the remote that the socket is connected to.
    fn send_directly(
        &self,
        remote: SocketAddr,
        datagrams: &[OutgoingDatagram],
        sent: &mut u64,
    ) -> Result<(), ErrorCode> {
        let remotes = &mut *self.endpoint.remotes();
        for OutgoingDatagram {
            data,
            remote_address,
        } in datagrams
        {
            if remote_address.is_some_and(|address| !is_same(canonical(address.into()), remote)) {
                return Err(ErrorCode::InvalidArgument);
            }
            check_length(data)?;
            let permit = remotes.permit(
                &self.endpoint.gate,
                &self.endpoint.kept,
                "udp-socket.send",
                remote,
            );
            let permit = permit.ok_or(ErrorCode::AccessDenied)?;
            permit
                .may_send(data.len())
                .map_err(|_denial| ErrorCode::AccessDenied)?;
            let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
            rustix::net::send(self.endpoint.fd(), data, flags)
                .map_err(|error| code(&error.into()))?;
            permit.count_sent(data.len());
            *sent += 1;
        }
        Ok(())
    }

    /// Sends each datagram to its own remote, which only the broker can do.
    fn send_by_broker(
        &mut self,
        datagrams: &[OutgoingDatagram],
        sent: &mut u64,
    ) -> Result<(), ErrorCode> {
        let mut waiting = datagrams.iter().peekable();
        let mut gathered = Ok(());
        while waiting.peek().is_some() && gathered.is_ok() {
            self.batch.clear();
            self.to.clear();
            while !self.batch.is_full()
                && let Some(datagram) = waiting.next()
            {
                gathered = self.gather(datagram);
                if gathered.is_err() {
                    break;
                }
            }
            if !self.batch.is_empty() && !self.hand_over(sent)? {
                return Ok(());
            }
        }
        gathered
    }

    /// Adds a datagram to the batch if it may be sent. Otherwise the datagrams before it are sent first.
    fn gather(&mut self, datagram: &OutgoingDatagram) -> Result<(), ErrorCode> {
        let OutgoingDatagram {
            data,
            remote_address,
        } = datagram;
        let remote = remote_address.map(|remote| canonical(remote.into()));
        let remote = remote
            .filter(|remote| address::is_remote(*remote, self.endpoint.ipv6))
            .ok_or(ErrorCode::InvalidArgument)?;
        check_length(data)?;
        let remotes = &mut *self.endpoint.remotes();
        let permit = remotes.permit(
            &self.endpoint.gate,
            &self.endpoint.kept,
            "udp-socket.send",
            remote,
        );
        permit
            .ok_or(ErrorCode::AccessDenied)?
            .may_send(data.len())
            .map_err(|_denial| ErrorCode::AccessDenied)?;
        remotes
            .let_in(&self.endpoint.kept, remote)
            .map_err(|error| code(&error))?;
        if let Some(permit) = remotes.known(remote) {
            self.batch.metered = permit.is_metered();
            self.batch.push(permit.handle(), None, data);
            self.to.push((remote, data.len()));
        }
        Ok(())
    }

    /// Returns true if the whole batch was sent.
    fn hand_over(&mut self, sent: &mut u64) -> Result<bool, ErrorCode> {
        let remotes = self.endpoint.remotes();
        let permits: Vec<_> = self
            .to
            .iter()
            .filter_map(|(remote, _)| remotes.known(*remote))
            .collect();
        let [first, ..] = permits[..] else {
            return Err(ErrorCode::InvalidState);
        };
        let tickets: Vec<_> = permits.iter().map(|permit| permit.ticket()).collect();
        let packets = &mut self.batch.packets;
        let moments = self.endpoint.kept.send(first, &tickets, packets);
        let left = moments.map_err(|error| code(&error))?.len();
        for (remote, length) in self.to.iter().take(left) {
            if let Some(permit) = remotes.known(*remote) {
                permit.count_sent(*length);
            }
        }
        *sent += left as u64;
        Ok(left == self.to.len())
    }
}

fn check_length(data: &[u8]) -> Result<(), ErrorCode> {
    if data.len() > LONGEST {
        return Err(ErrorCode::DatagramTooLarge);
    }
    Ok(())
}

#[async_trait]
impl Pollable for Outgoing {
    async fn ready(&mut self) {
        until_ready(&self.endpoint.copy, For::Sending).await;
    }
}
