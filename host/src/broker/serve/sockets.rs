//! Acts on sockets: each under a permit that is for it.

use std::os::fd::OwnedFd;

use super::{Desk, Reply, failed, refused};
use crate::broker::sockets::send_each;
use crate::broker::wire::{Answer, Departing};
use crate::broker::{OpenedSocket, Protocol, SocketSpec, fit};
use crate::gate::{Request, Ticket};

/// In front of what an echo carries, which is what is counted of it.
const ECHO_HEADER: usize = 8;

impl Desk<'_> {
    pub(super) fn open_socket(
        &mut self,
        handle: u64,
        receive: Option<u64>,
        spec: &SocketSpec,
    ) -> Reply {
        let fits = self.held(handle).is_some_and(|(capability, request)| {
            let receive = receive.and_then(|receive| self.held(receive));
            fit::socket(capability, request, receive, spec)
        });
        let Some(ticket) = self.tickets.get(&handle).filter(|_| fits) else {
            return refused("no permit for this socket");
        };
        if let Err(denial) = ticket.may_open(spec.protocol.is_stream()) {
            return Reply::Answer(Answer::Refused(denial.rule.into()), None);
        }
        match self.sockets.open(handle, spec) {
            Ok(OpenedSocket {
                fd,
                dialled,
                raw,
                source,
            }) => {
                let socket = Answer::Socket {
                    dialled,
                    raw,
                    source,
                };
                Reply::Answer(socket, Some(fd))
            }
            Err(error) => failed(&error),
        }
    }

    pub(super) fn connect_socket(&mut self, socket: u64) -> Reply {
        let opened = self.sockets.spec(socket);
        let Some(ticket) = self.tickets.get(&socket).filter(|_| opened.is_some()) else {
            return refused("no such socket");
        };
        if let Err(denial) = ticket.may_open(false) {
            return Reply::Answer(Answer::Refused(denial.rule.into()), None);
        }
        replaced(self.sockets.connect(socket))
    }

    pub(super) fn add_remote(&mut self, socket: u64, handle: u64, receive: Option<u64>) -> Reply {
        let Some(spec) = self.sockets.spec(socket) else {
            return refused("no such socket");
        };
        let permitted = self.held(handle).is_some_and(|(capability, request)| {
            fit::one_more(capability, request, spec)
                && receive.is_none_or(|receive| {
                    let receive = self.held(receive);
                    receive.is_some_and(|receive| fit::receiving(receive, request))
                })
        });
        if !permitted {
            return refused("no permit for one more remote");
        }
        let receives = match spec.protocol {
            Protocol::Udp => true,
            Protocol::Raw { receive: there, .. } => there && receive.is_some(),
            // What it receives it is asked by its identifier.
            _ => false,
        };
        replaced(self.sockets.add_remote(socket, receives))
    }

    pub(super) fn send(&self, socket: u64, packets: &[Departing], bytes: &[u8]) -> Reply {
        let malformed = || refused("packets of more bytes than there are");
        let sent = send_each(packets, bytes, malformed, |packet, bytes| {
            self.send_one(socket, packet, bytes)
        });
        match sent {
            Ok(moments) => Reply::Answer(Answer::Sent(moments), None),
            Err(reply) => reply,
        }
    }

    fn send_one(&self, socket: u64, packet: &Departing, bytes: &[u8]) -> Result<u64, Reply> {
        let spec = self.sockets.spec(socket);
        let ticket = self.tickets.get(&packet.handle);
        let (Some(spec), Some(ticket)) = (spec, ticket) else {
            return Err(refused("no such socket, or no permit for this remote"));
        };
        if !fit::packet(
            ticket.capability(),
            ticket.request(),
            spec,
            packet.remote,
            bytes,
        ) {
            return Err(refused("no permit for this packet"));
        }
        let counted = match spec.protocol {
            Protocol::Echo(_) => bytes.len().saturating_sub(ECHO_HEADER),
            _ => bytes.len(),
        };
        ticket
            .may_send_late(counted)
            .map_err(|denial| Reply::Answer(Answer::Refused(denial.rule.into()), None))?;
        let sent = self
            .sockets
            .send(socket, packet.remote, packet.hop_limit, bytes);
        sent.inspect(|_| ticket.count_sent(counted))
            .map_err(|error| failed(&error))
    }

    pub(super) fn held(&self, handle: u64) -> Option<(&'static str, &Request)> {
        let ticket: &Ticket = self.tickets.get(&handle)?;
        Some((ticket.capability(), ticket.request()))
    }
}

/// Done, perhaps with a socket that takes the place of another.
fn replaced(done: std::io::Result<Option<OwnedFd>>) -> Reply {
    match done {
        Ok(socket) => Reply::Answer(Answer::Done, socket),
        Err(error) => failed(&error),
    }
}
