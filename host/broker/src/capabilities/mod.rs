//! The requests of each capability: one file per capability, with its requests and the code that its operations
//! share. The crates of the capabilities use these types, so a broker that links none of these crates knows all
//! requests. build.rs lists this folder.

use nethost_core::Declared;
#[cfg(test)]
use nethost_core::Request;

include!(concat!(env!("OUT_DIR"), "/capabilities.rs"));
