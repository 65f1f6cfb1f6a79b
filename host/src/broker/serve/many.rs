//! Acts on sockets with many remotes: each under permits for sets.

use super::{Desk, Reply, failed, refused, told};
use crate::broker::many::{Act, EXCEPTIONS_AT_ONCE, Narrowing, Senders, Unsent};
use crate::broker::wire::Answer;
use crate::broker::{OpenedSocket, Protocol, SocketSpec, fit};
use crate::gate::Ticket;

impl Desk<'_> {
    pub(super) fn many(&mut self, act: Act<'_>) -> Reply {
        match act {
            Act::Open {
                handle,
                receive,
                spec,
            } => self.open_many(handle, receive, &spec),
            Act::Join {
                socket,
                handle,
                receive,
            } => self.join(socket, handle, receive),
            Act::Send {
                socket,
                heads,
                bytes,
            } => self.send_many(socket, &heads, &bytes),
            Act::Exceptions { handle, skip } => self.exceptions(handle, skip as usize),
        }
    }

    fn open_many(&mut self, handle: u64, receive: Option<u64>, spec: &SocketSpec) -> Reply {
        let Some((ticket, receives)) = self.for_set(handle, receive, spec) else {
            return refused("no permit for this socket");
        };
        if let Err(denial) = ticket.may_open(false) {
            return Reply::Answer(Answer::Refused(denial.rule.into()), None);
        }
        let senders = Senders::of([receives].into_iter());
        let members = ticket.set().map_or(0, |set| set.members());
        let opened = self
            .sockets
            .many
            .open(handle, receive, members, spec, &senders);
        match opened {
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

    fn join(&mut self, socket: u64, handle: u64, receive: Option<u64>) -> Reply {
        let spec = self
            .sockets
            .many
            .get(socket)
            .map(|many| many.spec().clone());
        let Some(spec) = spec else {
            return refused("no such socket");
        };
        let Some((ticket, _)) = self.for_set(handle, receive, &spec) else {
            return refused("no permit for one more set");
        };
        if let Err(denial) = ticket.may_open(false) {
            return Reply::Answer(Answer::Refused(denial.rule.into()), None);
        }
        let members = ticket.set().map_or(0, |set| set.members());
        let tickets = &self.tickets;
        let senders = |whose: &mut dyn Iterator<Item = u64>| {
            Senders::of(whose.filter_map(|handle| tickets.get(&handle)))
        };
        let joined = self
            .sockets
            .many
            .join(socket, handle, receive, members, senders);
        told(joined, Answer::Index)
    }

    fn send_many(&self, socket: u64, heads: &[u8], bytes: &[u8]) -> Reply {
        let Some(many) = self.sockets.many.get(socket) else {
            return refused("no such socket");
        };
        match many.send_batch(&self.tickets, heads, bytes) {
            Ok(moments) => Reply::Answer(Answer::Sent(moments), None),
            Err(Unsent::Malformed) => refused("packets of more bytes than there are"),
            Err(Unsent::Denied(denial)) => Reply::Answer(Answer::Refused(denial.rule.into()), None),
            Err(Unsent::Failed(error)) => failed(&error),
        }
    }

    fn exceptions(&self, handle: u64, skip: usize) -> Reply {
        let Some(ticket) = self.tickets.get(&handle) else {
            return refused("no such permit");
        };
        let narrowings = ticket
            .exceptions()
            .into_iter()
            .flat_map(|(exception, refusal)| {
                let chunks = exception.ranges.chunks(EXCEPTIONS_AT_ONCE);
                let chunks: Vec<Vec<_>> = chunks.map(Into::into).collect();
                chunks.into_iter().map(move |ranges| Narrowing {
                    ranges,
                    ports: exception.ports.clone(),
                    rule: refusal.rule.clone(),
                })
            });
        let mut room = EXCEPTIONS_AT_ONCE;
        let some = narrowings.skip(skip).take_while(|narrowing| {
            let fits = room > 0;
            room = room.saturating_sub(1 + narrowing.ranges.len() + narrowing.ports.len() / 8);
            fits
        });
        Reply::Answer(Answer::Exceptions(some.collect()), None)
    }

    /// The permit for a set, and the one to receive from it, if they are for such a socket.
    fn for_set(
        &self,
        handle: u64,
        receive: Option<u64>,
        spec: &SocketSpec,
    ) -> Option<(&Ticket, &Ticket)> {
        let ticket = self.tickets.get(&handle)?;
        let set = ticket.set()?;
        let fits = fit::one_more(ticket.capability(), ticket.request(), spec)
            && set.is_ipv6() == spec.remote.is_ipv6()
            && !spec.protocol.is_stream()
            && set.has_ports() == (spec.protocol == Protocol::Udp);
        let receives = match spec.protocol {
            Protocol::Raw { receive: true, .. } => {
                let receive = self.tickets.get(&receive?)?;
                let held = (receive.capability(), receive.request());
                fit::receiving(held, ticket.request(), spec).then_some(receive)?
            }
            _ => ticket,
        };
        fits.then_some((ticket, receives))
    }
}
