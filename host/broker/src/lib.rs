//! The only code that uses privileges of the machine: one typed request for each operation.
//!
//! A run has two processes. The runner gives up all privileges before the plugin's first instruction. The broker
//! keeps them, and has neither engine nor plugin. They communicate over a channel of typed messages. The broker has
//! its own gate: it decides each request again, writes the audit log, and acts only under a permit that it granted
//! itself. So a plugin that takes over the runner gains nothing by sending false messages.
//!
//! A [`Session`] contains the list of capabilities. This crate has none of their code, and links no engine.

pub mod capabilities;
mod channel;
mod client;
mod control_groups;
pub mod counters;
mod daemon;
mod echo;
mod echo_filter;
mod facts;
mod fdinfo;
mod file;
pub mod file_change;
mod file_identity;
mod filter;
mod filter_compiler;
mod incremental;
mod incremental_client;
mod inquiry;
mod interner;
mod launcher;
mod link;
mod listen;
mod name_servers;
mod namespace_name;
mod namespace_process;
mod netlink;
mod operation;
mod operations;
mod packet;
mod packet_rule;
pub mod packet_socket;
mod peer;
mod printable;
mod process;
mod process_files;
mod process_list;
mod processes;
mod real_paths;
mod receive_filter;
mod relay;
mod saved_terminal;
mod scan_filter;
mod scan_socket;
mod scopes;
mod sealed;
mod serve;
mod set_filter;
mod set_socket;
mod sock_diag;
mod socket;
mod socket_owners;
mod sockets;
mod state;
mod sys;
#[cfg(test)]
mod tests;
mod tool_command;
mod undo_journal;
mod undo_kernel;
mod undo_place;
mod undo_recovery;
mod user_process;
mod watched;
mod wire;

pub use capabilities::CAPABILITIES;
pub use client::{Broker, NamespaceName, ServerAccess};
pub use control_groups::ControlGroup;
pub use daemon::{Limits, attend, serve, serve_starter};

pub use facts::{OpenedSocket, SocketFacts};
pub use fdinfo::KernelObject;
pub use file_identity::{FileIdentity, Walk};
pub use filter_compiler::{FilterSource, PacketOrigin, try_out as try_filter_compiler};
pub use incremental_client::{IncrementalSocket, is_anonymous};
pub use launcher::{Launch, start as start_launcher};
pub use link::{ConnectError, GONE, Link};
pub use listen::{Error as ListenError, Listener};
pub use netlink::NamedNamespace;
pub use operations::finish_tool::ToolExit;
pub use operations::member_sources::SOURCES_AT_ONCE;
pub use operations::replace_file::LARGEST_REPLACED;
pub use operations::send_link_packets::{LinkPacket, LinkPackets};
pub use operations::send_packets::Packets;
pub use operations::send_to_members::MemberPackets;
pub use operations::start_tool::NotStarted;
pub use packet_rule::{BadPacket, Claim, PacketRule, flow};
pub use packet_socket::CaptureSetup;
pub use peer::Peer;
pub use process::{RUN, close_inherited, start, start_program};
pub use process_files::{FilePlace, FileStatus, ProcessFile};
pub use process_list::{FileKinds, ListedProcess, MOST_PROCESSES};
pub use real_paths::real_paths;
pub use receive_filter::{ReceiveFilter, is_same};
pub use saved_terminal::restore as restore_terminal;
pub use scopes::{Journals, UndoneChange};
pub use serve::Session;
pub use set_socket::{HEAD, Head};
pub use sock_diag::SocketBatch;
pub use socket_owners::{MOST_SOCKETS, OwnerExtent, OwningProcess, SocketOwner, SocketOwners};
pub use sockets::OutgoingPacket;
pub use state::State;
pub use tool_command::{CommandError, tool_command};
pub use undo_recovery::{has_journals, recover};
pub use wire::MAX_MESSAGE;
pub use wire::{Granted, Hello};
