//! The description of a WIT interface that the host offers.

use crate::Context;
use crate::recorded::component::Linker;
use nethost_core::Declared;

/// An interface, as the linker, the policy parser and the documentation use it.
pub struct HostInterface {
    /// The name, without the version.
    pub name: &'static str,
    /// The requests that it makes at the gate.
    pub requests: &'static [Declared],
    /// The Linux privilege that its operations need, for `nethost inspect` and the documentation.
    pub privilege: &'static str,
    /// The files that it reads itself. The broker opens the files that a plugin names.
    pub reads: &'static [&'static str],
    /// Adds the interface to the linker of a component.
    pub add_to_linker: fn(&mut Linker<Context>) -> wasmtime::Result<()>,
}
