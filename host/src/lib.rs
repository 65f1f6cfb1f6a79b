//! nethost: network tools as sandboxed WebAssembly components behind one gate and one audit log.

pub mod bindings;
pub mod capability;
pub mod cli;
pub mod console;
pub mod limits;
pub mod linker;
pub mod lockdown;
pub mod lookup;
pub mod memory;
pub mod plugin;
pub mod signals;
pub mod store;
pub mod stream;
mod wasi;
