//! Opens a socket to one of the system's name servers, connected to it.

use std::os::fd::OwnedFd;

use serde::{Deserialize, Serialize};

use super::{Context, Error, Operation, refused};
use crate::name_servers::configured_servers;
use crate::socket;
use nethost_gate::Ticket;

/// The act, under a permit to look something up.
pub(crate) struct OpenNameServer;

/// Which socket.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct NameServer {
    /// The server's place in resolv.conf(5), counted from 0.
    pub(crate) place: u8,
    /// TCP instead of UDP.
    pub(crate) stream: bool,
}

impl Operation for OpenNameServer {
    const NAME: &'static str = "open-name-server";
    type Args = NameServer;
    type Reply = ();

    fn perform(
        permit: &Ticket,
        server: NameServer,
        context: &mut Context<'_>,
    ) -> Result<((), Option<OwnedFd>), Error> {
        if permit.capability() != "dns.resolve" {
            return Err(refused("no permit to look names up"));
        }
        let servers = configured_servers();
        let address = servers.get(usize::from(server.place));
        let address = address.ok_or_else(|| refused("there is no such name server"))?;
        context.charge(permit)?;
        let socket = socket::open_to_server(*address, server.stream)?;
        Ok(((), Some(socket)))
    }
}
