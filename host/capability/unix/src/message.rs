//! Sockets that carry messages: datagrams, and packets in sequence.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::service::{address_to, connect, permit_to_connect, permit_to_listen};
use super::sys::{Arrived, Copy};
use super::{UnixConnect, UnixListen};
use crate::bindings::nethost::cap::unix as wit;
use nethost_broker::Broker;
use nethost_broker::capabilities::unix::{UnixAddress, UnixKind};
use nethost_gate::{Denial, Gate, Permit};
use nethost_kit::types::ErrorCode;

/// The most that is received of one message.
const LARGEST: u32 = 1 << 20;

/// A socket that sends to its remote and receives.
pub struct MessageSocket {
    gate: Arc<Gate>,
    broker: Arc<Broker>,
    copy: Copy,
    kind: UnixKind,
    /// Under which it is bound, or was accepted.
    bound: Option<Permit<UnixListen>>,
    /// Under which it is connected, unless it was accepted.
    connected: Mutex<Option<Arc<Permit<UnixConnect>>>>,
}

impl MessageSocket {
    /// Asks the gate and connects.
    pub(super) async fn connect(
        gate: &Arc<Gate>,
        broker: &Arc<Broker>,
        kind: wit::MessageKind,
        remote: &wit::Address,
        timeout: u64,
    ) -> Result<Self, ErrorCode> {
        let kind = match kind {
            wit::MessageKind::Datagram => UnixKind::Datagram,
            wit::MessageKind::Sequenced => UnixKind::Sequenced,
        };
        let permit = permit_to_connect(gate, broker, "message-socket.connect", kind, remote)?;
        let (_, socket) = connect(&permit, broker, timeout).await?;
        let connected = Self::of(gate, broker, socket, kind, None)?;
        *connected.permit() = Some(Arc::new(permit));
        Ok(connected)
    }

    /// Asks the gate and binds.
    pub(super) fn bind(
        gate: &Arc<Gate>,
        broker: &Arc<Broker>,
        local: &wit::Address,
        options: wit::FileOptions,
    ) -> Result<Self, ErrorCode> {
        let kind = UnixKind::Datagram;
        let permit = permit_to_listen(gate, broker, "message-socket.bind", kind, local, options)?;
        let bound = broker.listen_unix(&permit, 0);
        let socket = bound.inspect_err(|error| permit.failed(error))?;
        Self::of(gate, broker, socket, kind, Some(permit))
    }

    /// One that somebody has connected to.
    pub(super) fn accepted(
        gate: &Arc<Gate>,
        broker: &Arc<Broker>,
        socket: OwnedFd,
        permit: Permit<UnixListen>,
    ) -> Result<Self, ErrorCode> {
        Self::of(gate, broker, socket, UnixKind::Sequenced, Some(permit))
    }

    fn of(
        gate: &Arc<Gate>,
        broker: &Arc<Broker>,
        socket: OwnedFd,
        kind: UnixKind,
        bound: Option<Permit<UnixListen>>,
    ) -> Result<Self, ErrorCode> {
        Ok(Self {
            gate: Arc::clone(gate),
            broker: Arc::clone(broker),
            copy: Copy::new(socket)?,
            kind,
            bound,
            connected: Mutex::default(),
        })
    }

    /// Asks the gate, and connects one that is bound.
    pub(super) fn connect_to(&self, remote: &wit::Address) -> Result<(), ErrorCode> {
        let bound = self.bound.as_ref();
        let bound = bound.filter(|_| self.kind == UnixKind::Datagram);
        let bound = bound.ok_or(ErrorCode::InvalidState)?;
        let op = "message-socket.connect-to";
        let permit = permit_to_connect(&self.gate, &self.broker, op, self.kind, remote)?;
        let connected = self.broker.connect_unix(&permit, Some(bound));
        connected.inspect_err(|error| permit.failed(error))?;
        *self.permit() = Some(Arc::new(permit));
        Ok(())
    }

    pub(super) fn local(&self) -> io::Result<UnixAddress> {
        self.copy.local_address()
    }

    /// Sends one message.
    pub(super) async fn send(&self, bytes: &[u8]) -> Result<(), ErrorCode> {
        let connected = self.permit().clone();
        match (&connected, &self.bound) {
            (Some(permit), _) => self.send_under(permit, bytes).await,
            (None, Some(permit)) if self.kind == UnixKind::Sequenced => {
                self.send_under(permit, bytes).await
            }
            _ => Err(ErrorCode::InvalidState),
        }
    }

    async fn send_under<C: nethost_core::Capability>(
        &self,
        permit: &Permit<C>,
        bytes: &[u8],
    ) -> Result<(), ErrorCode> {
        permit.may_send(bytes.len())?;
        let sent = self.copy.send(bytes).await;
        sent.inspect_err(|error| permit.failed(error))?;
        permit.count_sent(bytes.len());
        Ok(())
    }

    /// Receives one message, if one comes in time.
    pub(super) async fn receive(
        &self,
        max: u32,
        timeout: u64,
    ) -> Result<Option<wit::Message>, ErrorCode> {
        // Beyond what a clock can tell there is no end to wait for.
        let deadline = Instant::now().checked_add(Duration::from_nanos(timeout));
        let arrived = self.copy.receive(max.min(LARGEST) as usize, deadline).await;
        let connected = self.permit().clone();
        let arrived = match (arrived, &self.bound, &connected) {
            (Ok(None), ..) => return Ok(None),
            (Ok(Some(arrived)), Some(permit), _) => counted(permit, arrived)?,
            (Ok(Some(arrived)), None, Some(permit)) => counted(permit, arrived)?,
            (Ok(Some(_)), None, None) => return Err(ErrorCode::InvalidState),
            (Err(error), bound, connected) => {
                bound.iter().for_each(|permit| permit.failed(&error));
                connected.iter().for_each(|permit| permit.failed(&error));
                return Err(error.into());
            }
        };
        Ok(Some(wit::Message {
            bytes: arrived.bytes,
            source: address_to(&arrived.source),
            truncated: arrived.truncated,
        }))
    }

    fn permit(&self) -> std::sync::MutexGuard<'_, Option<Arc<Permit<UnixConnect>>>> {
        self.connected
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// What may not be received is withheld.
fn counted<C: nethost_core::Capability>(
    permit: &Permit<C>,
    arrived: Arrived,
) -> Result<Arrived, Denial> {
    permit.may_receive(arrived.bytes.len())?;
    permit.count_received(arrived.bytes.len());
    Ok(arrived)
}

impl Drop for MessageSocket {
    fn drop(&mut self) {
        if let Some(permit) = &self.bound {
            self.broker.close_unix(permit);
        }
    }
}
