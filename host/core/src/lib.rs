//! The types of requests, rules and records, each in one canonical form.
//!
//! A host, file or interface can be written in many ways. A rule about one spelling must apply to all of them, so
//! each kind has a type that can only be created in canonical form, from a request and from the pattern of a rule
//! alike. What has no canonical form is refused when it is parsed. This crate depends on no other crate of the host.

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
mod other_links;
pub mod output;
pub mod owned_path;
pub mod path;
mod public_key;
pub mod quantity;
mod recorder;
pub mod regular;
mod replace;
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
pub use event::{Access, Claim, Event, Exception, Outcome, Part, Reported, Totals};
pub use interface::{Interface, InterfaceBy};
pub use name::{HostName, ResolvedName};
pub use object::ObjectName;
pub use other_links::{is_other_link, link_field, shown_link};
pub use path::AbsolutePath;
pub use public_key::{NoPublicKey, PUBLIC_KEY, public_key};
pub use recorder::{Authority, RecordError, Recorder};
pub use replace::replace;
pub use request::{Capability, Declared, FORCED, Request, RequestPart, TargetKind};
pub use set::{BadSet, TargetSet};
pub use socket::{SocketKind, SocketOption, SocketRequest};
pub use sync_mode::SyncMode;
pub use target::Target;
pub use user::{Listed, User, UserPattern};
