//! What each capability asks for at the gate: one file for each, with its requests and what its operations share. The
//! crates of the capabilities use these types, and a broker that links none of those crates knows all requests. build.rs
//! reads this folder.

use nethost_core::Declared;
#[cfg(test)]
use nethost_core::Request;

include!(concat!(env!("OUT_DIR"), "/capabilities.rs"));
