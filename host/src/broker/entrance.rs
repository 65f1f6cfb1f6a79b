//! Whose datagrams a socket that is opened step by step lets in. Both processes know it of each: the broker, whose
//! filter it is, and the one with the plugin, to ask for no more than it needs.

use std::net::SocketAddr;

/// Whose datagrams come in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Entrance {
    /// Nobody's, before there is a remote.
    #[default]
    Nobodys,
    /// Of others arrives that they came, without what they say.
    Of(SocketAddr),
    /// Everybody's: which of them the plugin may have is for the room to see to.
    Everybodys,
}

impl Entrance {
    /// As it is when this remote is let in too. Members of a group answer with their own addresses.
    pub fn with(self, remote: SocketAddr) -> Self {
        match self {
            Self::Nobodys if !remote.ip().is_multicast() => Self::Of(remote),
            Self::Of(one) if is_same(one, remote) => self,
            _ => Self::Everybodys,
        }
    }

    /// Whether what this remote says comes in.
    pub fn is_open_to(self, remote: SocketAddr) -> bool {
        match self {
            Self::Nobodys => false,
            Self::Of(one) => is_same(one, remote),
            Self::Everybodys => true,
        }
    }
}

/// Whether two addresses are one's: flows and zones are the kernel's notes.
pub fn is_same(one: SocketAddr, other: SocketAddr) -> bool {
    (one.ip(), one.port()) == (other.ip(), other.port())
}
