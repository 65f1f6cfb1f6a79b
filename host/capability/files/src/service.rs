//! Validates paths and asks the gate; reads a whole file, the names in a folder, or what is at a path.

use std::os::unix::fs::MetadataExt;
use std::sync::Arc;

use super::sys;
use crate::bindings::nethost::cap::files::{FileFacts, FileIdentity, FileKind, Walk};
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

/// Which file is at a path, and which are below it.
pub(super) fn identify(
    gate: &Arc<Gate>,
    broker: &Broker,
    path: &str,
    walk: Walk,
) -> Result<Vec<FileIdentity>, ErrorCode> {
    let walk = nethost_broker::Walk {
        entries: walk.contains(Walk::ENTRIES),
        tree: walk.contains(Walk::TREE),
        file_systems: walk.contains(Walk::FILE_SYSTEMS),
        links: walk.contains(Walk::LINKS),
    };
    let found = sys::identify(permit(gate, broker, "identify", path)?, broker, walk)?;
    let identity = |one: nethost_broker::FileIdentity| FileIdentity {
        path: one.path,
        folder: one.folder,
        device: one.device,
        inode: one.inode,
        special: one.special,
        problem: one.problem,
    };
    Ok(found.into_iter().map(identity).collect())
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
