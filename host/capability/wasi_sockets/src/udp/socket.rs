//! A UDP socket: it is bound first, then connected to one remote or to none.

use std::net::SocketAddr;
use std::os::fd::BorrowedFd;
use std::sync::Arc;

use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::Pollable;
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress};

use super::endpoint::Endpoint;
use super::{Incoming, Outgoing};
use crate::{UdpListen, address, code};
use nethost_broker::{Broker, is_anonymous};
use nethost_core::address::remote as canonical;
use nethost_core::{Request, Target};
use nethost_gate::{Gate, Permit};

/// `udp-socket`.
pub(crate) struct Socket {
    endpoint: Arc<Endpoint>,
    /// A bind was started and not finished.
    binding: bool,
    /// The permit to bind, if the address needs one.
    bound: Option<Permit<UdpListen>>,
    remote: Option<SocketAddr>,
}

impl Socket {
    pub(crate) fn make(
        gate: &Arc<Gate>,
        broker: &Arc<Broker>,
        ipv6: bool,
    ) -> Result<Self, ErrorCode> {
        let endpoint = Endpoint::make(gate, broker, ipv6).map_err(|error| code(&error))?;
        Ok(Self {
            endpoint: Arc::new(endpoint),
            binding: false,
            bound: None,
            remote: None,
        })
    }

    pub(crate) fn start_bind(&mut self, local: SocketAddr) -> Result<(), ErrorCode> {
        if self.binding {
            return Err(ErrorCode::ConcurrencyConflict);
        }
        if self.endpoint.local().is_some() {
            return Err(ErrorCode::InvalidState);
        }
        if !address::is_of_family(local.ip(), self.is_ipv6()) {
            return Err(ErrorCode::InvalidArgument);
        }
        let permit = match is_anonymous(local) {
            true => None,
            false => {
                let request = Request::new("udp-socket.bind", Target::listen(local));
                let permit = self.endpoint.gate.authorize(request);
                Some(permit.map_err(|_denial| ErrorCode::AccessDenied)?)
            }
        };
        self.endpoint.bind(permit.as_ref()).map_err(|error| {
            permit.iter().for_each(|permit| permit.failed(&error));
            code(&error)
        })?;
        self.bound = permit;
        self.binding = true;
        Ok(())
    }

    pub(crate) fn finish_bind(&mut self) -> Result<(), ErrorCode> {
        match std::mem::take(&mut self.binding) {
            true => Ok(()),
            false => Err(ErrorCode::NotInProgress),
        }
    }

    /// Connects the socket to this remote, or disconnects it, and returns both directions.
    pub(crate) fn streams(
        &mut self,
        remote: Option<SocketAddr>,
    ) -> wasmtime::Result<Result<(Incoming, Outgoing), ErrorCode>> {
        if remote.is_some_and(|remote| !address::is_remote(remote, self.is_ipv6())) {
            return Ok(Err(ErrorCode::InvalidArgument));
        }
        let remote = remote.map(canonical);
        if Arc::strong_count(&self.endpoint) > 1 {
            wasmtime::bail!(
                "the streams of a UDP socket cannot be used after new ones were opened"
            );
        }
        Ok(self.connect(remote).map(|()| {
            let endpoint = || Arc::clone(&self.endpoint);
            (
                Incoming::new(endpoint(), remote),
                Outgoing::new(endpoint(), remote),
            )
        }))
    }

    fn connect(&mut self, remote: Option<SocketAddr>) -> Result<(), ErrorCode> {
        if self.endpoint.local().is_none() {
            return Err(ErrorCode::InvalidState);
        }
        match remote {
            Some(remote) => {
                // If this fails, the socket may no longer be connected.
                self.remote = None;
                self.endpoint.connect(remote)?;
            }
            None if self.remote.is_some() => {
                self.endpoint.disconnect().map_err(|error| code(&error))?;
            }
            None => {}
        }
        self.remote = remote;
        Ok(())
    }

    pub(crate) fn local_address(&mut self) -> Result<IpSocketAddress, ErrorCode> {
        let local = self.endpoint.local().ok_or(ErrorCode::InvalidState)?;
        Ok(local.into())
    }

    pub(super) fn remote_address(&mut self) -> Result<IpSocketAddress, ErrorCode> {
        let remote = self.remote.ok_or(ErrorCode::InvalidState)?;
        Ok(remote.into())
    }

    pub(super) fn family(&mut self) -> IpAddressFamily {
        if self.is_ipv6() {
            IpAddressFamily::Ipv6
        } else {
            IpAddressFamily::Ipv4
        }
    }

    pub(super) fn is_ipv6(&self) -> bool {
        self.endpoint.ipv6
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.endpoint.fd()
    }
}

#[async_trait]
impl Pollable for Socket {
    async fn ready(&mut self) {
        // All of its operations finish immediately.
    }
}
