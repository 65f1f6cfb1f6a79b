//! Facts about a socket that was opened.

use std::net::IpAddr;
use std::os::fd::OwnedFd;

use serde::{Deserialize, Serialize};

/// A socket that was opened.
#[derive(Debug)]
pub struct OpenedSocket {
    /// The socket.
    pub fd: OwnedFd,
    /// The facts about it.
    pub facts: SocketFacts,
}

/// The facts about an opened socket.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct SocketFacts {
    /// The time just before connect(2), in nanoseconds since 1970, if the socket connects.
    pub dialled: u64,
    /// Whether it is a socket of raw(7).
    pub raw: bool,
    /// The identifier of its echo requests.
    pub identifier: u16,
    /// It can send to its remote without the broker, and to no other address.
    pub connected: bool,
    /// Its remote is a multicast group, whose members reply from their own addresses.
    pub group: bool,
    /// The source address of packets to its remote, if it is known.
    pub source: Option<IpAddr>,
}

/// The peer, as of the time when it connected or listened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnixCredentials {
    /// The process; 0 for a process that is not visible to this one.
    pub process: u32,
    /// User.
    pub user: u32,
    /// Group.
    pub group: u32,
}
