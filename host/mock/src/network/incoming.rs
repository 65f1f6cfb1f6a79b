//! What the hosts of a scenario begin themselves: connections and datagrams to ports of this machine.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::scenario::{Host, Step};
use crate::time::Time;

/// Connections and datagrams that are still to come.
pub(crate) struct Incoming {
    connections: Mutex<Vec<Arc<Connection>>>,
    datagrams: Vec<Datagram>,
}

/// A connection.
pub(crate) struct Connection {
    pub(crate) peer: SocketAddr,
    pub(crate) dialogue: Vec<Step>,
    to_port: u16,
    at: u64,
}

/// A datagram.
pub(crate) struct Datagram {
    pub(crate) source: SocketAddr,
    pub(crate) bytes: Vec<u8>,
    /// When it comes, from the start of the run.
    pub(crate) at: u64,
    to_port: u16,
}

impl Incoming {
    pub(crate) fn new(hosts: &[Host]) -> Self {
        let mut connections = Vec::new();
        let mut datagrams = Vec::new();
        for host in hosts {
            // One of each family, so that it does not matter on which of them the plugin listens.
            let ipv4 = host.address.all().iter().find(|address| address.is_ipv4());
            let ipv6 = host.address.all().iter().find(|address| address.is_ipv6());
            for address in [ipv4, ipv6].into_iter().flatten() {
                connections.extend(host.connect.iter().map(|connect| {
                    Arc::new(Connection {
                        peer: SocketAddr::new(*address, connect.from_port),
                        dialogue: connect.dialogue.clone(),
                        to_port: connect.to_port,
                        at: connect.after.0,
                    })
                }));
                datagrams.extend(host.send.iter().map(|send| Datagram {
                    source: SocketAddr::new(*address, send.from_port),
                    bytes: send.bytes.bytes().to_vec(),
                    at: send.after.0,
                    to_port: send.to_port,
                }));
            }
        }
        connections.sort_by_key(|connection| connection.at);
        Self {
            connections: Mutex::new(connections),
            datagrams,
        }
    }

    /// Waits for the next connection to this local address.
    pub(crate) async fn connection(&self, time: &Arc<Time>, local: SocketAddr) -> Arc<Connection> {
        let fits = |one: &Arc<Connection>| {
            one.to_port == local.port() && one.peer.is_ipv6() == local.is_ipv6()
        };
        loop {
            let first = {
                let waiting = self.connections.lock();
                let waiting = waiting.unwrap_or_else(PoisonError::into_inner);
                waiting.iter().find(|one| fits(one)).cloned()
            };
            let Some(first) = first else {
                return std::future::pending().await;
            };
            time.until(first.at).await;
            // Another call may have accepted it meanwhile.
            let waiting = self.connections.lock();
            let mut waiting = waiting.unwrap_or_else(PoisonError::into_inner);
            if let Some(place) = waiting.iter().position(|one| Arc::ptr_eq(one, &first)) {
                return waiting.remove(place);
            }
        }
    }

    /// The datagrams to this local address.
    pub(crate) fn datagrams(&self, local: SocketAddr) -> impl Iterator<Item = &Datagram> {
        let fits = move |one: &&Datagram| {
            one.to_port == local.port() && one.source.is_ipv6() == local.is_ipv6()
        };
        self.datagrams.iter().filter(fits)
    }
}
