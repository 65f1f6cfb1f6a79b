//! What requests, rules and records are about, each kind of thing in one canonical form.
//!
//! One host, file or interface can be written in many ways. A rule about one spelling must hold for all of
//! them, so each kind has a type here that can only be made in its canonical form, from a request and from a
//! rule's pattern alike. What has no canonical form is refused where it comes in. This crate depends on no
//! other of the host.

pub mod address;
mod digest;
pub mod embedded;
pub mod event;
pub mod file;
#[doc(hidden)]
pub mod form;
#[doc(hidden)]
pub mod generated;
pub mod home;
pub mod hosts;
pub mod interface;
pub mod name;
pub mod object;
pub mod output;
pub mod owned_path;
pub mod path;
pub mod quantity;
mod recorder;
pub mod regular;
mod request;
pub mod scoped_addr;
pub mod set;
mod socket;
mod sync_mode;
pub mod system_error;
pub mod target;
pub mod text;
mod user;

pub use address::{CanonicalAddr, CanonicalNet};
pub use digest::digest;
pub use event::{Access, Claim, Event, Exception, Outcome, Part, Totals};
pub use interface::{Interface, InterfaceBy};
pub use name::{HostName, ResolvedName};
pub use object::ObjectName;
pub use path::AbsolutePath;
pub use recorder::{Authority, RecordError, Recorder};
pub use request::{Capability, Declared, Request, RequestPart, TargetKind};
pub use set::{BadSet, TargetSet};
pub use socket::{SocketKind, SocketOption, SocketRequest};
pub use sync_mode::SyncMode;
pub use target::Target;
pub use user::{Listed, User, UserPattern};
