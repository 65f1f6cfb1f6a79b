//! Sockets, asked for.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;

use super::{Failure, Link, unexpected};
use crate::broker::wire::{Answer, Departing, Message, Step};
use crate::broker::{OpenedSocket, SocketSpec};

impl Link {
    pub(in crate::broker) fn open_socket(
        &self,
        handle: u64,
        receive: Option<u64>,
        spec: &SocketSpec,
    ) -> io::Result<OpenedSocket> {
        let message = Message::OpenSocket {
            handle,
            receive,
            spec: spec.clone(),
        };
        self.opened(&message)
    }

    /// The socket that comes of a message.
    pub(super) fn opened(&self, message: &Message<'_>) -> io::Result<OpenedSocket> {
        match self.exchange(message).map_err(Failure::into_io)? {
            (
                Answer::Socket {
                    dialled,
                    raw,
                    source,
                },
                Some(fd),
            ) => Ok(OpenedSocket {
                fd,
                dialled,
                raw,
                source,
            }),
            _ => Err(unexpected()),
        }
    }

    pub(in crate::broker) fn connect_socket(&self, socket: u64) -> io::Result<Option<OwnedFd>> {
        self.done(&Message::ConnectSocket { socket })
    }

    pub(in crate::broker) fn add_remote(
        &self,
        socket: u64,
        handle: u64,
        receive: Option<u64>,
    ) -> io::Result<Option<OwnedFd>> {
        self.done(&Message::AddRemote {
            socket,
            handle,
            receive,
        })
    }

    pub(in crate::broker) fn send(
        &self,
        socket: u64,
        packets: &[Departing],
        bytes: &[u8],
    ) -> io::Result<Vec<u64>> {
        self.sent(&Message::Send {
            socket,
            packets: packets.into(),
            bytes: bytes.into(),
        })
    }

    pub(in crate::broker) fn make_socket(
        &self,
        socket: u64,
        stream: bool,
        ipv6: bool,
    ) -> io::Result<OwnedFd> {
        self.obtain(&Message::MakeSocket {
            socket,
            stream,
            ipv6,
        })
    }

    /// Takes a step of a socket that is opened step by step. Returns what comes along.
    pub(in crate::broker) fn step(
        &self,
        socket: u64,
        step: Step<'_>,
    ) -> io::Result<Option<OwnedFd>> {
        self.done(&Message::Step { socket, step })
    }

    pub(in crate::broker) fn accept(&self, socket: u64) -> io::Result<SocketAddr> {
        let step = Step::Accept;
        self.told(&Message::Step { socket, step }, |answer| match answer {
            Answer::Peer(peer) => Some(peer),
            _ => None,
        })
    }

    pub(in crate::broker) fn send_step(
        &self,
        socket: u64,
        packets: &[Departing],
        bytes: &[u8],
    ) -> io::Result<Vec<u64>> {
        let step = Step::Send {
            packets: packets.into(),
            bytes: bytes.into(),
        };
        self.sent(&Message::Step { socket, step })
    }

    pub(in crate::broker) fn close_socket(&self, socket: u64) {
        // A broker that is gone keeps nothing.
        let _ = self.tell(&Message::CloseSocket { socket });
    }

    pub(super) fn sent(&self, message: &Message<'_>) -> io::Result<Vec<u64>> {
        self.told(message, |answer| match answer {
            Answer::Sent(stamps) => Some(stamps),
            _ => None,
        })
    }
}
