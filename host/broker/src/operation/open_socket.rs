//! Opens the socket that was permitted, and connects it where it has one remote.

use std::net::IpAddr;
use std::os::fd::OwnedFd;

use serde::{Deserialize, Serialize};

use super::{Context, Error, Operation, refused};
use crate::socket::SocketSpec;
use nethost_core::{SocketKind, SocketRequest};
use nethost_gate::Ticket;
use nethost_net::datagram::Options;

/// The act.
pub(crate) struct OpenSocket;

/// How the socket is set up, in ways that no policy names.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct SocketSetup {
    /// Hop limit, traffic class and the like.
    pub(crate) options: Options,
    /// The permit that what comes in is received under, where the capability has one for that.
    pub(crate) receive: Option<u64>,
}

/// What is to know about a socket that was opened.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct SocketFacts {
    /// Just before connect(2), in nanoseconds since 1970, if it connects.
    pub dialled: u64,
    /// It is one of raw(7).
    pub raw: bool,
    /// The identifier of its echo requests.
    pub identifier: u16,
    /// It sends to its remote itself, and nowhere else.
    pub connected: bool,
    /// Its remote is a group, whose members answer with their own addresses.
    pub group: bool,
    /// The address that packets to its remote leave with, where that was found out on the way.
    pub source: Option<IpAddr>,
}

type Fits = fn(SocketKind) -> bool;

/// Which sockets each capability's permits are for.
const SOCKETS: &[(&str, Fits)] = &[
    ("icmp.echo", |kind| kind == SocketKind::Echo),
    ("udp.exchange", |kind| kind == SocketKind::Udp),
    ("tcp.connect", SocketKind::is_stream),
    ("raw.send", |kind| matches!(kind, SocketKind::Raw { .. })),
];

impl Operation for OpenSocket {
    const NAME: &'static str = "open-socket";
    /// Only one that is connected does.
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
}

/// The socket that a permit is for.
fn permitted(permit: &Ticket, options: Options) -> Result<SocketSpec, Error> {
    let spec = SocketSpec::to(permit.request(), socket_of(permit)?, options)?;
    spec.ok_or_else(|| refused("no permit for a remote"))
}

/// What a permit says of its socket.
pub(super) fn socket_of(permit: &Ticket) -> Result<SocketRequest, Error> {
    let is_for = |kind| {
        let mut known = SOCKETS.iter();
        known.any(|(name, fits)| *name == permit.capability() && fits(kind))
    };
    let socket = permit.request().socket.filter(|socket| is_for(socket.kind));
    socket.ok_or_else(|| refused("no permit for a socket"))
}

/// Whether a permit is to receive from whom another is to send to, on the same socket.
pub(super) fn is_to_receive(receive: &Ticket, send: &Ticket) -> bool {
    let (receiving, sending) = (receive.request(), send.request());
    receive.capability() == "raw.receive"
        && receive.check_terms().is_ok()
        && receiving.target == sending.target
        && receiving.interface == sending.interface
        && receiving.socket == sending.socket
}
