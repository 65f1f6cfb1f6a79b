//! Processes and counters of this machine (proc(5)): who owns a socket, which processes there are, what the network stack
//! has counted.
//!
//! Threat: a plugin that watches what others do on this machine, or reads secrets from /proc. So whose processes are read
//! is the target of a request, and files are not opened by path: each has a name in a list, or one that is derived and
//! leads below /proc/sys/net or to a fact about an interface. No request reads a command line, an environment or memory.
//! Names that others chose arrive as one printable field.
//!
//! Privilege: none but the operator's own permissions; CAP_SYS_ADMIN to enter another network namespace. The broker opens
//! and reads.

mod bindings;
mod host;
mod listing;
mod service;
mod sys;
#[cfg(test)]
mod tests;

use crate::bindings::nethost::cap::procfs;
pub use nethost_broker::capabilities::netlink::NetnsRead;
pub use nethost_broker::capabilities::procfs::{CountersRead, ProcessRead};
use nethost_core::Declared;
use nethost_kit::{Access, HostInterface};

pub use listing::ProcessListing;
pub use service::CounterFile;

/// What the runner links, and what the broker and the documentation know of it.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/procfs",
    requests: &[
        Declared::of::<ProcessRead>(),
        Declared::of::<CountersRead>(),
        Declared::of::<NetnsRead>(),
    ],
    privilege: "CAP_SYS_ADMIN for other namespaces",
    reads: &[],
    add_to_linker: |linker| procfs::add_to_linker::<_, Access>(linker, |run| run),
};
