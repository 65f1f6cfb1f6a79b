//! Sockets of the machine: what the kernel tells of them (sock_diag(7)), batch by batch. The conversation stays here: the
//! runner gets the answers alone, so it can ask for nothing but what was permitted.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use nethost_net::datagram;
use netlink_sys::{Socket, protocols::NETLINK_SOCK_DIAG};
use rustix::event::epoll;
use serde::{Deserialize, Serialize};

use super::netlink::{LARGEST, NetNamespace};
use super::state::Kept;
use nethost_netlink::sock_diag::{self, SocketProtocol, SocketQuery};

/// Some sockets.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct SocketBatch {
    /// The messages of the kernel.
    #[serde(with = "serde_bytes")]
    pub messages: Vec<u8>,
    /// The list changed meanwhile.
    pub interrupted: bool,
    /// There are no more.
    pub last: bool,
}

/// The tables of sockets in /proc/net, and the protocol of each.
pub(super) const TABLES: &[(&str, SocketProtocol)] = &[
    ("raw", SocketProtocol::Raw),
    ("raw6", SocketProtocol::Raw),
    ("unix", SocketProtocol::Unix),
    ("packet", SocketProtocol::Packet),
    ("netlink", SocketProtocol::Netlink),
    ("udplite", SocketProtocol::Udplite),
    ("udplite6", SocketProtocol::Udplite),
    ("icmp", SocketProtocol::Ping),
    ("icmp6", SocketProtocol::Ping),
    ("sctp/eps", SocketProtocol::Sctp),
    ("sctp/assocs", SocketProtocol::Sctp),
    ("dccp", SocketProtocol::Dccp),
    ("dccp6", SocketProtocol::Dccp),
    ("tipc", SocketProtocol::Tipc),
];

/// What is kept of sockets that have closed, where it is allowed.
const LONGEST_QUEUE: libc::c_int = 8 << 20;

/// A list that the kernel is telling, or what it tells as it happens.
pub(super) struct SocketDump {
    socket: Socket,
    /// The user of the run may know what the kernel tells only the privileged.
    privileged: bool,
    /// Of UNIX domain sockets: those of nethost itself.
    own: Vec<u32>,
    over: bool,
}

impl Kept for SocketDump {
    /// The kernel has a batch ready, and each message is copied once.
    fn size(&self) -> usize {
        4 * LARGEST
    }
}

impl SocketDump {
    /// Asks.
    pub(super) fn begin(
        namespace: &NetNamespace,
        protocol: SocketProtocol,
        query: &SocketQuery,
        privileged: bool,
    ) -> io::Result<Self> {
        let message = sock_diag::query(protocol, query)
            .map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))?;
        if !privileged && sock_diag::asks_for_marks(&query.filter) {
            return Err(io::Error::from_raw_os_error(libc::EPERM));
        }
        let socket = namespace.speaking(NETLINK_SOCK_DIAG)?;
        socket.send(&message, 0)?;
        Ok(Self {
            socket,
            privileged,
            own: match protocol {
                SocketProtocol::Unix => own_sockets(),
                _ => Vec::new(),
            },
            over: false,
        })
    }

    /// Has the kernel tell of sockets of a protocol as they close. Returns what becomes readable when it has.
    pub(super) fn watch(
        namespace: &NetNamespace,
        protocol: SocketProtocol,
        privileged: bool,
    ) -> io::Result<(Self, OwnedFd)> {
        let groups = sock_diag::closing_groups(protocol);
        let groups = groups.ok_or_else(|| io::Error::from_raw_os_error(libc::EINVAL))?;
        let socket = namespace.speaking(NETLINK_SOCK_DIAG)?;
        // If this user may not have such a buffer, it is smaller.
        let _ = datagram::set_option(
            socket.as_fd(),
            libc::SOL_SOCKET,
            libc::SO_RCVBUFFORCE,
            LONGEST_QUEUE,
        );
        for group in groups {
            socket.add_membership(group)?;
        }
        // Whoever holds this can wait for the socket, but not read it.
        let readiness = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        epoll::add(
            &readiness,
            socket.as_fd(),
            epoll::EventData::new_u64(0),
            epoll::EventFlags::IN,
        )?;
        let watch = Self {
            socket,
            privileged,
            own: Vec::new(),
            over: false,
        };
        Ok((watch, readiness))
    }

    /// The next sockets. None at all where nothing is there yet.
    pub(super) fn next(&mut self) -> io::Result<SocketBatch> {
        let mut batch = SocketBatch {
            last: self.over,
            ..SocketBatch::default()
        };
        let mut buffer = Vec::with_capacity(LARGEST);
        // Two of the kernel's batches fit into one message of the channel.
        while !batch.last && batch.messages.len() < LARGEST {
            buffer.clear();
            match self.socket.recv(&mut buffer, libc::MSG_DONTWAIT) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => {
                    batch.interrupted = true;
                    continue;
                }
                Err(error) => return Err(error),
            }
            let taken = sock_diag::take(&buffer, self.privileged, &self.own, &mut batch.messages);
            batch.interrupted |= taken.interrupted;
            batch.last = taken.last;
            self.over |= taken.last;
            if let Some(errno) = taken.errno {
                return Err(io::Error::from_raw_os_error(errno));
            }
        }
        Ok(batch)
    }
}

/// The inodes of the sockets that this process has opened for itself, such as its channel to the runner. A socket that it
/// was started with, and what a user's own program would pass on, is none of them.
fn own_sockets() -> Vec<u32> {
    let mut own = Vec::new();
    for entry in std::fs::read_dir("/proc/self/fd").into_iter().flatten() {
        let Ok(entry) = entry else {
            continue;
        };
        let link = std::fs::read_link(entry.path()).unwrap_or_default();
        let inode = link.to_str().and_then(|link| {
            link.strip_prefix("socket:[")?
                .strip_suffix(']')?
                .parse()
                .ok()
        });
        let name = entry.file_name();
        let is_own = || {
            let info = std::fs::read_to_string(Path::new("/proc/self/fdinfo").join(&name));
            let info = info.unwrap_or_default();
            let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
            let flags = flags.and_then(|flags| i32::from_str_radix(flags.trim(), 8).ok());
            flags.is_some_and(|flags| flags & libc::O_CLOEXEC != 0)
        };
        if let Some(inode) = inode.filter(|_| is_own()) {
            own.push(inode);
        }
    }
    own
}
