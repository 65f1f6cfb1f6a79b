//! Decides about processes and counters, and reads them.

use std::fs::File;
use std::sync::Arc;

use super::{CountersRead, NetnsRead, ProcessRead, sys};
use crate::bindings::nethost::cap::procfs as wit;
use nethost_broker::capabilities::procfs::CONTROL_GROUPS;
use nethost_broker::{Broker, MOST_SOCKETS, OwnerExtent, counters};
use nethost_core::{ObjectName, Request, Target};
use nethost_gate::{Gate, Permit};
use nethost_kit::types::{ErrorCode, invalid};
use nethost_netlink::change::check_namespace_name;

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
    let extent = match extent {
        wit::Extent::First => OwnerExtent::First,
        wit::Extent::Every => OwnerExtent::Every,
        wit::Extent::Threads => OwnerExtent::Threads,
    };
    let found = broker
        .socket_owners(&permit, inodes, extent)
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
                thread: one.thread,
                user: one.user,
                command: one.command,
            })
            .collect(),
        unreadable: found.unreadable,
        truncated: found.truncated,
    })
}

/// A permit to look into the network namespace of this name, which the broker has opened.
fn enter(
    gate: &Arc<Gate>,
    broker: &Broker,
    op: &'static str,
    name: &str,
) -> Result<Permit<NetnsRead>, ErrorCode> {
    check_namespace_name(name).map_err(|error| invalid(error.to_string()))?;
    let target = ObjectName::new(name).map(Target::Object);
    let target = target.ok_or(ErrorCode::NotFound)?;
    let permit = gate.authorize(Request::new(op, target))?;
    let opened = broker.open_namespace(&permit);
    opened.inspect_err(|error| permit.failed(error))?;
    Ok(permit)
}

/// The control groups, and the folder where they are mounted.
pub(super) fn control_groups(
    gate: &Arc<Gate>,
    broker: &Broker,
) -> Result<(String, Vec<wit::ControlGroup>), ErrorCode> {
    let target = Target::Local(CONTROL_GROUPS);
    let permit: Permit<CountersRead> = gate.authorize(Request::new("control-groups", target))?;
    let found = broker.control_groups(&permit);
    let (folder, groups) = found.inspect_err(|error| permit.failed(error))?;
    let paths: usize = groups.iter().map(|group| group.path.len()).sum();
    let size = paths + size_of_val(&*groups);
    permit.may_receive(size)?;
    permit.count_received(size);
    let groups = groups.into_iter().map(|group| wit::ControlGroup {
        id: group.id,
        path: group.path,
    });
    Ok((folder, groups.collect()))
}

/// An open file of counters.
pub struct CounterFile {
    file: File,
    permit: Permit<CountersRead>,
    /// The permit to access another namespace than that of this process.
    _other: Option<Permit<NetnsRead>>,
}

impl CounterFile {
    pub(super) fn open(
        gate: &Arc<Gate>,
        broker: &Broker,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Self, ErrorCode> {
        let target = counters::target(name).ok_or_else(|| invalid("no name of counters"))?;
        let op = match namespace {
            None => "counter-file.open",
            Some(_) => "counter-file.open-in",
        };
        let other = match namespace {
            None => None,
            Some(namespace) => Some(enter(gate, broker, op, namespace)?),
        };
        let permit = gate.authorize(Request::new(op, target).in_namespace(namespace))?;
        let file = broker
            .open_counters(&permit)
            .inspect_err(|error| permit.failed(error))?;
        Ok(Self {
            file,
            permit,
            _other: other,
        })
    }

    pub(super) fn read(&self) -> Result<Vec<u8>, ErrorCode> {
        let bytes = sys::read(&self.permit, &self.file)?;
        self.permit.may_receive(bytes.len())?;
        self.permit.count_received(bytes.len());
        Ok(bytes)
    }
}
