//! Opens the permitted socket, and connects it if it has one remote.

use crate::client::Broker;
use crate::facts::OpenedSocket;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use serde::{Deserialize, Serialize};

use crate::facts::SocketFacts;
use crate::operation::{Context, Error, Operation, refused};
use crate::scan_socket;
use crate::socket::SocketSpec;
use nethost_core::{SocketKind, SocketRequest};
use nethost_gate::Ticket;
use nethost_net::datagram::Options;

/// The act.
pub(crate) struct OpenSocket;

/// Settings of the socket that no policy can name.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct SocketSetup {
    /// Hop limit, traffic class and the like.
    pub(crate) options: Options,
    /// The permit for receiving, if the capability has a separate one.
    pub(crate) receive: Option<u64>,
}

type Fits = fn(SocketKind) -> bool;

/// The kinds of sockets of each capability.
const SOCKETS: &[(&str, Fits)] = &[
    ("icmp.echo", |kind| kind == SocketKind::Echo),
    ("udp.exchange", |kind| kind == SocketKind::Udp),
    ("tcp.connect", SocketKind::is_stream),
    ("raw.send", |kind| matches!(kind, SocketKind::Raw { .. })),
    ("scan.probe", |kind| {
        scan_socket::protocol_of(kind).is_some()
    }),
];

impl Operation for OpenSocket {
    const NAME: &'static str = "open-socket";
    /// Only a connected socket does.
    const LENDS: bool = false;
    type Args = SocketSetup;
    type Reply = SocketFacts;

    fn perform(
        permit: &Ticket,
        setup: SocketSetup,
        context: &mut Context<'_>,
    ) -> Result<(SocketFacts, Option<OwnedFd>), Error> {
        let spec = permitted(permit, setup.options)?;
        if let SocketKind::Raw { receive: true, .. } = spec.socket.kind {
            let receive = setup
                .receive
                .and_then(|handle| context.permits.permit(handle));
            let receive = receive.filter(|receive| is_to_receive(receive, permit));
            receive.ok_or_else(|| refused("no permit to receive on this socket"))?;
        }
        if spec.socket.kind.is_stream() {
            context.charge(permit)?;
        }
        let (facts, socket) = context.state.sockets.open(context.handle, spec)?;
        if facts.connected {
            permit.lend();
        }
        Ok((facts, Some(socket)))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        SocketSetup {
            options: Options::default(),
            receive: None,
        }
    }

    #[cfg(test)]
    fn is_for(capability: &str, request: &nethost_core::Request) -> bool {
        let permitted = ["icmp.echo", "tcp.connect", "udp.exchange"];
        let to_set = matches!(request.target, nethost_core::Target::Set(_));
        permitted.contains(&capability) && request.socket.is_some() && !to_set
    }
}

/// The socket of a permit.
fn permitted(permit: &Ticket, options: Options) -> Result<SocketSpec, Error> {
    let spec = SocketSpec::to(permit.request(), socket_of(permit)?, options)?;
    spec.ok_or_else(|| refused("no permit for a remote"))
}

/// The description of the socket in a permit.
pub(super) fn socket_of(permit: &Ticket) -> Result<SocketRequest, Error> {
    let is_for = |kind| {
        let mut known = SOCKETS.iter();
        known.any(|(name, fits)| *name == permit.capability() && fits(kind))
    };
    let socket = permit.request().socket.filter(|socket| is_for(socket.kind));
    socket.ok_or_else(|| refused("no permit for a socket"))
}

/// Whether a permit is for receiving from the remote that another permit is for sending to, on the same socket.
pub(super) fn is_to_receive(receive: &Ticket, send: &Ticket) -> bool {
    let (receiving, sending) = (receive.request(), send.request());
    receive.capability() == "raw.receive"
        && receive.check_terms().is_ok()
        && receiving.target == sending.target
        && receiving.interface == sending.interface
        && receiving.socket == sending.socket
}

impl Broker {
    /// Opens the permitted socket.
    pub fn open_socket<C: Capability>(
        &self,
        permit: &Permit<C>,
        options: &Options,
    ) -> io::Result<OpenedSocket> {
        let setup = SocketSetup {
            options: *options,
            receive: None,
        };
        let (facts, fd) = self.obtain::<OpenSocket, C>(permit, setup)?;
        Ok(OpenedSocket { fd, facts })
    }

    /// Opens a raw socket. If it receives, that requires a second permit.
    pub fn open_raw_socket<Send: Capability, Receive: Capability>(
        &self,
        send: &Permit<Send>,
        receive: Option<&Permit<Receive>>,
        options: &Options,
    ) -> io::Result<OpenedSocket> {
        let setup = SocketSetup {
            options: *options,
            receive: receive.map(Permit::handle),
        };
        let others: Vec<_> = receive.map(Permit::ticket).into_iter().collect();
        let (facts, fd) = self.perform::<OpenSocket, Send>(send, &others, setup)?;
        let missing = || io::Error::from_raw_os_error(libc::EPROTO);
        let fd = fd.ok_or_else(missing)?;
        Ok(OpenedSocket { fd, facts })
    }
}
