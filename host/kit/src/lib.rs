//! What every capability is built on: the state of one run, the contract's shared types, streams, sockets with many
//! remotes, and the bounds on what a plugin may use.
//!
//! A capability is a crate of its own in a folder of its own. It depends on this crate and on the layers below,
//! and on no other capability.

mod bindings;

pub mod component_stream;
pub mod console;
mod context;
mod exceeded;
mod interface;
pub mod limits;
pub mod lookup;
pub mod memory;
pub mod remote_set;
pub mod signals;
pub mod stream;
pub mod types;

/// wit/types.wit, as generated.
pub use bindings::nethost::cap::types as wit;
pub use context::{Access, Context};
pub use interface::HostInterface;
