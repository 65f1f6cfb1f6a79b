//! The only place where the machine is touched with privilege: one typed request for each act.
//!
//! A run has two processes. The one that runs the plugin gives up every privilege before the plugin's
//! first instruction; the broker keeps them, and holds neither engine nor plugin. Between them is a
//! channel of typed messages. The broker has a gate of its own: it decides each request anew, writes the
//! audit log, and acts only under a permit that it granted itself. So a plugin that takes over its
//! process gains nothing by lying.
//!
//! Which capabilities there are, a [`Session`] says: this crate has none of their code, and links no engine.

mod capabilities;
mod channel;
mod daemon;
mod file;
mod filter;
mod incremental;
mod incremental_client;
mod inquiry;
mod interner;
mod link;
mod listen;
mod name_servers;
mod namespace_name;
mod namespace_process;
mod netlink;
mod operation;
mod peer;
mod process;
mod real_paths;
mod receive_filter;
mod relay;
mod saved_terminal;
mod serve;
mod set_filter;
mod set_socket;
mod socket;
mod sockets;
mod state;
mod sys;
#[cfg(test)]
mod tests;
pub mod unix;
mod user_process;
mod watched;
mod whole;
mod wire;

use std::fs::File;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use capabilities::CAPABILITIES;
pub use daemon::{Most, attend, serve};
pub use incremental_client::{IncrementalSocket, is_anonymous};
use inquiry::{Inquiry, Told};
pub use link::{ConnectError, GONE, Link};
pub use listen::{Error as ListenError, Listener};
pub use netlink::NamedNamespace;
pub use operation::SocketFacts;
use operation::{Context, Operation};
pub use operation::{MemberPackets, Packets};
pub use peer::Peer;
pub use process::start;
pub use real_paths::real_paths;
pub use receive_filter::{ReceiveFilter, is_same};
pub use saved_terminal::restore as restore_terminal;
pub use serve::Session;
pub use set_socket::{HEAD, Head};
pub use sockets::OutgoingPacket;
pub use state::State;
pub use wire::Hello;
pub use wire::MAX_MESSAGE;

use name_servers::configured_servers;
use nethost_core::Capability;
use nethost_core::{AbsolutePath, Interface, InterfaceBy};
use nethost_gate::{Permit, Ticket};
use nethost_net::datagram::Options;
use nethost_netlink::RouteLookup;
use nethost_netlink::change::NetworkChange;

/// Performs privileged acts for rooms that hold a permit.
pub enum Broker {
    /// This process acts itself, as in the rooms' own tests.
    InProcess(Box<Mutex<State>>),
    /// The broker has a process of its own.
    Remote(Arc<Link>),
}

/// A socket that was opened.
#[derive(Debug)]
pub struct OpenedSocket {
    /// The socket.
    pub fd: OwnedFd,
    /// What is to know about it.
    pub facts: SocketFacts,
}

/// A network namespace to act in, by the name that it was opened by; none for the own one.
pub type NamespaceName = Option<String>;

impl Broker {
    /// One in this process.
    pub fn in_process() -> Self {
        Self::InProcess(Box::default())
    }

    /// Has an operation done under a permit. It may use these others too.
    fn perform<O: Operation, C: Capability>(
        &self,
        permit: &Permit<C>,
        others: &[&Ticket],
        args: O::Args,
    ) -> io::Result<(O::Reply, Option<OwnedFd>)> {
        match self {
            Self::Remote(link) => link.perform::<O>(permit.handle(), &args),
            Self::InProcess(state) => {
                let mut context = Context {
                    handle: permit.handle(),
                    permits: &others,
                    state: &mut locked(state),
                    // The room counts under the same permits.
                    accounts: false,
                };
                Ok(operation::perform::<O>(
                    permit.ticket(),
                    args,
                    &mut context,
                )?)
            }
        }
    }

    /// The same of one that a descriptor comes along with.
    fn obtain<O: Operation, C: Capability>(
        &self,
        permit: &Permit<C>,
        args: O::Args,
    ) -> io::Result<(O::Reply, OwnedFd)> {
        let (reply, descriptor) = self.perform::<O, C>(permit, &[], args)?;
        let missing = || io::Error::from_raw_os_error(libc::EPROTO);
        Ok((reply, descriptor.ok_or_else(missing)?))
    }

    fn inquire(&self, inquiry: Inquiry<'_>) -> io::Result<(Told<'static>, Option<OwnedFd>)> {
        match self {
            Self::Remote(link) => link.inquire(inquiry),
            Self::InProcess(state) => {
                let none: &[&Ticket] = &[];
                inquiry::answer(&inquiry, &mut locked(state), &none, |_, _| true)
            }
        }
    }

    /// Opens the socket that was permitted.
    pub fn open_socket<C: Capability>(
        &self,
        permit: &Permit<C>,
        options: &Options,
    ) -> io::Result<OpenedSocket> {
        let setup = operation::SocketSetup {
            options: *options,
            receive: None,
        };
        let (facts, fd) = self.obtain::<operation::OpenSocket, C>(permit, setup)?;
        Ok(OpenedSocket { fd, facts })
    }

    /// Opens a raw socket, to which a second permit belongs if it receives.
    pub fn open_raw_socket<Send: Capability, Receive: Capability>(
        &self,
        send: &Permit<Send>,
        receive: Option<&Permit<Receive>>,
        options: &Options,
    ) -> io::Result<OpenedSocket> {
        let setup = operation::SocketSetup {
            options: *options,
            receive: receive.map(Permit::handle),
        };
        let others: Vec<_> = receive.map(Permit::ticket).into_iter().collect();
        let (facts, fd) = self.perform::<operation::OpenSocket, Send>(send, &others, setup)?;
        let missing = || io::Error::from_raw_os_error(libc::EPROTO);
        let fd = fd.ok_or_else(missing)?;
        Ok(OpenedSocket { fd, facts })
    }

    /// Connects the socket that was opened under a permit to its remote anew. Returns the socket that takes its
    /// place, if one does.
    pub fn connect_socket<C: Capability>(&self, permit: &Permit<C>) -> io::Result<Option<OwnedFd>> {
        let ((), other) = self.perform::<operation::ConnectSocket, C>(permit, &[], ())?;
        Ok(other)
    }

    /// Gives a socket, known by the permit that it was opened under, one more remote that was permitted; and lets
    /// it receive from there, under a permit of its own where there is one for that. Returns the socket that takes
    /// its place, if one does.
    pub fn add_remote<C: Capability>(
        &self,
        socket: &Permit<C>,
        permit: &Permit<C>,
        receive: Option<&Ticket>,
    ) -> io::Result<Option<OwnedFd>> {
        let remote = operation::NewRemote {
            send: permit.handle(),
            receive: receive.map(Ticket::recorded_as),
        };
        let others: Vec<_> = [Some(permit.ticket()), receive]
            .into_iter()
            .flatten()
            .collect();
        let ((), other) = self.perform::<operation::AddRemote, C>(socket, &others, remote)?;
        Ok(other)
    }

    /// Sends packets, whose bytes follow each other, on a socket with several remotes that is known by its permit,
    /// each under the permit for its remote. Returns the moments of those that left: fewer when one could not be
    /// sent, an error when the first could not.
    pub fn send<C: Capability>(
        &self,
        socket: &Permit<C>,
        permits: &[&Ticket],
        packets: &mut Packets,
    ) -> io::Result<Vec<u64>> {
        let taken = std::mem::take(packets);
        let (moments, _) = self.perform::<operation::SendPackets, C>(socket, permits, taken)?;
        Ok(moments)
    }

    /// Opens the socket that was permitted for a set.
    pub fn open_set_socket<C: Capability>(
        &self,
        permit: &Permit<C>,
        options: &Options,
    ) -> io::Result<OpenedSocket> {
        let (facts, fd) = self.obtain::<operation::OpenSetSocket, C>(permit, *options)?;
        Ok(OpenedSocket { fd, facts })
    }

    /// Gives a socket, known by the permit that it was opened under, one more set; `permits` are those of the sets that
    /// it has. Returns the number of the new one's first member.
    pub fn add_set<C: Capability>(
        &self,
        socket: &Permit<C>,
        permits: &[&Ticket],
        more: u64,
    ) -> io::Result<u32> {
        let (first, _) = self.perform::<operation::AddSet, C>(socket, permits, more)?;
        Ok(first)
    }

    /// Sends packets on a socket for sets that is known by its permit, under the permits of its sets. Returns the
    /// moments of those that left, as `send` does.
    pub fn send_to_members<C: Capability>(
        &self,
        socket: &Permit<C>,
        permits: &[&Ticket],
        packets: &mut MemberPackets,
    ) -> io::Result<Vec<u64>> {
        let taken = std::mem::take(packets);
        let (moments, _) = self.perform::<operation::SendToMembers, C>(socket, permits, taken)?;
        Ok(moments)
    }

    /// Whether an address is this machine's, for a socket whose packets bring their own IP header.
    pub fn is_local_address<C: Capability>(
        &self,
        socket: &Permit<C>,
        address: IpAddr,
    ) -> io::Result<bool> {
        let (local, _) = self.perform::<operation::IsLocalAddress, C>(socket, &[], address)?;
        Ok(local)
    }

    /// The address that packets to a permitted remote leave with, as the routing table has it now. Where a name may
    /// be looked up, of one of the addresses that it stands for.
    pub fn route_source<C: Capability>(
        &self,
        permit: &Permit<C>,
        address: Option<IpAddr>,
    ) -> io::Result<IpAddr> {
        let (source, _) = self.perform::<operation::RouteSource, C>(permit, &[], address)?;
        Ok(source)
    }

    /// The way to the system's name servers, for as long as a permit lasts.
    pub fn servers<C: Capability>(&self, permit: &Permit<C>) -> ServerAccess {
        ServerAccess(match self {
            Self::Remote(link) => Some((Arc::clone(link), permit.handle())),
            Self::InProcess(_) => None,
        })
    }

    /// Opens the permitted file for reading. It never waits for the other end of a FIFO.
    pub fn open_file<C: Capability>(&self, permit: &Permit<C>) -> io::Result<File> {
        let ((), file) = self.obtain::<operation::OpenFile, C>(permit, ())?;
        Ok(file.into())
    }

    /// Keeps the terminal's settings as they are now, to put them back should this process be killed.
    pub fn keep_terminal<C: Capability>(&self, permit: &Permit<C>) -> io::Result<()> {
        match self {
            Self::Remote(link) => link
                .perform::<operation::KeepTerminal>(permit.handle(), &())
                .map(drop),
            // Nobody would outlive this process to put them back.
            Self::InProcess(_) => Ok(()),
        }
    }

    /// The terminal was put back.
    pub fn release_terminal(&self) {
        if let Self::Remote(link) = self {
            link.release_terminal();
        }
    }

    /// Opens the network namespace that was permitted.
    pub fn open_namespace<C: Capability>(&self, permit: &Permit<C>) -> io::Result<()> {
        self.perform::<operation::OpenNamespace, C>(permit, &[], ())
            .map(drop)
    }

    /// Opens an rtnetlink(7) socket that receives what was permitted, and hears of these groups.
    pub fn open_netlink<C: Capability>(
        &self,
        permit: &Permit<C>,
        groups: &[u32],
    ) -> io::Result<OwnedFd> {
        let ((), socket) = self.obtain::<operation::OpenNetlink, C>(permit, groups.into())?;
        Ok(socket)
    }

    /// Opens a generic netlink socket that receives what the kernel remembers of TCP connections, in messages
    /// of the type that comes along.
    pub fn open_tcp_metrics<C: Capability>(
        &self,
        permit: &Permit<C>,
    ) -> io::Result<(OwnedFd, u16)> {
        let (kind, socket) = self.obtain::<operation::OpenTcpMetrics, C>(permit, ())?;
        Ok((socket, kind))
    }

    /// Has the kernel list what it tells only the privileged, as was permitted: a socket that the answers wait
    /// in, and the type of the messages that tell it.
    pub fn list_network<C: Capability>(&self, permit: &Permit<C>) -> io::Result<(OwnedFd, u16)> {
        let (kind, socket) = self.obtain::<operation::ListNetwork, C>(permit, ())?;
        Ok((socket, kind))
    }

    /// The names of the network namespace that a process is in; of this process's without a number.
    pub fn namespace_names<C: Capability>(
        &self,
        permit: &Permit<C>,
        process: Option<u32>,
    ) -> io::Result<Vec<String>> {
        let (names, _) = self.perform::<operation::NamespaceNames, C>(permit, &[], process)?;
        Ok(names)
    }

    /// The processes in the network namespace that was permitted.
    pub fn namespace_processes<C: Capability>(&self, permit: &Permit<C>) -> io::Result<Vec<u32>> {
        let mut all = Vec::new();
        loop {
            let after = all.last().copied().unwrap_or_default();
            let (some, _) = self.perform::<operation::NamespaceProcesses, C>(permit, &[], after)?;
            if some.is_empty() {
                return Ok(all);
            }
            all.extend(some);
        }
    }

    /// Asks where packets to the permitted destination would go, and returns the kernel's answer.
    pub fn look_up_route<C: Capability>(
        &self,
        permit: &Permit<C>,
        lookup: &RouteLookup,
    ) -> io::Result<Vec<u8>> {
        let (answer, _) = self.perform::<operation::LookUpRoute, C>(permit, &[], *lookup)?;
        Ok(answer.into_vec())
    }

    /// Makes the permitted change of the network's configuration and returns the kernel's answer.
    pub fn change_network<C: Capability>(
        &self,
        permit: &Permit<C>,
        change: &NetworkChange,
    ) -> io::Result<Vec<u8>> {
        let change = change.clone();
        let (answer, _) = self.perform::<operation::ChangeNetwork, C>(permit, &[], change)?;
        Ok(answer.into_vec())
    }

    /// Opens one of the tables of multicast addresses, by its place among them, for reading.
    pub fn open_network_table<C: Capability>(
        &self,
        permit: &Permit<C>,
        table: u8,
    ) -> io::Result<File> {
        let ((), file) = self.obtain::<operation::OpenNetworkTable, C>(permit, table)?;
        Ok(file.into())
    }

    /// The network namespaces that have names, and the numbers that the permit's knows them by.
    pub fn named_namespaces<C: Capability>(
        &self,
        permit: &Permit<C>,
    ) -> io::Result<Vec<NamedNamespace>> {
        let mut all = Vec::new();
        loop {
            let skip = all.len() as u32;
            let (some, _) = self.perform::<operation::ListNamespaces, C>(permit, &[], skip)?;
            if some.is_empty() {
                return Ok(all);
            }
            all.extend(some);
        }
    }

    /// The name of a network interface. It is no secret, so this takes no permit.
    pub fn interface_name(&self, namespace: &NamespaceName, index: u32) -> io::Result<String> {
        let namespace = namespace.as_deref().map(Into::into);
        match self.inquire(Inquiry::InterfaceName { namespace, index })? {
            (Told::Name(name), _) => Ok(name.into_owned()),
            _ => Err(io::Error::from_raw_os_error(libc::EPROTO)),
        }
    }

    /// A network interface, whatever it is called by. It is no secret either.
    pub fn interface(
        &self,
        namespace: &NamespaceName,
        by: &InterfaceBy<'_>,
    ) -> io::Result<Interface> {
        let inquiry = Inquiry::Interface {
            namespace: namespace.as_deref().map(Into::into),
            by: by.clone(),
        };
        match self.inquire(inquiry)? {
            (Told::Interface(interface), _) => Ok(interface),
            _ => Err(io::Error::from_raw_os_error(libc::EPROTO)),
        }
    }

    /// The real path of a file that a plugin names. Where the policy does not allow it that file, the path stays what
    /// its text says: that tells nothing about the file system.
    pub fn real_path(&self, capability: &str, path: &Path) -> io::Result<AbsolutePath> {
        let inquiry = Inquiry::RealPath {
            capability: capability.into(),
            path: path.as_os_str().as_bytes().into(),
        };
        match self.inquire(inquiry)? {
            (Told::Path(path), _) => Ok(path),
            _ => Err(io::Error::from_raw_os_error(libc::EPROTO)),
        }
    }

    /// The index of a network interface.
    pub fn interface_index(&self, name: &str) -> io::Result<u32> {
        match self.inquire(Inquiry::InterfaceIndex { name: name.into() })? {
            (Told::Index(index), _) => Ok(index),
            _ => Err(io::Error::from_raw_os_error(libc::EPROTO)),
        }
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens sockets to the system's name servers.
#[derive(Clone)]
pub struct ServerAccess(Option<(Arc<Link>, u64)>);

impl ServerAccess {
    /// A socket that is connected to this one, or about to be.
    pub fn open(&self, server: SocketAddr, stream: bool) -> io::Result<OwnedFd> {
        let place = configured_servers()
            .iter()
            .position(|configured| is_same(*configured, server))
            .and_then(|place| u8::try_from(place).ok())
            .ok_or_else(|| io::Error::from_raw_os_error(libc::EACCES))?;
        let Some((link, handle)) = &self.0 else {
            return socket::open_to_server(server, stream);
        };
        let args = operation::NameServer { place, stream };
        let ((), socket) = link.perform::<operation::OpenNameServer>(*handle, &args)?;
        socket.ok_or_else(|| io::Error::from_raw_os_error(libc::EPROTO))
    }
}
