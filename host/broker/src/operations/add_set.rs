//! Adds a permitted set to a socket for sets.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use super::add_remote::is_for_same_socket;
use super::open_set_socket::set_of;
use crate::operation::{Context, Error, Operation, refused};
use nethost_gate::Ticket;

/// The operation, under the permit with which the socket was opened.
pub(crate) struct AddSet;

impl Operation for AddSet {
    const NAME: &'static str = "add-set";
    const LENDS: bool = false;
    /// The permit for the set.
    type Args = u64;
    /// The number of its first member.
    type Reply = u32;

    fn perform(
        permit: &Ticket,
        handle: u64,
        context: &mut Context<'_>,
    ) -> Result<(u32, Option<OwnedFd>), Error> {
        let permits = context.permits;
        let more = permits.permit(handle);
        let more = more.filter(|more| is_for_same_socket(more, permit));
        let more = more.ok_or_else(|| refused("no permit for one more set"))?;
        more.check_terms()?;
        let set = set_of(more)?;
        if set.is_ipv6() != set_of(permit)?.is_ipv6() {
            return Err(refused("a set of another address family"));
        }
        let socket = context.state.sockets.sets.get(context.handle)?;
        let known: Vec<u64> = socket.handles().collect();
        if known.contains(&handle) {
            return Err(refused("the set was already added"));
        }
        let known = known.into_iter().chain([handle]);
        let known = known.filter_map(|known| permits.permit(known));
        let senders: Vec<_> = known.flat_map(Ticket::senders).collect();
        Ok((socket.add(handle, set.members(), &senders)?, None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        99
    }
}

impl Broker {
    /// Adds a set to the socket that was opened under a permit; `permits` are those of the sets that it has. Returns
    /// the number of the new set's first member.
    pub fn add_set<C: Capability>(
        &self,
        socket: &Permit<C>,
        permits: &[&Ticket],
        more: u64,
    ) -> io::Result<u32> {
        let (first, _) = self.perform::<AddSet, C>(socket, permits, more)?;
        Ok(first)
    }
}
