//! The only place where the machine is touched with privilege: one typed request for each act.
//!
//! A run has two processes. The one that runs the plugin gives up every privilege before the plugin's
//! first instruction; the broker keeps them, and holds neither engine nor plugin. Between them is a
//! channel of typed messages. The broker has a gate of its own: it decides each request anew, writes the
//! audit log, and acts only under a permit that it granted itself. So a plugin that takes over its
//! process gains nothing by lying.

mod channel;
mod daemon;
mod entrance;
mod file;
mod filter;
mod fit;
mod keeping;
mod link;
mod listen;
mod many;
mod namespace_name;
mod namespace_process;
mod netlink;
mod peer;
mod places;
mod plain;
mod process;
mod relay;
mod resolver;
mod serve;
mod socket;
mod sockets;
mod sys;
mod terminal;
#[cfg(test)]
mod tests;
mod wire;
mod zoned;

use std::fs::File;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use daemon::{Most, attend, serve};
pub use entrance::{Entrance, is_same};
pub use keeping::PlainSocket;
pub use link::{ConnectError, GONE, Link};
pub use listen::{Error as ListenError, Listener};
pub use many::Senders;
pub(crate) use many::{HEAD, Head};
pub use netlink::{NamedNamespace, NetworkChange};
pub use peer::Peer;
pub use plain::is_anonymous;
pub use process::start;
pub use serve::Session;
pub use socket::{Binding, OpenedSocket, Protocol, SocketSpec};
pub use sockets::Sockets;
pub use terminal::restore as restore_terminal;
pub(crate) use wire::LONGEST;
pub use wire::{Departing, Hello};

use crate::bindings::nethost::cap::netlink::RouteLookup;
use crate::gate::{Capability, Member, Permit};

/// Performs privileged acts for rooms that hold a permit.
#[derive(Debug)]
pub enum Broker {
    /// This process acts itself, as in the rooms' own tests.
    Here(Mutex<Sockets>),
    /// The broker has a process of its own.
    Behind(Arc<Link>),
}

impl Broker {
    /// One in this process.
    pub fn here() -> Self {
        Self::Here(Mutex::default())
    }

    /// Opens a socket for a remote that was permitted.
    pub fn open_socket<C: Capability>(
        &self,
        permit: &Permit<C>,
        spec: &SocketSpec,
    ) -> io::Result<OpenedSocket> {
        match self {
            Self::Behind(link) => link.open_socket(permit.handle(), None, spec),
            Self::Here(sockets) => held(sockets).open(permit.handle(), spec),
        }
    }

    /// Opens a raw socket, to which a second permit belongs if it receives.
    pub fn open_raw_socket<Send: Capability, Receive: Capability>(
        &self,
        send: &Permit<Send>,
        receive: Option<&Permit<Receive>>,
        spec: &SocketSpec,
    ) -> io::Result<OpenedSocket> {
        match self {
            Self::Behind(link) => {
                link.open_socket(send.handle(), receive.map(Permit::handle), spec)
            }
            Self::Here(sockets) => held(sockets).open(send.handle(), spec),
        }
    }

    /// Connects the socket that was opened under a permit to its remote anew. Returns the socket that takes its
    /// place, if one does.
    pub fn connect_socket<C: Capability>(&self, permit: &Permit<C>) -> io::Result<Option<OwnedFd>> {
        match self {
            Self::Behind(link) => link.connect_socket(permit.handle()),
            Self::Here(sockets) => held(sockets).connect(permit.handle()),
        }
    }

    /// Gives a socket, known by the permit that it was opened under, one more remote that was permitted; and lets
    /// it receive from there, under a permit of its own where there is one for that. Returns the socket that takes
    /// its place, if one does.
    pub fn add_remote<C: Capability>(
        &self,
        socket: &Permit<C>,
        permit: &Permit<C>,
        receive: Option<u64>,
    ) -> io::Result<Option<OwnedFd>> {
        match self {
            Self::Behind(link) => link.add_remote(socket.handle(), permit.handle(), receive),
            Self::Here(sockets) => {
                let receives = receive.is_some() || C::NAME == "udp.exchange";
                held(sockets).add_remote(socket.handle(), receives)
            }
        }
    }

    /// Sends packets, whose bytes follow each other, on a socket with several remotes that is known by its permit.
    /// Returns the moments of those that left: fewer when one could not be sent, an error when the first could not.
    pub fn send<C: Capability>(
        &self,
        socket: &Permit<C>,
        packets: &[Departing],
        bytes: &[u8],
    ) -> io::Result<Vec<u64>> {
        match self {
            Self::Behind(link) => link.send(socket.handle(), packets, bytes),
            Self::Here(sockets) => {
                let malformed = || io::Error::from_raw_os_error(libc::EINVAL);
                sockets::send_each(packets, bytes, malformed, |packet, bytes| {
                    let Departing {
                        remote, hop_limit, ..
                    } = *packet;
                    held(sockets).send(socket.handle(), remote, hop_limit, bytes)
                })
            }
        }
    }

    /// Opens a socket for a permitted set; a second permit belongs to it where receiving takes one.
    pub fn open_many<Send: Capability, Receive: Capability>(
        &self,
        send: &Permit<Send>,
        receive: Option<&Permit<Receive>>,
        spec: &SocketSpec,
    ) -> io::Result<OpenedSocket> {
        let receives = receive.map(Permit::handle);
        match self {
            Self::Behind(link) => link.open_many(send.handle(), receives, spec),
            Self::Here(sockets) => {
                let ticket = receive.map_or(send.ticket(), Permit::ticket);
                let members = send.ticket().set().map_or(0, |set| set.members());
                let senders = Senders::of([ticket].into_iter());
                let mut sockets = held(sockets);
                sockets
                    .many
                    .open(send.handle(), receives, members, spec, &senders)
            }
        }
    }

    /// Gives a socket, known by the permit that it was opened under, one more permitted set. Returns the number of
    /// that one's first member.
    pub fn join<C: Capability>(
        &self,
        socket: &Permit<C>,
        permit: &Permit<C>,
        receive: Option<u64>,
        senders: &dyn Fn(u64) -> Option<Senders>,
    ) -> io::Result<u32> {
        match self {
            Self::Behind(link) => link.join(socket.handle(), permit.handle(), receive),
            Self::Here(sockets) => {
                let members = permit.ticket().set().map_or(0, |set| set.members());
                let (socket, handle) = (socket.handle(), permit.handle());
                let all =
                    |whose: &mut dyn Iterator<Item = u64>| whose.filter_map(senders).collect();
                let mut sockets = held(sockets);
                sockets.many.join(socket, handle, receive, members, all)
            }
        }
    }

    /// Sends packets on a socket with many remotes: their heads, and their bytes one after the other. The caller has
    /// checked each against its permit, of which `member` knows; the broker's process checks again.
    pub(crate) fn send_many<C: Capability>(
        &self,
        socket: &Permit<C>,
        heads: &[u8],
        bytes: &[u8],
        member: impl Fn(u64, u32) -> Option<Member>,
    ) -> io::Result<Vec<u64>> {
        match self {
            Self::Behind(link) => link.send_many(socket.handle(), heads, bytes),
            Self::Here(sockets) => {
                let sockets = held(sockets);
                let many = sockets.many.get(socket.handle());
                let many = many.ok_or_else(|| io::Error::from_raw_os_error(libc::EBADF))?;
                let sent = many.send_checked(heads, bytes, member);
                sent.map_err(|unsent| match unsent {
                    many::Unsent::Failed(error) => error,
                    _ => io::Error::from_raw_os_error(libc::EACCES),
                })
            }
        }
    }

    /// The address that packets to a remote leave with, as the routing table has it now.
    pub fn route_source<C: Capability>(
        &self,
        permit: &Permit<C>,
        remote: SocketAddr,
        interface: Option<&str>,
        broadcast: bool,
    ) -> io::Result<IpAddr> {
        match self {
            Self::Behind(link) => link.route_source(permit.handle(), remote, interface, broadcast),
            Self::Here(_) => socket::route_source(remote, interface, broadcast),
        }
    }

    /// The way to the system's name servers, for as long as a permit lasts.
    pub fn servers<C: Capability>(&self, permit: &Permit<C>) -> ServerAccess {
        ServerAccess(match self {
            Self::Behind(link) => Some((Arc::clone(link), permit.handle())),
            Self::Here(_) => None,
        })
    }

    /// Opens a file for reading. It never waits for the other end of a FIFO.
    pub fn open_file<C: Capability>(&self, permit: &Permit<C>, path: &Path) -> io::Result<File> {
        match self {
            Self::Behind(link) => link.open_file(permit.handle(), path),
            Self::Here(_) => file::open(path),
        }
    }

    /// Keeps the terminal's settings as they are now, to put them back should this process be killed.
    pub fn keep_terminal<C: Capability>(&self, permit: &Permit<C>) -> io::Result<()> {
        match self {
            Self::Behind(link) => link.keep_terminal(permit.handle()),
            Self::Here(_) => Ok(()),
        }
    }

    /// The terminal was put back.
    pub fn release_terminal(&self) {
        if let Self::Behind(link) = self {
            link.release_terminal();
        }
    }

    /// The network namespace of this process.
    pub fn own_namespace(&self) -> Namespace {
        match self {
            Self::Behind(_) => Namespace::Behind(None),
            Self::Here(_) => Namespace::Here(Box::default()),
        }
    }

    /// Opens a network namespace by the name that ip-netns(8) knows it by.
    pub fn open_namespace<C: Capability>(
        &self,
        permit: &Permit<C>,
        name: &str,
    ) -> io::Result<Namespace> {
        match self {
            Self::Behind(link) => link
                .open_namespace(permit.handle(), name)
                .map(|()| Namespace::Behind(Some(permit.handle()))),
            Self::Here(_) => {
                netlink::Place::named(name).map(|place| Namespace::Here(Box::new(place)))
            }
        }
    }

    /// Has the side that knows a namespace act in it.
    fn within<T>(
        &self,
        namespace: &Namespace,
        behind: impl FnOnce(&Link, Option<u64>) -> io::Result<T>,
        here: impl FnOnce(&netlink::Place) -> io::Result<T>,
    ) -> io::Result<T> {
        match (self, namespace) {
            (Self::Behind(link), Namespace::Behind(namespace)) => behind(link, *namespace),
            (_, Namespace::Here(place)) => here(place),
            // A namespace of another broker.
            (Self::Here(_), Namespace::Behind(_)) => Err(io::Error::from_raw_os_error(libc::EBADF)),
        }
    }

    /// Opens an rtnetlink(7) socket that receives what was permitted, and hears of these groups.
    pub fn open_netlink<C: Capability>(
        &self,
        permit: &Permit<C>,
        namespace: &Namespace,
        groups: &[u32],
    ) -> io::Result<OwnedFd> {
        self.within(
            namespace,
            |link, namespace| link.open_netlink(permit.handle(), namespace, groups),
            |place| {
                let kinds = fit::netlink(C::NAME, permit.request());
                let kinds = kinds.ok_or_else(|| io::Error::from_raw_os_error(libc::EACCES))?;
                place.listener(kinds, groups)
            },
        )
    }

    /// Opens a generic netlink socket that receives what the kernel remembers of TCP connections, in messages
    /// of the type that comes along.
    pub fn open_tcp_metrics<C: Capability>(
        &self,
        permit: &Permit<C>,
        namespace: &Namespace,
    ) -> io::Result<(OwnedFd, u16)> {
        self.within(
            namespace,
            |link, namespace| link.open_tcp_metrics(permit.handle(), namespace),
            |place| place.tcp_metrics(),
        )
    }

    /// Has the kernel list what it tells only the privileged, as was permitted: a socket that the answers wait
    /// in, and the type of the messages that tell it.
    pub fn list_network<C: Capability>(
        &self,
        permit: &Permit<C>,
        namespace: &Namespace,
    ) -> io::Result<(OwnedFd, u16)> {
        self.within(
            namespace,
            |link, namespace| link.list_network(permit.handle(), namespace),
            |place| {
                let dump = fit::dump(C::NAME, permit.request());
                place.dump(dump.ok_or_else(|| io::Error::from_raw_os_error(libc::EACCES))?)
            },
        )
    }

    /// The names of the network namespace that a process is in; of this process's without a number.
    pub fn namespace_names<C: Capability>(
        &self,
        permit: &Permit<C>,
        process: Option<u32>,
    ) -> io::Result<Vec<String>> {
        match self {
            Self::Behind(link) => link.namespace_names(permit.handle(), process),
            Self::Here(_) => namespace_process::names_of(Path::new(netlink::NAMED), process),
        }
    }

    /// The processes in the network namespace of this name.
    pub fn namespace_processes<C: Capability>(
        &self,
        permit: &Permit<C>,
        name: &str,
    ) -> io::Result<Vec<u32>> {
        match self {
            Self::Behind(link) => link.namespace_processes(permit.handle(), name),
            Self::Here(_) => {
                let path = Path::new(netlink::NAMED).join(name);
                namespace_process::processes(&path, 0, usize::MAX)
            }
        }
    }

    /// Asks where packets to somewhere would go, and returns the kernel's answer.
    pub fn look_up_route<C: Capability>(
        &self,
        permit: &Permit<C>,
        namespace: &Namespace,
        lookup: &RouteLookup,
    ) -> io::Result<Vec<u8>> {
        self.within(
            namespace,
            |link, namespace| link.look_up_route(permit.handle(), namespace, lookup),
            |place| place.look_up(lookup, permit.request()),
        )
    }

    /// Makes one change of the network's configuration and returns the kernel's answer.
    pub fn change_network<C: Capability>(
        &self,
        permit: &Permit<C>,
        namespace: &Namespace,
        change: &NetworkChange<'_>,
    ) -> io::Result<Vec<u8>> {
        self.within(
            namespace,
            |link, namespace| link.change_network(permit.handle(), namespace, change),
            |place| place.change(change, permit.request()),
        )
    }

    /// Opens a file of /proc/net for reading.
    pub fn open_network_table<C: Capability>(
        &self,
        permit: &Permit<C>,
        namespace: &Namespace,
        name: &str,
    ) -> io::Result<File> {
        self.within(
            namespace,
            |link, namespace| link.open_network_table(permit.handle(), namespace, name),
            |place| place.table(name),
        )
    }

    /// The network namespaces that have names, and the numbers that this one knows them by.
    pub fn named_namespaces<C: Capability>(
        &self,
        permit: &Permit<C>,
        namespace: &Namespace,
    ) -> io::Result<Vec<NamedNamespace>> {
        self.within(
            namespace,
            |link, namespace| link.named_namespaces(permit.handle(), namespace),
            |place| place.named_ones(0, usize::MAX),
        )
    }

    /// The name of a network interface. It is no secret, so this takes no permit.
    pub fn interface_name(&self, namespace: &Namespace, index: u32) -> io::Result<String> {
        self.within(
            namespace,
            |link, namespace| link.interface_name(namespace, index),
            |place| place.interface_name(index),
        )
    }

    /// The index of a network interface.
    pub fn interface_index(&self, name: &str) -> io::Result<u32> {
        match self {
            Self::Behind(link) => link.interface_index(name),
            Self::Here(_) => netlink::Place::default().interface_index(name),
        }
    }
}

fn held(sockets: &Mutex<Sockets>) -> MutexGuard<'_, Sockets> {
    sockets.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens sockets to the system's name servers.
#[derive(Debug, Clone)]
pub struct ServerAccess(Option<(Arc<Link>, u64)>);

impl ServerAccess {
    /// A socket that is connected to this one, or about to be.
    pub fn open(&self, server: SocketAddr, stream: bool) -> io::Result<OwnedFd> {
        match &self.0 {
            Some((link, handle)) => link.open_to_server(*handle, server, stream),
            None => socket::open_to_server(server, stream),
        }
    }
}

/// A network namespace to act in.
#[derive(Debug)]
pub enum Namespace {
    /// This process does.
    Here(Box<netlink::Place>),
    /// The broker does, which knows it by the handle of its permit; by none if it is the own one.
    Behind(Option<u64>),
}
