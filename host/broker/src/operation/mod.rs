//! The privileged acts. Each is one type in one file: what the permit must say, and what is then done. An act brings
//! no target of its own: target, port, interface, source and options are the permit's, so there is nothing to
//! compare and nothing to forget. Both transports run the same code: the broker in this process, as in the rooms'
//! own tests, and the one behind the channel.

mod accept_connection;
mod accept_unix;
mod add_remote;
mod add_sender;
mod add_set;
mod bind_socket;
mod change_network;
mod connect_incremental;
mod connect_socket;
mod connect_unix;
mod is_local_address;
mod keep_terminal;
mod list_exceptions;
mod list_namespaces;
mod list_network;
mod listen_socket;
mod listen_unix;
mod look_up_route;
mod namespace_names;
mod namespace_processes;
mod open_file;
mod open_name_server;
mod open_namespace;
mod open_netlink;
mod open_network_table;
mod open_set_socket;
mod open_socket;
mod open_tcp_metrics;
mod route_source;
mod send_packets;
mod send_to_members;
mod send_unconnected;
mod take_connection;
mod take_unix;

use std::borrow::Cow;
use std::io;
use std::os::fd::OwnedFd;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::state::State;
use nethost_gate::{Denial, Ticket};

pub(crate) use accept_connection::AcceptConnection;
pub(crate) use accept_unix::AcceptUnix;
pub(crate) use add_remote::{AddRemote, NewRemote};
pub(crate) use add_sender::AddSender;
pub(crate) use add_set::AddSet;
pub(crate) use bind_socket::BindSocket;
pub(crate) use change_network::ChangeNetwork;
pub(crate) use connect_incremental::ConnectIncremental;
pub(crate) use connect_socket::ConnectSocket;
pub(crate) use connect_unix::ConnectUnix;
pub(crate) use is_local_address::IsLocalAddress;
pub(crate) use keep_terminal::KeepTerminal;
pub(crate) use list_exceptions::ListExceptions;
pub(crate) use list_namespaces::ListNamespaces;
pub(crate) use list_network::ListNetwork;
pub(crate) use listen_socket::{ListenSocket, Listening};
pub(crate) use listen_unix::ListenUnix;
pub(crate) use look_up_route::LookUpRoute;
pub(crate) use namespace_names::NamespaceNames;
pub(crate) use namespace_processes::NamespaceProcesses;
pub(crate) use open_file::OpenFile;
pub(crate) use open_name_server::{NameServer, OpenNameServer};
pub(crate) use open_namespace::OpenNamespace;
pub(crate) use open_netlink::OpenNetlink;
pub(crate) use open_network_table::OpenNetworkTable;
pub(crate) use open_set_socket::OpenSetSocket;
pub use open_socket::SocketFacts;
pub(crate) use open_socket::{OpenSocket, SocketSetup};
pub(crate) use open_tcp_metrics::OpenTcpMetrics;
pub(crate) use route_source::RouteSource;
pub use send_packets::Packets;
pub(crate) use send_packets::SendPackets;
pub(super) use send_packets::is_echo_request;
pub use send_to_members::MemberPackets;
pub(crate) use send_to_members::SendToMembers;
pub(crate) use send_unconnected::{Datagrams, SendUnconnected};
pub(crate) use take_connection::TakeConnection;
pub(crate) use take_unix::TakeUnix;

/// A privileged act.
pub(crate) trait Operation {
    /// Its name on the channel.
    const NAME: &'static str;
    /// What it takes beside the permit: nothing that a policy can name.
    type Args: Serialize + DeserializeOwned;
    /// What it tells. A descriptor may come along.
    type Reply: Serialize + DeserializeOwned;
    /// Does it, if that is what the permit is for.
    fn perform(
        permit: &Ticket,
        args: Self::Args,
        context: &mut Context<'_>,
    ) -> Result<(Self::Reply, Option<OwnedFd>), Error>;
}

/// What an operation may use beside its permit.
pub(crate) struct Context<'a> {
    /// What the permit is known by, and what is opened under it.
    pub(crate) handle: u64,
    /// Further permits of the run, by their handles.
    pub(crate) permits: &'a dyn Permits,
    /// What is open in the run.
    pub(crate) state: &'a mut State,
    /// The account of the permits is this process's own, and no room's that counts for itself.
    pub(crate) accounts: bool,
}

/// Permits by their handles.
pub(crate) trait Permits {
    /// The one of this handle.
    fn permit(&self, handle: u64) -> Option<&Ticket>;

    /// Whether the one of this handle still holds. One that is not known here is over.
    fn lasts(&self, handle: u64) -> bool {
        let permit = self.permit(handle);
        permit.is_some_and(|permit| permit.check_terms().is_ok())
    }
}

impl Permits for std::collections::HashMap<u64, Ticket> {
    fn permit(&self, handle: u64) -> Option<&Ticket> {
        self.get(&handle)
    }
}

impl Permits for &[&Ticket] {
    fn permit(&self, handle: u64) -> Option<&Ticket> {
        self.iter()
            .copied()
            .find(|ticket| ticket.recorded_as() == handle)
    }

    /// Those that an operation does not use are their holder's to end.
    fn lasts(&self, handle: u64) -> bool {
        let permit = self.permit(handle);
        permit.is_none_or(|permit| permit.check_terms().is_ok())
    }
}

impl Context<'_> {
    /// Counts one message under a permit, if there is one left.
    pub(crate) fn charge(&self, permit: &Ticket) -> Result<(), Denial> {
        match self.accounts {
            true => permit.charge(),
            false => Ok(()),
        }
    }
}

/// Why an operation was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// It is not what the permit is for, or there is nothing to do it with.
    #[error("{0}")]
    Refused(Cow<'static, str>),
    /// The permit's terms do not hold any more.
    #[error("{}", .0.rule)]
    Ended(Denial),
    /// The system refused.
    #[error("{0}")]
    System(#[from] io::Error),
}

impl From<Denial> for Error {
    fn from(denial: Denial) -> Self {
        Self::Ended(denial)
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::System(error) => error,
            Error::Refused(_) | Error::Ended(_) => io::Error::from_raw_os_error(libc::EACCES),
        }
    }
}

/// It is not what the permit is for.
pub(super) fn refused(why: &'static str) -> Error {
    Error::Refused(why.into())
}

/// An operation on the channel.
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) perform: Perform,
}

type Perform = fn(&Ticket, &[u8], &mut Context<'_>) -> Result<(Vec<u8>, Option<OwnedFd>), Error>;

impl Entry {
    const fn of<O: Operation>() -> Self {
        Self {
            name: O::NAME,
            perform: perform_encoded::<O>,
        }
    }

    /// The one of this name.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|entry| entry.name == name)
    }
}

/// Does an operation whose terms still hold.
pub(super) fn perform<O: Operation>(
    permit: &Ticket,
    args: O::Args,
    context: &mut Context<'_>,
) -> Result<(O::Reply, Option<OwnedFd>), Error> {
    permit.check_terms()?;
    O::perform(permit, args, context)
}

fn perform_encoded<O: Operation>(
    permit: &Ticket,
    args: &[u8],
    context: &mut Context<'_>,
) -> Result<(Vec<u8>, Option<OwnedFd>), Error> {
    let malformed = || refused("malformed arguments");
    let (args, rest) = postcard::take_from_bytes(args).map_err(|_| malformed())?;
    if !rest.is_empty() {
        return Err(malformed());
    }
    let (reply, descriptor) = perform::<O>(permit, args, context)?;
    let reply = postcard::to_allocvec(&reply).map_err(io::Error::other)?;
    Ok((reply, descriptor))
}

/// All of them.
pub(super) const ALL: &[Entry] = &[
    Entry::of::<AcceptConnection>(),
    Entry::of::<AcceptUnix>(),
    Entry::of::<AddRemote>(),
    Entry::of::<AddSender>(),
    Entry::of::<AddSet>(),
    Entry::of::<BindSocket>(),
    Entry::of::<ChangeNetwork>(),
    Entry::of::<ConnectIncremental>(),
    Entry::of::<ConnectSocket>(),
    Entry::of::<ConnectUnix>(),
    Entry::of::<IsLocalAddress>(),
    Entry::of::<KeepTerminal>(),
    Entry::of::<ListExceptions>(),
    Entry::of::<ListNamespaces>(),
    Entry::of::<ListNetwork>(),
    Entry::of::<ListenSocket>(),
    Entry::of::<ListenUnix>(),
    Entry::of::<LookUpRoute>(),
    Entry::of::<NamespaceNames>(),
    Entry::of::<NamespaceProcesses>(),
    Entry::of::<OpenFile>(),
    Entry::of::<OpenNameServer>(),
    Entry::of::<OpenNamespace>(),
    Entry::of::<OpenNetlink>(),
    Entry::of::<OpenNetworkTable>(),
    Entry::of::<OpenSetSocket>(),
    Entry::of::<OpenSocket>(),
    Entry::of::<OpenTcpMetrics>(),
    Entry::of::<RouteSource>(),
    Entry::of::<SendPackets>(),
    Entry::of::<SendToMembers>(),
    Entry::of::<SendUnconnected>(),
    Entry::of::<TakeConnection>(),
    Entry::of::<TakeUnix>(),
];
