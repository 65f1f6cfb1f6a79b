//! The answer to wasmtime-wasi's question: may this address be used so?

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use wasmtime_wasi::sockets::SocketAddrUse;

use super::{TcpConnect, TcpListen, UdpExchange, UdpListen};
use crate::capability::exchange;
use crate::gate::{Capability, Denial, Gate, Permit};

/// No run remembers more addresses than this; beyond it, each use is a request of its own.
const REMEMBERED: usize = 1 << 16;

/// Asks the gate once for each address and kind of use.
pub struct AddressCheck {
    gate: Arc<Gate>,
    connects: Ledger<TcpConnect>,
    listens: Ledger<TcpListen>,
    exchanges: Ledger<UdpExchange>,
    binds: Ledger<UdpListen>,
}

impl AddressCheck {
    /// A check for one run.
    pub fn new(gate: Arc<Gate>) -> Self {
        Self {
            gate,
            connects: Ledger::default(),
            listens: Ledger::default(),
            exchanges: Ledger::default(),
            binds: Ledger::default(),
        }
    }

    /// True when the gate allows it.
    pub fn allows(&self, address: SocketAddr, purpose: SocketAddrUse) -> bool {
        // A bind to any address and any port is what every client does; it reaches nobody.
        let anonymous = address.ip().is_unspecified() && address.port() == 0;
        match purpose {
            SocketAddrUse::TcpBind | SocketAddrUse::UdpBind if anonymous => true,
            SocketAddrUse::TcpConnect => {
                self.connects
                    .admit(&self.gate, "tcp-socket.connect", address, sent)
            }
            SocketAddrUse::TcpBind => {
                self.listens
                    .admit(&self.gate, "tcp-socket.bind", address, |_| Ok(()))
            }
            SocketAddrUse::TcpListen => {
                self.listens
                    .admit(&self.gate, "tcp-socket.listen", address, |_| Ok(()))
            }
            SocketAddrUse::TcpAccept => {
                self.listens
                    .admit(&self.gate, "tcp-socket.accept", address, received)
            }
            SocketAddrUse::UdpBind => {
                self.binds
                    .admit(&self.gate, "udp-socket.bind", address, |_| Ok(()))
            }
            SocketAddrUse::UdpSend => {
                self.exchanges
                    .admit(&self.gate, "udp-socket.send", address, sent)
            }
            SocketAddrUse::UdpReceive => {
                self.exchanges
                    .admit(&self.gate, "udp-socket.receive", address, received)
            }
        }
    }
}

fn sent<C: Capability>(permit: &Permit<C>) -> Result<(), Denial> {
    permit.may_send(0)?;
    permit.count_sent(0);
    Ok(())
}

fn received<C: Capability>(permit: &Permit<C>) -> Result<(), Denial> {
    permit.may_receive(0)?;
    permit.count_received(0);
    Ok(())
}

/// Addresses that were asked about, with their permit or without one.
struct Ledger<C: Capability> {
    entries: Mutex<HashMap<SocketAddr, Option<Permit<C>>>>,
}

impl<C: Capability> Default for Ledger<C> {
    fn default() -> Self {
        Self {
            entries: Mutex::default(),
        }
    }
}

impl<C: Capability> Ledger<C> {
    fn admit(
        &self,
        gate: &Arc<Gate>,
        op: &'static str,
        address: SocketAddr,
        count: impl FnOnce(&Permit<C>) -> Result<(), Denial>,
    ) -> bool {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= REMEMBERED {
            entries.clear();
        }
        let permit = entries.entry(address).or_insert_with(|| {
            let permit: Permit<C> = gate
                .authorize(exchange::request(op, address, true, None))
                .ok()?;
            permit.may_go_uncounted().ok()?;
            Some(permit)
        });
        permit.as_ref().is_some_and(|permit| count(permit).is_ok())
    }
}
