//! Steps of sockets that are opened step by step: each that reaches somebody under a permit that is for it.

use super::{Desk, Reply, failed, handed, refused, told};
use crate::broker::fit;
use crate::broker::plain::{Plain, is_anonymous};
use crate::broker::sockets::send_each;
use crate::broker::wire::{Answer, Departing, Step};
use crate::gate::Request;

impl Desk<'_> {
    pub(super) fn step(&mut self, socket: u64, step: Step<'_>) -> Reply {
        match self.try_step(socket, step) {
            Ok(reply) | Err(reply) => reply,
        }
    }

    fn try_step(&mut self, socket: u64, step: Step<'_>) -> Result<Reply, Reply> {
        let plain = self.sockets.plain.get(socket);
        let plain = plain.ok_or_else(|| refused("no such socket"))?;
        let done = |()| Answer::Done;
        Ok(match step {
            Step::Bind { handle, local } => {
                if !is_anonymous(local) || handle.is_some() {
                    let stream = plain.is_stream();
                    self.permitted(handle, false, |capability, request| {
                        fit::bind(capability, request, stream, local)
                    })?;
                }
                let listens = handle.is_some();
                told(self.sockets.plain.bind(socket, local, listens), done)
            }
            Step::Connect { handle, remote } => {
                let stream = plain.is_stream();
                self.permitted(Some(handle), stream, |capability, request| {
                    fit::connect(capability, request, stream, remote)
                })?;
                told(self.sockets.plain.connect(socket, remote), done)
            }
            Step::Part => {
                datagrams(plain)?;
                told(self.sockets.plain.part(socket), done)
            }
            Step::AddRemote { handle, remote } => {
                datagrams(plain)?;
                self.permitted(Some(handle), false, |capability, request| {
                    fit::connect(capability, request, false, remote)
                })?;
                told(self.sockets.plain.add_remote(socket, remote), done)
            }
            Step::Send { packets, bytes } => {
                datagrams(plain)?;
                let malformed = || refused("packets of more bytes than there are");
                let moments = send_each(&packets, &bytes, malformed, |packet, bytes| {
                    self.send_plain(socket, plain, packet, bytes)
                })?;
                Reply::Answer(Answer::Sent(moments), None)
            }
            Step::Listen { handle, backlog } => {
                let local = plain.local().filter(|_| plain.is_stream());
                let local = local.ok_or_else(|| refused("it cannot listen"))?;
                self.permitted(Some(handle), false, |capability, request| {
                    fit::listen(capability, request, local)
                })?;
                told(self.sockets.plain.listen(socket, handle, backlog), done)
            }
            Step::Accept => {
                self.permitted(plain.listens, false, |_, _| true)?;
                told(self.sockets.plain.accept(socket), Answer::Peer)
            }
            Step::Take { handle } => {
                let peer = plain.peer().ok_or_else(|| refused("nobody came"))?;
                self.permitted(Some(handle), false, |capability, request| {
                    fit::accept(capability, request, peer)
                })?;
                handed(self.sockets.plain.take(socket))
            }
        })
    }

    /// An error unless there is such a permit, its rules still hold, and it is for this.
    fn permitted(
        &self,
        handle: Option<u64>,
        sends: bool,
        fits: impl FnOnce(&str, &Request) -> bool,
    ) -> Result<(), Reply> {
        let ticket = handle.and_then(|handle| self.tickets.get(&handle));
        let ticket = ticket.filter(|ticket| fits(ticket.capability(), ticket.request()));
        let ticket = ticket.ok_or_else(|| refused("no permit for this"))?;
        ticket
            .may_open(sends)
            .map_err(|denial| Reply::Answer(Answer::Refused(denial.rule.into()), None))
    }

    fn send_plain(
        &self,
        socket: u64,
        plain: &Plain,
        packet: &Departing,
        bytes: &[u8],
    ) -> Result<u64, Reply> {
        let remote = packet.remote;
        let ticket = self.tickets.get(&packet.handle).filter(|ticket| {
            fit::connect(ticket.capability(), ticket.request(), false, remote)
                && remote.is_ipv6() == plain.is_ipv6()
        });
        let ticket = ticket.ok_or_else(|| refused("no permit for this packet"))?;
        ticket
            .may_send_late(bytes.len())
            .map_err(|denial| Reply::Answer(Answer::Refused(denial.rule.into()), None))?;
        let sent = self.sockets.plain.send(socket, remote, bytes);
        sent.inspect(|_| ticket.count_sent(bytes.len()))
            .map_err(|error| failed(&error))
    }
}

fn datagrams(plain: &Plain) -> Result<(), Reply> {
    if plain.is_stream() {
        return Err(refused("it is a stream"));
    }
    Ok(())
}
