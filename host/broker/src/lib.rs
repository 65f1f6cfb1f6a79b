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
mod client;
pub mod counters;
mod daemon;
mod echo;
mod facts;
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
mod operations;
mod peer;
mod printable;
mod process;
mod process_list;
mod processes;
mod real_paths;
mod receive_filter;
mod relay;
mod saved_terminal;
mod sealed;
mod serve;
mod set_filter;
mod set_socket;
mod socket;
mod socket_owners;
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

pub use capabilities::CAPABILITIES;
pub use client::{Broker, NamespaceName, ServerAccess};
pub use daemon::{Most, attend, serve, serve_starter};
pub use facts::{OpenedSocket, SocketFacts};
pub use incremental_client::{IncrementalSocket, is_anonymous};
pub use link::{ConnectError, GONE, Link};
pub use listen::{Error as ListenError, Listener};
pub use netlink::NamedNamespace;
pub use operations::send_packets::Packets;
pub use operations::send_to_members::MemberPackets;
pub use peer::Peer;
pub use process::{RUN, start, start_program};
pub use process_list::{
    FileKinds, FilePlace, FileStatus, ListedProcess, MOST_PROCESSES, ProcessFile,
};
pub use real_paths::real_paths;
pub use receive_filter::{ReceiveFilter, is_same};
pub use saved_terminal::restore as restore_terminal;
pub use serve::Session;
pub use set_socket::{HEAD, Head};
pub use socket_owners::{MOST_SOCKETS, OwningProcess, SocketOwner, SocketOwners};
pub use sockets::OutgoingPacket;
pub use state::State;
pub use wire::MAX_MESSAGE;
pub use wire::{Granted, Hello};
