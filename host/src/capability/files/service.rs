//! Reading a file whole.

use std::sync::Arc;

use super::{FileRead, sys};
use crate::broker::Broker;
use crate::capability::types::{ErrorCode, invalid};
use crate::gate::{Gate, Permit, Request, Target};
use crate::home;

/// The most that is handed out at once.
pub(super) const LARGEST: u64 = 64 << 20;

/// Reads a regular file.
pub(super) fn read(gate: &Arc<Gate>, broker: &Broker, path: &str) -> Result<Vec<u8>, ErrorCode> {
    if path.is_empty() || path.contains('\0') {
        return Err(invalid("not a path"));
    }
    let path = home::expand(path);
    let permit: Permit<FileRead> =
        gate.authorize(Request::new("read", Target::Path(path.clone())))?;
    sys::read(permit, broker, &path)
}
