//! A tool of this build that another tool runs, such as what watch(1) shows again and again.
//!
//! Threat: a plugin that reaches through another tool what its own policy denies, or that chooses the words of a command
//! line itself. So each tool is a request with its name; a plugin names only where in the operator's words a command
//! line begins; and the tool runs with its own policy and records, in a process of its own that this one neither starts
//! nor controls. A tool that runs tools cannot be run by one.
//!
//! Privilege: none. The launcher starts the tool; it is a process of the operator's, outside of the sandbox, which takes
//! orders from the broker alone.

mod bindings;
mod host;
mod service;
mod sys;
#[cfg(test)]
mod tests;

use crate::bindings::nethost::cap::tools;
pub use nethost_broker::capabilities::tools::ToolRun;
use nethost_core::Declared;
use nethost_kit::{Access, HostInterface};

/// The interface for the runner's linker, the broker and the documentation.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/tools",
    requests: &[Declared::of::<ToolRun>()],
    privilege: "none",
    reads: &[],
    add_to_linker: |linker| tools::add_to_linker::<_, Access>(linker, |run| run),
};
