//! Returns the source addresses of packets to members of sets, according to the current routing table.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::net::IpAddr;
use std::os::fd::OwnedFd;

use super::add_remote::is_for_same_socket;
use crate::operation::{Context, Error, Operation, refused};
use crate::socket;
use nethost_gate::Ticket;

/// The operation, under the permit with which the socket was opened.
pub(crate) struct MemberSources;

/// The maximum number of members in one call.
pub const SOURCES_AT_ONCE: usize = 1024;

impl Operation for MemberSources {
    const NAME: &'static str = "member-sources";
    const LENDS: bool = false;
    /// The numbers of the members.
    type Args = Vec<u32>;
    /// None without a route, or for a member that is not allowed.
    type Reply = Vec<Option<IpAddr>>;

    fn perform(
        permit: &Ticket,
        members: Vec<u32>,
        context: &mut Context<'_>,
    ) -> Result<(Self::Reply, Option<OwnedFd>), Error> {
        if members.len() > SOURCES_AT_ONCE {
            return Err(refused("more members than in one call"));
        }
        let permits = context.permits;
        let opened = context.handle;
        let socket = context.state.sockets.sets.get(opened)?;
        let interface = permit.request().interface.as_ref();
        let source = |number| {
            let (handle, member) = socket.part(number)?;
            let permit = match handle == opened {
                true => Some(permit),
                false => permits
                    .permit(handle)
                    .filter(|more| is_for_same_socket(more, permit)),
            }?;
            let at = permit.member(member).ok()?.at;
            socket::route_source(at, interface, true).ok()
        };
        Ok((members.into_iter().map(source).collect(), None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        vec![0]
    }
}

impl Broker {
    /// The source addresses of packets to members of the sets of a socket.
    pub fn member_sources<C: Capability>(
        &self,
        socket: &Permit<C>,
        permits: &[&Ticket],
        members: Vec<u32>,
    ) -> io::Result<Vec<Option<IpAddr>>> {
        let (sources, _) = self.perform::<MemberSources, C>(socket, permits, members)?;
        Ok(sources)
    }
}
