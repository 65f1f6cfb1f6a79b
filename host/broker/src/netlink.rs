//! Network namespaces and operations in them: netlink sockets that receive only what was permitted, and changes. The
//! broker builds the message of a change itself, and sends it only if that change was permitted.

mod change;

use std::cell::OnceCell;
use std::fs::File;
use std::io;
use std::net::IpAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use netlink_sys::{
    Socket, SocketAddr,
    protocols::{NETLINK_GENERIC, NETLINK_ROUTE, NETLINK_SOCK_DIAG, NETLINK_XFRM},
};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use serde::{Deserialize, Serialize};

use super::user_process::Rights;
use super::{file, filter, relay, sock_diag, socket, sys};
use nethost_core::{Interface, InterfaceBy, Request};
use nethost_net::datagram;
use nethost_netlink::change::is_namespace_name;
use nethost_netlink::entity::{self, Bus, Entity};
use nethost_netlink::link_facts::LinkFacts;
use nethost_netlink::message::{Message, Messages};
use nethost_netlink::sock_diag::{Destruction, SocketId, destroy, owner_of};
use nethost_netlink::{RouteLookup, generic, link, namespace_number, route, tcp_metrics, xfrm};

/// The folder in which ip-netns(8) keeps named namespaces.
pub(super) const NAMED: &str = "/run/netns";
/// The maximum size of one message of a dump.
pub(super) const LARGEST: usize = 32 << 10;
/// The readable tables of /proc/net.
pub(super) const TABLES: &[&str] = &["dev_mcast", "igmp", "igmp6"];

/// A network namespace to act in, with the socket for its changes.
#[derive(Debug, Default)]
pub(super) struct NetNamespace {
    /// None for the namespace of this process.
    other: Option<OwnedFd>,
    writer: OnceCell<Socket>,
}

/// Objects that the kernel lists only for privileged processes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Dump {
    /// By NETLINK_XFRM, in messages of this type.
    Security { policies: bool, kind: u16 },
    /// By a command of a generic netlink family.
    Generic { family: &'static str, command: u8 },
}

/// A named namespace, and its number in another namespace.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NamedNamespace {
    /// Its name.
    pub name: String,
    /// Its number.
    pub id: Option<u32>,
}

impl NetNamespace {
    /// The namespace of this name.
    pub(super) fn named(name: &str, rights: Rights<'_>) -> io::Result<Self> {
        Ok(Self {
            other: Some(rights.open(|| open(name))?),
            writer: OnceCell::new(),
        })
    }

    /// A socket that receives messages of these types, from these multicast groups.
    pub(super) fn listener(&self, kinds: &[u16], groups: &[u32]) -> io::Result<OwnedFd> {
        let listener = self.socket()?;
        narrow(&listener, kinds)?;
        if !groups.is_empty() {
            // Large enough that a burst of routes does not overflow it when the reader is slow.
            listener.set_rx_buf_sz(1_u32 << 20)?;
        }
        for group in groups {
            listener.add_membership(*group)?;
        }
        listener.as_fd().try_clone_to_owned()
    }

    /// A socket for messages of the family of TCP metrics, and the number of that family.
    pub(super) fn tcp_metrics(&self) -> io::Result<(OwnedFd, u16)> {
        let (socket, family) = self.generic_socket(tcp_metrics::FAMILY)?;
        narrow(&socket, &[family])?;
        Ok((socket.as_fd().try_clone_to_owned()?, family))
    }

    /// Requests objects that the kernel lists only for privileged processes. Returns a socket that receives only the
    /// answers, and their message type.
    pub(super) fn dump(&self, dump: Dump) -> io::Result<(OwnedFd, u16)> {
        let (socket, kind, question) = match dump {
            Dump::Security { policies, kind } => {
                let socket = self.speaking(NETLINK_XFRM)?;
                (socket, kind, xfrm::dump(policies))
            }
            Dump::Generic { family, command } => {
                let (socket, family) = self.generic_socket(family)?;
                (socket, family, generic::dump(family, command))
            }
        };
        narrow(&socket, &[kind])?;
        socket.send(&question.ok_or_else(malformed)?, 0)?;
        if let Dump::Security {
            policies: false, ..
        } = dump
        {
            let relayed = relay::without_secrets(socket.as_fd(), true, xfrm::blank_keys)?;
            return Ok((relayed, kind));
        }
        Ok((socket.as_fd().try_clone_to_owned()?, kind))
    }

    /// Asks for objects without a record of their own. Returns a socket that receives only the answers, and their message
    /// type.
    pub(super) fn entities(&self, query: &Entity, all: bool) -> io::Result<(OwnedFd, u16)> {
        let (mut question, answer) = entity::question(query, all).map_err(|_| malformed())?;
        let family = entity::family(query.kind);
        let (socket, kind) = match family.bus {
            Bus::Route => (self.socket()?, answer),
            Bus::Security => (self.speaking(NETLINK_XFRM)?, answer),
            Bus::Generic(name) => {
                let (socket, number) = self.generic_socket(name)?;
                generic::address(&mut question, number).ok_or_else(malformed)?;
                (socket, number)
            }
        };
        narrow(&socket, &[kind])?;
        socket.send(&question, 0)?;
        if family.has_secrets() {
            let blank = |answer: &mut [u8]| family.blank_secrets(answer);
            return Ok((relay::without_secrets(socket.as_fd(), all, blank)?, kind));
        }
        Ok((socket.as_fd().try_clone_to_owned()?, kind))
    }

    fn generic_socket(&self, name: &str) -> io::Result<(Socket, u16)> {
        let socket = self.speaking(NETLINK_GENERIC)?;
        let question = generic::ask_family(name).ok_or_else(malformed)?;
        let family = generic::family_told(&exchange(&socket, &question)?);
        // This kernel does not support it.
        let family = family.ok_or_else(|| io::Error::from_raw_os_error(libc::ENOENT))?;
        Ok((socket, family))
    }

    /// The kernel's answer to a route lookup, if that lookup was permitted.
    pub(super) fn look_up(&self, lookup: &RouteLookup, permitted: &Request) -> io::Result<Vec<u8>> {
        let (message, request) = route::prepare(lookup).map_err(|_| malformed())?;
        // The namespace was already checked against the permit.
        if request.in_namespace(permitted.namespace.as_deref()) != *permitted {
            return Err(refused());
        }
        exchange(self.writer()?, &message)
    }

    /// Another handle of the same namespace.
    pub(super) fn again(&self) -> io::Result<Self> {
        let other = self.other.as_ref().map(OwnedFd::try_clone).transpose()?;
        Ok(Self {
            other,
            writer: OnceCell::new(),
        })
    }

    /// What tells this namespace from others: its inode in proc(5), and its cookie (SO_NETNS_COOKIE), if the kernel has
    /// one.
    pub(super) fn identity(&self) -> io::Result<(u64, Option<u64>)> {
        let file = match &self.other {
            Some(other) => rustix::fs::fstat(other)?,
            None => rustix::fs::stat("/proc/thread-self/ns/net")?,
        };
        Ok((file.st_ino, sys::namespace_cookie(self.writer()?)))
    }

    /// An interface, by any of its names.
    pub(super) fn interface(&self, by: &InterfaceBy<'_>) -> io::Result<Interface> {
        let question = link::ask(by).ok_or_else(malformed)?;
        let answer = exchange(self.writer()?, &question)?;
        link::from_answer(&answer).ok_or_else(|| io::Error::from_raw_os_error(libc::ENODEV))
    }

    /// An interface by its index, with its hardware addresses.
    pub(super) fn link_facts(&self, index: u32) -> io::Result<LinkFacts> {
        let question = link::ask(&InterfaceBy::Index(index)).ok_or_else(malformed)?;
        let answer = exchange(self.writer()?, &question)?;
        LinkFacts::from_answer(&answer).ok_or_else(|| io::Error::from_raw_os_error(libc::ENODEV))
    }

    /// Whether an address is one of this machine, as the routing table has it: with ip_nonlocal_bind (ip(7)), the kernel
    /// lets a socket be bound to any other as well.
    pub(super) fn is_local(&self, address: IpAddr) -> io::Result<bool> {
        let question = route::ask(address).ok_or_else(malformed)?;
        Ok(route::is_local(&exchange(self.writer()?, &question)?))
    }

    pub(super) fn interface_name(&self, index: u32) -> io::Result<String> {
        let writer = self.writer()?;
        Ok(rustix::net::netdevice::index_to_name(
            writer.as_fd(),
            index,
        )?)
    }

    pub(super) fn interface_index(&self, name: &str) -> io::Result<u32> {
        let writer = self.writer()?;
        Ok(rustix::net::netdevice::name_to_index(writer.as_fd(), name)?)
    }

    /// A file of /proc/net, read by a thread in this namespace.
    pub(super) fn table(&self, name: &str, rights: Rights<'_>) -> io::Result<OwnedFd> {
        if !TABLES.contains(&name) {
            return Err(io::Error::from_raw_os_error(libc::EACCES));
        }
        self.open_inside(&Path::new("/proc/thread-self/net").join(name), rights)
    }

    /// A table of sockets in /proc/net, in the same way.
    pub(super) fn socket_table(&self, name: &str, rights: Rights<'_>) -> io::Result<OwnedFd> {
        if !sock_diag::TABLES.iter().any(|(table, _)| *table == name) {
            return Err(io::Error::from_raw_os_error(libc::EACCES));
        }
        self.open_inside(&Path::new("/proc/thread-self/net").join(name), rights)
    }

    /// Ends a socket, if it is the one that was permitted, and its owner's may be.
    pub(super) fn destroy_socket(
        &self,
        socket: &SocketId,
        permitted: &Request,
        may_be_of: impl FnOnce(u32) -> bool,
    ) -> io::Result<()> {
        let Destruction {
            question,
            message,
            request,
        } = destroy(socket).map_err(|_| malformed())?;
        if request.in_namespace(permitted.namespace.as_deref()) != *permitted {
            return Err(refused());
        }
        let kernel = self.speaking(NETLINK_SOCK_DIAG)?;
        // The kernel looks a socket up as for a packet: where none is connected, it finds one that listens.
        let found = exchange(&kernel, &question)?;
        if let Some(Message::Error(error)) = Messages::new(&found).next() {
            return Err(io::Error::from_raw_os_error(error.errno));
        }
        let owner = owner_of(&found, &question);
        let owner = owner.ok_or_else(|| io::Error::from_raw_os_error(libc::ENOENT))?;
        if !may_be_of(owner) {
            return Err(refused());
        }
        let answer = exchange(&kernel, &message)?;
        match Messages::new(&answer).next() {
            Some(Message::Done { .. }) => Ok(()),
            Some(Message::Error(error)) => Err(io::Error::from_raw_os_error(error.errno)),
            _ => Err(io::Error::from_raw_os_error(libc::EPROTO)),
        }
    }

    /// A file of proc(5) or sysfs(5), as a thread in this namespace sees it.
    pub(super) fn open_inside(&self, path: &Path, rights: Rights<'_>) -> io::Result<OwnedFd> {
        self.inside(|| rights.open(|| file::open_own(path)))
    }

    /// Some of the named namespaces, in a stable order.
    pub(super) fn named_ones(
        &self,
        skip: usize,
        most: usize,
        rights: Rights<'_>,
    ) -> io::Result<Vec<NamedNamespace>> {
        let some = rights.learn(|| names(skip, most))?;
        some.into_iter()
            .map(|name| {
                let id = self.id_of(open(&name)?.as_fd());
                Ok(NamedNamespace { name, id })
            })
            .collect()
    }

    /// RTM_GETNSID.
    fn id_of(&self, namespace: BorrowedFd<'_>) -> Option<u32> {
        let writer = self.writer().ok()?;
        let answer = exchange(writer, &namespace_number::ask(namespace)?);
        namespace_number::from_answer(&answer.ok()?)
    }

    pub(super) fn writer(&self) -> io::Result<&Socket> {
        if let Some(writer) = self.writer.get() {
            return Ok(writer);
        }
        let socket = self.socket()?;
        Ok(self.writer.get_or_init(|| socket))
    }

    /// Opens an rtnetlink(7) socket with extended errors and strict checking.
    pub(super) fn socket(&self) -> io::Result<Socket> {
        let socket = self.speaking(NETLINK_ROUTE)?;
        socket.set_netlink_get_strict_chk(true)?;
        Ok(socket)
    }

    pub(super) fn speaking(&self, protocol: isize) -> io::Result<Socket> {
        let mut socket = self.inside(|| Socket::new(protocol))?;
        socket.bind_auto()?;
        socket.connect(&SocketAddr::new(0, 0))?;
        socket.set_ext_ack(true)?;
        socket.set_cap_ack(true)?;
        Ok(socket)
    }

    /// Runs code on a separate thread in this namespace. A socket stays in the namespace in which it was created.
    fn inside<T: Send>(&self, action: impl FnOnce() -> io::Result<T> + Send) -> io::Result<T> {
        let Some(namespace) = &self.other else {
            return action();
        };
        let namespace = namespace.as_fd();
        let entered = || {
            move_into_link_name_space(namespace, Some(LinkNameSpaceType::Network))?;
            action()
        };
        std::thread::scope(|scope| match scope.spawn(entered).join() {
            Ok(result) => result,
            Err(_) => Err(io::Error::other("the thread in the namespace panicked")),
        })
    }
}

/// Some of the names in /run/netns, in a stable order.
fn names(skip: usize, most: usize) -> io::Result<Vec<String>> {
    let entries = match std::fs::read_dir(NAMED) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names = entries
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<io::Result<Vec<_>>>()?;
    names.sort_unstable();
    Ok(names.into_iter().skip(skip).take(most).collect())
}

/// Restricts a socket to messages of these types, for all its holders.
fn narrow(socket: &Socket, kinds: &[u16]) -> io::Result<()> {
    datagram::attach_filter(socket.as_fd(), &filter::netlink(kinds))?;
    socket::lock_filter(socket.as_fd())
}

/// Sends one message and returns the answer.
pub(super) fn exchange(socket: &Socket, message: &[u8]) -> io::Result<Vec<u8>> {
    socket.send(message, 0)?;
    let mut answer = Vec::with_capacity(LARGEST);
    socket.recv(&mut answer, 0)?;
    Ok(answer)
}

/// The request makes no sense.
pub(super) fn malformed() -> io::Error {
    io::Error::from_raw_os_error(libc::EINVAL)
}

/// Another request was permitted.
fn refused() -> io::Error {
    io::Error::from_raw_os_error(libc::EACCES)
}

/// Opens a namespace by its name in /run/netns only.
fn open(name: &str) -> io::Result<File> {
    if !is_namespace_name(name) {
        return Err(malformed());
    }
    file::open_own(&Path::new(NAMED).join(name))
}
