//! What the generated code of the capabilities uses in place of `wasmtime`: the same engine with another
//! [`Linker`](component::Linker), which can record each call and its answer, or answer a call from a record.
//!
//! Without a record, a call costs one comparison more.

mod linker;
mod streams;
mod tape;
mod values;

pub use nethost_record_derive::Recorded;
pub use serde_json::Value;
pub use wasmtime::*;

pub use streams::{Noted, Streams};
pub use tape::{Damaged, Stuck, Tape, Taped};
pub use values::{FromRecord, Malformed, ToRecord, case, field, named, record};

/// `wasmtime::component` with the other linker.
pub mod component {
    pub use super::linker::{Linker, LinkerInstance};
    pub use wasmtime::component::*;
}
