//! The runner: the process with the plugin. It loads a component, gives up all privileges, links the component with
//! what it imports, and runs it.

mod bindings;
pub mod capabilities;
pub mod execution;
pub mod linker;
pub mod lockdown;
pub mod plugin;
mod poll;
pub mod replay;
pub mod sources;
mod wasi;
