//! A socket that is bound to a local port: it receives from everybody, and from its remote alone once it is connected.

use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::net::{RecvFlags, SendFlags, recvfrom, send};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::{UdpExchange, UdpListen};
use nethost_broker::{Broker, IncrementalSocket, is_same};
use nethost_core::{Request, Target};
use nethost_gate::{Gate, Permit};
use nethost_kit::remote_set;
use nethost_kit::types::{ErrorCode, interface_of, invalid};
use nethost_net::datagram;

/// The longest datagram of IPv4 and IPv6.
const LONGEST: usize = 65_535;

/// A bound socket.
pub struct BoundSocket {
    gate: Arc<Gate>,
    kept: IncrementalSocket,
    copy: AsyncFd<OwnedFd>,
    listens: Permit<UdpListen>,
    local: SocketAddr,
    connected: Mutex<Option<Arc<Remote>>>,
}

/// Whom it is connected to.
struct Remote {
    address: SocketAddr,
    permit: Permit<UdpExchange>,
}

impl BoundSocket {
    /// Asks the gate and binds.
    pub(super) fn bind(
        gate: &Arc<Gate>,
        broker: &Arc<Broker>,
        local: SocketAddr,
    ) -> Result<Self, ErrorCode> {
        // A link-local address is another one on each interface.
        let interface = interface_of(local, None, broker)?;
        let request = Request::new("bound-socket.bind", Target::listen(local));
        let listens: Permit<UdpListen> = gate.authorize(request.on_interface(interface))?;
        let (kept, copy) = IncrementalSocket::make(broker, false, local.is_ipv6())?;
        kept.bind(Some(&listens))
            .inspect_err(|error| listens.failed(error))?;
        let local = datagram::local_address(copy.as_fd())?;
        let interest = Interest::READABLE | Interest::WRITABLE | Interest::ERROR;
        Ok(Self {
            gate: Arc::clone(gate),
            kept,
            copy: nethost_net::register(copy, interest)?,
            listens,
            local,
            connected: Mutex::default(),
        })
    }

    pub(super) fn local(&self) -> SocketAddr {
        self.local
    }

    /// Asks the gate for a remote and connects to it.
    pub(super) fn connect_to(&self, remote: SocketAddr) -> Result<(), ErrorCode> {
        if remote.port() == 0 || remote.is_ipv6() != self.local.is_ipv6() {
            return Err(invalid("no remote of this socket"));
        }
        let interface = self.kept.interface_to(remote)?;
        let request = remote_set::request("bound-socket.connect-to", remote, true, interface);
        let permit: Permit<UdpExchange> = self.gate.authorize(request)?;
        self.kept
            .connect(&permit)
            .inspect_err(|error| permit.failed(error))?;
        *self.connected() = Some(Arc::new(Remote {
            address: remote,
            permit,
        }));
        Ok(())
    }

    fn connected(&self) -> MutexGuard<'_, Option<Arc<Remote>>> {
        self.connected
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends one datagram to the remote.
    pub(super) async fn send(&self, bytes: &[u8]) -> Result<(), ErrorCode> {
        let remote = self.connected().clone().ok_or(ErrorCode::InvalidState)?;
        if bytes.len() > LONGEST {
            return Err(ErrorCode::DatagramTooLarge);
        }
        remote.permit.may_send(bytes.len())?;
        let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
        loop {
            let mut ready = self.copy.writable().await?;
            if let Ok(sent) = ready.try_io(|socket| Ok(send(socket.get_ref(), bytes, flags)?)) {
                sent?;
                remote.permit.count_sent(bytes.len());
                return Ok(());
            }
        }
    }

    /// The next datagram that comes within this time.
    pub(super) async fn receive(
        &self,
        timeout: u64,
    ) -> Result<Option<(Vec<u8>, SocketAddr)>, ErrorCode> {
        let next = async {
            let mut bytes = vec![0; LONGEST];
            loop {
                let mut ready = self.copy.readable().await?;
                let received = ready.try_io(|socket| {
                    let flags = RecvFlags::DONTWAIT;
                    Ok(recvfrom(socket.get_ref(), &mut bytes[..], flags)?)
                });
                let Ok(received) = received else { continue };
                let (length, _, source) = received?;
                let source = source.and_then(|source| SocketAddr::try_from(source).ok());
                let Some(source) = source else { continue };
                if self.admits(source, length)? {
                    bytes.truncate(length);
                    return Ok::<_, ErrorCode>((bytes, source));
                }
            }
        };
        match tokio::time::timeout(Duration::from_nanos(timeout), next).await {
            Ok(received) => received.map(Some),
            Err(_elapsed) => Ok(None),
        }
    }

    /// Counts a datagram; not one that came from others before the socket was connected, nor one from whom a rule denies
    /// `udp.exchange`.
    fn admits(&self, source: SocketAddr, length: usize) -> Result<bool, ErrorCode> {
        match self.connected().clone() {
            Some(remote) if !is_same(remote.address, source) => Ok(false),
            Some(remote) => {
                remote.permit.may_receive(length)?;
                remote.permit.count_received(length);
                Ok(true)
            }
            None => {
                let request = remote_set::request("bound-socket.connect-to", source, true, None);
                if self.gate.forbids::<UdpExchange>(&request) {
                    return Ok(false);
                }
                self.listens.may_receive(length)?;
                self.listens.count_received(length);
                Ok(true)
            }
        }
    }
}
