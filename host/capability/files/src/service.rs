//! Reads a whole file, or the names in a folder.

use std::sync::Arc;

use super::{FileRead, sys};
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

fn permit(
    gate: &Arc<Gate>,
    broker: &Broker,
    op: &'static str,
    path: &str,
) -> Result<Permit<FileRead>, ErrorCode> {
    if path.is_empty() || path.contains('\0') {
        return Err(invalid("not a path"));
    }
    let path = broker.real_path(FileRead::NAME, &home::expand(path))?;
    Ok(gate.authorize(Request::new(op, Target::Path(path)))?)
}
