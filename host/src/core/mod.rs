//! What requests and rules are about, each kind of thing in one canonical form.
//!
//! One host, file or interface can be written in many ways. A rule about one spelling must hold for all of
//! them, so each kind has a type here that can only be made in its canonical form, from a request and from a
//! rule's pattern alike. What has no canonical form is refused where it comes in. This module depends on no
//! other of the host.

pub mod address;
pub mod embedded;
pub mod file;
#[cfg(test)]
pub(crate) mod form;
pub mod hosts;
pub mod interface;
pub mod name;
pub mod object;
pub mod path;
pub mod set;
pub mod target;

pub use address::{CanonicalAddr, CanonicalNet};
pub use interface::Interface;
pub use name::{HostName, ResolvedName};
pub use object::ObjectName;
pub use path::AbsolutePath;
pub use set::{BadSet, TargetSet};
pub use target::Target;
