//! Validates paths and asks the gate; reads a whole file, the names in a folder, or what is at a path.

use std::os::unix::fs::MetadataExt;
use std::sync::Arc;

use super::sys;
use crate::bindings::nethost::cap::files::{FileFacts, FileKind};
use nethost_broker::Broker;
use nethost_core::home;
use nethost_core::{Capability, Request, Target};
use nethost_gate::{Gate, Permit};
use nethost_kit::types::{ErrorCode, invalid};

/// The maximum size of a file.
pub(super) const LARGEST: u64 = 64 << 20;

/// Reads a regular file.
pub(super) fn read(gate: &Arc<Gate>, broker: &Broker, path: &str) -> Result<Vec<u8>, ErrorCode> {
    sys::read(permit(gate, broker, "read", path)?, broker)
}

/// The names of the files in a folder.
pub(super) fn names(
    gate: &Arc<Gate>,
    broker: &Broker,
    path: &str,
) -> Result<Vec<String>, ErrorCode> {
    sys::names(permit(gate, broker, "names", path)?, broker)
}

/// What is at a path.
pub(super) fn facts(gate: &Arc<Gate>, broker: &Broker, path: &str) -> Result<FileFacts, ErrorCode> {
    let found = sys::facts(permit(gate, broker, "facts", path)?, broker)?;
    let kind = match (found.is_file(), found.is_dir()) {
        (true, _) => FileKind::Regular,
        (_, true) => FileKind::Folder,
        _ => FileKind::Other,
    };
    Ok(FileFacts {
        kind,
        size: if found.is_file() { found.len() } else { 0 },
        modified: found.mtime(),
    })
}

/// Asks the gate to do something with the file that a path leads to.
pub(super) fn permit<C: Capability>(
    gate: &Arc<Gate>,
    broker: &Broker,
    op: &'static str,
    path: &str,
) -> Result<Permit<C>, ErrorCode> {
    Ok(gate.authorize(request::<C>(broker, op, path)?)?)
}

/// The request about the file that a path leads to.
pub(super) fn request<C: Capability>(
    broker: &Broker,
    op: &'static str,
    path: &str,
) -> Result<Request, ErrorCode> {
    if path.is_empty() || path.contains('\0') {
        return Err(invalid("not a path"));
    }
    let path = broker.real_path(C::NAME, &home::expand(path))?;
    Ok(Request::new(op, Target::Path(path)))
}
