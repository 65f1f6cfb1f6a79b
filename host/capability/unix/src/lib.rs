//! Sockets of this machine (unix(7)): connections that carry bytes, datagrams and packets in sequence, by path or by
//! abstract name.
//!
//! Threat: a plugin that talks to a service which trusts whoever reaches its socket, such as docker's; that pretends to
//! be a service; or that leaves files behind. So the path passes the gate as a file's does, and its links are followed
//! before; the broker connects and binds with the user's rights and no others; who connects is on record; and a
//! socket's file goes when the run ends, unless it is to stay. What a peer passes along beside bytes, such as
//! descriptors (SCM_RIGHTS), is not received.
//!
//! Privilege: none; the operator's own permissions.

mod bindings;
mod host;
mod message;
mod service;
mod sys;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::bindings::nethost::cap::unix;
pub use nethost_broker::capabilities::unix::{UnixConnect, UnixListen};
use nethost_core::Declared;
use nethost_kit::{Access, HostInterface};

pub use message::MessageSocket;
pub use service::{Connection, Listener};

/// How the table of a run holds one; calls that wait hold it too.
pub type ListenerHandle = Arc<Listener>;
/// The same.
pub type MessageHandle = Arc<MessageSocket>;

/// What the runner links, and what the broker and the documentation know of it.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/unix",
    requests: &[Declared::of::<UnixConnect>(), Declared::of::<UnixListen>()],
    privilege: "none",
    reads: &[],
    add_to_linker: |linker| unix::add_to_linker::<_, Access>(linker, |run| run),
};
