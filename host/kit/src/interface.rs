//! One WIT interface that the host offers.

use wasmtime::component::Linker;

use crate::Context;
use nethost_core::Declared;

/// An interface, as the linker, the policy reader and the documentation see it.
pub struct HostInterface {
    /// Its name, without the version.
    pub name: &'static str,
    /// The requests that it raises at the gate.
    pub requests: &'static [Declared],
    /// The Linux privilege that its acts need, for `nethost inspect` and the documentation.
    pub privilege: &'static str,
    /// The files that it reads itself. What a plugin asks for by name is opened by the broker.
    pub reads: &'static [&'static str],
    /// Offers the interface to a component.
    pub add_to_linker: fn(&mut Linker<Context>) -> wasmtime::Result<()>,
}
