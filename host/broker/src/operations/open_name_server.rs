//! Opens a socket that is connected to one of the system's name servers.

use crate::client::ServerAccess;
use crate::receive_filter::is_same;
use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;

use serde::{Deserialize, Serialize};

use crate::name_servers::configured_servers;
use crate::operation::{Context, Error, Operation, refused};
use crate::socket;
use nethost_gate::Ticket;

/// The operation, under a permit for a lookup.
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

    #[cfg(test)]
    fn example() -> Self::Args {
        NameServer {
            place: 0,
            stream: false,
        }
    }

    #[cfg(test)]
    fn is_for(capability: &str, _: &nethost_core::Request) -> bool {
        capability == "dns.resolve"
    }
}

impl ServerAccess {
    /// A socket that is connected or connecting to this server.
    pub fn open(&self, server: SocketAddr, stream: bool) -> io::Result<OwnedFd> {
        let place = configured_servers()
            .iter()
            .position(|configured| is_same(*configured, server))
            .and_then(|place| u8::try_from(place).ok())
            .ok_or_else(|| io::Error::from_raw_os_error(libc::EACCES))?;
        let Some((link, handle)) = &self.0 else {
            return socket::open_to_server(server, stream);
        };
        let args = NameServer { place, stream };
        let ((), socket) = link.perform::<OpenNameServer>(*handle, &args)?;
        socket.ok_or_else(|| io::Error::from_raw_os_error(libc::EPROTO))
    }
}
