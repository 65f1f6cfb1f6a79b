//! nethost: network tools as sandboxed WebAssembly components behind one gate and one audit log.

pub mod audit;
pub mod bindings;
pub mod broker;
pub mod capability;
pub mod cli;
pub mod console;
pub mod core;
pub mod datagram;
pub mod gate;
#[cfg(test)]
mod generated;
mod home;
pub mod limits;
pub mod linker;
pub mod lockdown;
pub mod lookup;
pub mod memory;
pub mod output;
pub(crate) mod owned_path;
pub mod plugin;
pub mod policy;
mod regular;
pub mod signals;
pub mod store;
pub mod stream;
mod sys;
pub mod text;
pub mod timer;
mod wasi;
