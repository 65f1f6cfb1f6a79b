//! What a room asks of the gate.

use crate::core::{Interface, Target};

/// A kind of request, such as sending echo requests. Each room declares its own.
pub trait Capability: Send + Sync + 'static {
    /// The name that policies and audit records use.
    const NAME: &'static str;
}

/// One thing that a plugin wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The WIT function that raised it, such as `echo-socket.open`.
    pub op: &'static str,
    /// Whom or what it touches.
    pub target: Target,
    /// The network interface it is bound to, if it names one.
    pub interface: Option<Interface>,
    /// What a write would change, for the record: each field with its new value.
    pub changes: Vec<(&'static str, String)>,
}

impl Request {
    /// A request that is bound to no interface and changes nothing.
    pub fn new(op: &'static str, target: Target) -> Self {
        Self {
            op,
            target,
            interface: None,
            changes: Vec::new(),
        }
    }

    /// The same on this network interface.
    #[must_use]
    pub fn on_interface(mut self, interface: Option<Interface>) -> Self {
        self.interface = interface;
        self
    }

    /// The same, changing these fields.
    #[must_use]
    pub fn changing(mut self, changes: Vec<(&'static str, String)>) -> Self {
        self.changes = changes;
        self
    }
}
