//! A network namespace: validates, asks the gate, and has the broker list, read or end sockets.

use std::fs::File;
use std::sync::Arc;

use super::closings::Closings;
use super::{NetnsRead, SocketsDestroy, SocketsRead, sys};
use crate::bindings::nethost::cap::sock_diag as wit;
use nethost_broker::{Broker, NamespaceName};
use nethost_core::{ObjectName, Request, Target};
use nethost_gate::{Gate, Permit};
use nethost_kit::types::{ErrorCode, endpoint_from, invalid};
use nethost_netlink::change::check_namespace_name;
use nethost_netlink::sock_diag::{self, Destruction, SocketId, SocketProtocol, SocketQuery};

/// A network namespace.
pub struct Namespace {
    gate: Arc<Gate>,
    broker: Arc<Broker>,
    /// Its name; None for the namespace of this process.
    name: NamespaceName,
    /// The permit to access another namespace than that of this process.
    _other: Option<Permit<NetnsRead>>,
}

impl Namespace {
    pub(super) fn open(
        gate: &Arc<Gate>,
        broker: &Arc<Broker>,
        name: Option<&str>,
    ) -> Result<Self, ErrorCode> {
        let other = match name {
            None => None,
            Some(name) => {
                check_namespace_name(name).map_err(|error| invalid(error.to_string()))?;
                let object = ObjectName::new(name).map(Target::Object);
                let target = object.ok_or(ErrorCode::NotFound)?;
                let permit = gate.authorize(Request::new("namespace.open", target))?;
                let opened = broker.open_namespace(&permit);
                opened.inspect_err(|error| permit.failed(error))?;
                Some(permit)
            }
        };
        Ok(Self {
            gate: Arc::clone(gate),
            broker: Arc::clone(broker),
            name: name.map(Into::into),
            _other: other,
        })
    }

    /// A permit to read about the sockets of a protocol.
    fn permit(
        &self,
        op: &'static str,
        protocol: SocketProtocol,
    ) -> Result<Permit<SocketsRead>, ErrorCode> {
        let request = Request::new(op, Target::Local(protocol.name()));
        Ok(self
            .gate
            .authorize(request.in_namespace(self.name.as_deref()))?)
    }

    pub(super) fn list(&self, query: wit::Query) -> Result<Listing, ErrorCode> {
        let protocol = protocol_from(query.protocol);
        let query = SocketQuery {
            family: query.family,
            states: query.states,
            show: query.show,
            filter: query.filter,
        };
        sock_diag::query(protocol, &query).map_err(|error| invalid(error.to_string()))?;
        let permit = self.permit("namespace.list", protocol)?;
        let opened = sys::open(&permit, &self.broker, query);
        opened.inspect_err(|error| permit.failed(error))?;
        Ok(Listing {
            broker: Arc::clone(&self.broker),
            permit,
            over: false,
        })
    }

    pub(super) fn watch(&self, protocol: wit::Protocol) -> Result<Closings, ErrorCode> {
        let protocol = protocol_from(protocol);
        if sock_diag::closing_groups(protocol).is_none() {
            return Err(invalid(
                "only sockets of TCP and UDP are told as they close",
            ));
        }
        let permit = self.permit("namespace.watch", protocol)?;
        let readiness = sys::watch(&permit, &self.broker);
        let readiness = readiness.inspect_err(|error| permit.failed(error))?;
        Ok(Closings::new(Arc::clone(&self.broker), readiness, permit)?)
    }

    pub(super) fn read_table(&self, table: wit::Table) -> Result<TableReader, ErrorCode> {
        let (place, protocol) = place_of(table);
        let permit = self.permit("namespace.read-table", protocol)?;
        let file = sys::open_table(&permit, &self.broker, place);
        let file = file.inspect_err(|error| permit.failed(error))?;
        Ok(TableReader { permit, file })
    }

    pub(super) fn destroy(&self, socket: wit::Socket) -> Result<(), ErrorCode> {
        let socket = SocketId {
            protocol: protocol_from(socket.protocol),
            local: endpoint_from(socket.local),
            remote: endpoint_from(socket.remote),
            interface: socket.interface,
            cookie: socket.cookie,
        };
        let Destruction {
            message, request, ..
        } = sock_diag::destroy(&socket).map_err(|error| invalid(error.to_string()))?;
        let request = request.in_namespace(self.name.as_deref());
        let permit: Permit<SocketsDestroy> = self.gate.authorize(request)?;
        let destroyed = sys::destroy(&permit, &self.broker, &socket, message.len());
        Ok(destroyed.inspect_err(|error| permit.failed(error))?)
    }
}

/// An active listing.
pub struct Listing {
    broker: Arc<Broker>,
    permit: Permit<SocketsRead>,
    over: bool,
}

impl Listing {
    pub(super) fn next(&mut self) -> Result<wit::Batch, ErrorCode> {
        if self.over {
            return Ok(wit::Batch {
                messages: Vec::new(),
                interrupted: false,
                last: true,
            });
        }
        let batch = sys::next(&self.permit, &self.broker);
        let batch = batch.inspect_err(|error| {
            self.over = true;
            self.permit.failed(error);
        })?;
        self.over = batch.last;
        Ok(wit::Batch {
            messages: batch.messages,
            interrupted: batch.interrupted,
            last: batch.last,
        })
    }
}

/// A table as it is read.
pub struct TableReader {
    permit: Permit<SocketsRead>,
    file: File,
}

impl TableReader {
    pub(super) fn next(&mut self) -> Result<Vec<u8>, ErrorCode> {
        let read = sys::read(&self.permit, &mut self.file);
        Ok(read.inspect_err(|error| self.permit.failed(error))?)
    }
}

fn protocol_from(protocol: wit::Protocol) -> SocketProtocol {
    match protocol {
        wit::Protocol::Tcp => SocketProtocol::Tcp,
        wit::Protocol::Udp => SocketProtocol::Udp,
        wit::Protocol::Udplite => SocketProtocol::Udplite,
        wit::Protocol::Dccp => SocketProtocol::Dccp,
        wit::Protocol::Sctp => SocketProtocol::Sctp,
        wit::Protocol::Mptcp => SocketProtocol::Mptcp,
        wit::Protocol::Raw => SocketProtocol::Raw,
        wit::Protocol::Ping => SocketProtocol::Ping,
        wit::Protocol::Unix => SocketProtocol::Unix,
        wit::Protocol::Packet => SocketProtocol::Packet,
        wit::Protocol::Netlink => SocketProtocol::Netlink,
        wit::Protocol::Vsock => SocketProtocol::Vsock,
        wit::Protocol::Xdp => SocketProtocol::Xdp,
        wit::Protocol::Tipc => SocketProtocol::Tipc,
    }
}

/// A table's place among those of the broker, and what its sockets are for.
fn place_of(table: wit::Table) -> (u8, SocketProtocol) {
    use SocketProtocol as Of;
    match table {
        wit::Table::Raw => (0, Of::Raw),
        wit::Table::Raw6 => (1, Of::Raw),
        wit::Table::Unix => (2, Of::Unix),
        wit::Table::Packet => (3, Of::Packet),
        wit::Table::Netlink => (4, Of::Netlink),
        wit::Table::Udplite => (5, Of::Udplite),
        wit::Table::Udplite6 => (6, Of::Udplite),
        wit::Table::Ping => (7, Of::Ping),
        wit::Table::Ping6 => (8, Of::Ping),
        wit::Table::SctpEndpoints => (9, Of::Sctp),
        wit::Table::SctpAssociations => (10, Of::Sctp),
        wit::Table::Dccp => (11, Of::Dccp),
        wit::Table::Dccp6 => (12, Of::Dccp),
        wit::Table::Tipc => (13, Of::Tipc),
    }
}
