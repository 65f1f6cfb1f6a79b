//! The remotes of a UDP socket: each address is one request at the gate, once.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::UdpExchange;
use nethost_broker::{IncrementalSocket, ReceiveFilter};
use nethost_gate::{Gate, Permit};
use nethost_kit::remote_set;

/// The maximum number of remembered remotes; beyond it, the gate is asked each time.
const REMEMBERED: usize = 1 << 16;

#[derive(Default)]
pub(super) struct Remotes {
    /// The permit of each remote, or None if it was denied.
    known: HashMap<(IpAddr, u16), Option<Permit<UdpExchange>>>,
    pub(super) accepts: ReceiveFilter,
}

impl Remotes {
    /// The permit for a remote. The gate is asked at the first use.
    pub(super) fn permit(
        &mut self,
        gate: &Arc<Gate>,
        socket: &IncrementalSocket,
        op: &'static str,
        remote: SocketAddr,
    ) -> Option<&Permit<UdpExchange>> {
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        let permit = self
            .known
            .entry((remote.ip(), remote.port()))
            .or_insert_with(|| {
                let interface = socket.interface_to(remote).ok()?;
                let request = remote_set::request(op, remote, true, interface);
                gate.authorize(request).ok()
            });
        permit.as_ref()
    }

    /// The permit for a known remote.
    pub(super) fn known(&self, remote: SocketAddr) -> Option<&Permit<UdpExchange>> {
        self.known.get(&(remote.ip(), remote.port()))?.as_ref()
    }

    /// Makes the socket accept datagrams from a permitted remote.
    pub(super) fn let_in(
        &mut self,
        socket: &IncrementalSocket,
        remote: SocketAddr,
    ) -> io::Result<()> {
        if !self.accepts.accepts(remote)
            && let Some(permit) = self.known(remote)
        {
            socket.add_sender(permit)?;
            self.accepts = self.accepts.with(remote);
        }
        Ok(())
    }
}
