//! What is known of a socket that was opened.

use std::net::IpAddr;
use std::os::fd::OwnedFd;

use serde::{Deserialize, Serialize};

/// A socket that was opened.
#[derive(Debug)]
pub struct OpenedSocket {
    /// The socket.
    pub fd: OwnedFd,
    /// What is to know about it.
    pub facts: SocketFacts,
}

/// What is to know about a socket that was opened.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct SocketFacts {
    /// Just before connect(2), in nanoseconds since 1970, if it connects.
    pub dialled: u64,
    /// It is one of raw(7).
    pub raw: bool,
    /// The identifier of its echo requests.
    pub identifier: u16,
    /// It sends to its remote itself, and nowhere else.
    pub connected: bool,
    /// Its remote is a group, whose members answer with their own addresses.
    pub group: bool,
    /// The address that packets to its remote leave with, where that was found out on the way.
    pub source: Option<IpAddr>,
}

/// Who is at the other end, as of when it connected or listened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnixCredentials {
    /// Process; 0 for one that this process cannot see.
    pub process: u32,
    /// User.
    pub user: u32,
    /// Group.
    pub group: u32,
}
