//! The sockets of this machine: lists of them, news of those that close, and the end of one.
//!
//! Threat: a plugin that learns who talks to whom, or cuts connections. So reading is a request for each protocol, and
//! ending a socket is another, which names the remote and whose record has both ends. Lists pass from the kernel to the
//! runner without keys (TCP-MD5), and the conversation with the kernel stays in the broker, so that a runner which was
//! taken over can ask for no other protocol.
//!
//! Privilege: none to list; marks and programs of packet sockets are told only who has CAP_NET_ADMIN, and not to other
//! users of a service. CAP_NET_ADMIN to end a socket; CAP_SYS_ADMIN to enter another network namespace.

mod bindings;
mod closings;
mod host;
mod service;
mod sys;
#[cfg(test)]
mod tests;

use crate::bindings::nethost::cap::sock_diag;
pub use nethost_broker::capabilities::netlink::NetnsRead;
pub use nethost_broker::capabilities::sock_diag::{SocketsDestroy, SocketsRead};
use nethost_core::Declared;
use nethost_kit::{Access, HostInterface};

pub use closings::Watch;
pub use service::{Listing, Namespace, TableReader};

/// The interface for the runner's linker, the broker and the documentation.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/sock-diag",
    requests: &[
        Declared::of::<SocketsRead>(),
        Declared::of::<SocketsDestroy>(),
        Declared::of::<NetnsRead>(),
    ],
    privilege: "CAP_NET_ADMIN to end sockets; CAP_SYS_ADMIN for other namespaces",
    reads: &[],
    add_to_linker: |linker| sock_diag::add_to_linker::<_, Access>(linker, |run| run),
};
