//! The library for capabilities: the state of one run, the shared types of the contract, streams, remote sets, and the
//! limits on what a plugin may use.
//!
//! Each capability is a separate crate in its own folder. It depends on this crate and on the layers below, and on no
//! other capability.

// The derive macro names this crate, in this crate too.
extern crate self as nethost_kit;

mod bindings;

pub mod component_stream;
pub mod console;
mod context;
mod datagram_socket;
mod exceeded;
mod interface;
pub mod limits;
pub mod lookup;
pub mod memory;
pub mod recorded;
pub mod remote_set;
pub mod signals;
pub mod standard;
pub mod stream;
pub mod types;

/// The types generated from wit/types.wit.
pub use bindings::nethost::cap::types as wit;
pub use context::{Access, Context};
pub use interface::HostInterface;
