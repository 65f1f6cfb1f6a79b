//! Reading a file whole.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{FileRead, sys};
use crate::broker::Broker;
use crate::capability::types::{ErrorCode, invalid};
use crate::gate::{Gate, Permit, Request, Target};

/// The most that is handed out at once.
pub(super) const LARGEST: u64 = 64 << 20;

/// Reads a regular file.
pub(super) fn read(gate: &Arc<Gate>, broker: &Broker, path: &str) -> Result<Vec<u8>, ErrorCode> {
    if path.is_empty() || path.contains('\0') {
        return Err(invalid("not a path"));
    }
    let request = Request::new("read", Target::Path(PathBuf::from(path)));
    let permit: Permit<FileRead> = gate.authorize(request)?;
    sys::read(permit, broker, Path::new(path))
}
