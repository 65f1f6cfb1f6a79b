//! Decides about processes and counters, and reads them.

use std::fs::File;
use std::sync::Arc;

use super::{CountersRead, ProcessRead, sys};
use crate::bindings::nethost::cap::procfs as wit;
use nethost_broker::{Broker, MOST_SOCKETS, counters};
use nethost_core::{ObjectName, Request, Target};
use nethost_gate::{Gate, Permit};
use nethost_kit::types::{ErrorCode, invalid};

/// Whose processes, as a target.
pub(super) fn owner(of: &wit::Owner) -> Result<Target, ErrorCode> {
    match of {
        wit::Owner::Own => Ok(Target::Local("own")),
        wit::Owner::All => Ok(Target::Local("all")),
        wit::Owner::User(user) => ObjectName::new(&format!("uid-{user}"))
            .map(Target::Object)
            .ok_or(ErrorCode::InvalidState),
    }
}

/// Who has these sockets open.
pub(super) fn socket_owners(
    gate: &Arc<Gate>,
    broker: &Broker,
    of: wit::Owner,
    inodes: &[u64],
    extent: wit::Extent,
) -> Result<wit::SocketOwners, ErrorCode> {
    if inodes.len() > MOST_SOCKETS {
        return Err(invalid("too many inodes"));
    }
    let permit: Permit<ProcessRead> =
        gate.authorize(Request::new("find-socket-owners", owner(&of)?))?;
    let every = matches!(extent, wit::Extent::Every);
    let found = broker
        .socket_owners(&permit, inodes, every)
        .inspect_err(|error| permit.failed(error))?;
    let size = size_of_val(&*found.owners) + size_of_val(&*found.processes);
    permit.may_receive(size)?;
    permit.count_received(size);
    Ok(wit::SocketOwners {
        owners: found
            .owners
            .into_iter()
            .map(|one| wit::SocketOwner {
                inode: one.inode,
                owner: one.owner,
                descriptor: one.descriptor,
            })
            .collect(),
        processes: found
            .processes
            .into_iter()
            .map(|one| wit::OwningProcess {
                process: one.process,
                user: one.user,
                command: one.command,
            })
            .collect(),
        unreadable: found.unreadable,
        truncated: found.truncated,
    })
}

/// An open file of counters.
pub struct CounterFile {
    file: File,
    permit: Permit<CountersRead>,
}

impl CounterFile {
    pub(super) fn open(gate: &Arc<Gate>, broker: &Broker, name: &str) -> Result<Self, ErrorCode> {
        let target = counters::target(name).ok_or_else(|| invalid("no name of counters"))?;
        let permit = gate.authorize(Request::new("counter-file.open", target))?;
        let file = broker
            .open_counters(&permit)
            .inspect_err(|error| permit.failed(error))?;
        Ok(Self { file, permit })
    }

    pub(super) fn read(&self) -> Result<Vec<u8>, ErrorCode> {
        let bytes = sys::read(&self.permit, &self.file)?;
        self.permit.may_receive(bytes.len())?;
        self.permit.count_received(bytes.len());
        Ok(bytes)
    }
}
