//! A listing of processes, handed over part by part.

use std::sync::Arc;

use super::ProcessRead;
use super::service::owner;
use crate::bindings::nethost::cap::procfs as wit;
use nethost_broker::{
    Broker, FileKinds, FilePlace, KernelObject, ListedProcess, MOST_PROCESSES, ProcessFile,
};
use nethost_core::Request;
use nethost_gate::{Gate, Permit};
use nethost_kit::types::{ErrorCode, invalid};

/// What is left of a listing.
pub struct ProcessListing {
    processes: std::vec::IntoIter<ListedProcess>,
    permit: Permit<ProcessRead>,
}

impl ProcessListing {
    pub(super) fn open(
        gate: &Arc<Gate>,
        broker: &Broker,
        of: &wit::Owner,
        numbers: &[u32],
        kinds: wit::FileKinds,
    ) -> Result<Self, ErrorCode> {
        if numbers.len() > MOST_PROCESSES {
            return Err(invalid("too many processes"));
        }
        let permit: Permit<ProcessRead> =
            gate.authorize(Request::new("process-listing.open", owner(of)?))?;
        let processes = broker
            .processes(&permit, numbers, kinds_from(kinds))
            .inspect_err(|error| permit.failed(error))?;
        Ok(Self {
            processes: processes.into_iter(),
            permit,
        })
    }

    pub(super) fn next(&mut self, max: u32) -> Result<Vec<wit::ProcessEntry>, ErrorCode> {
        let some: Vec<_> = self.processes.by_ref().take(max as usize).collect();
        let size = some.iter().map(size).sum();
        self.permit.may_receive(size)?;
        self.permit.count_received(size);
        Ok(some.into_iter().map(entry_to).collect())
    }
}

/// About how many bytes it takes.
fn size(process: &ListedProcess) -> usize {
    let names: usize = process.files.iter().map(|file| file.name.len()).sum();
    size_of::<ListedProcess>() + process.files.len() * size_of::<ProcessFile>() + names
}

fn kinds_from(kinds: wit::FileKinds) -> FileKinds {
    FileKinds {
        current_directory: kinds.contains(wit::FileKinds::CURRENT_DIRECTORY),
        root_directory: kinds.contains(wit::FileKinds::ROOT_DIRECTORY),
        text: kinds.contains(wit::FileKinds::TEXT),
        mapped: kinds.contains(wit::FileKinds::MAPPED),
        descriptors: kinds.contains(wit::FileKinds::DESCRIPTORS),
        sockets: kinds.contains(wit::FileKinds::SOCKETS),
        positions: kinds.contains(wit::FileKinds::POSITIONS),
        threads: kinds.contains(wit::FileKinds::THREADS),
    }
}

fn entry_to(process: ListedProcess) -> wit::ProcessEntry {
    wit::ProcessEntry {
        facts: wit::Process {
            process: process.process,
            parent: process.parent,
            group: process.group,
            session: process.session,
            user: process.user,
            command: process.command,
            state: process.state,
            threads: process.threads,
            started: process.started,
        },
        thread: process
            .thread
            .map(|(thread, name)| wit::Thread { thread, name }),
        files: process.files.into_iter().map(file_to).collect(),
        problem: process.problem,
    }
}

fn file_to(file: ProcessFile) -> wit::ProcessFile {
    wit::ProcessFile {
        place: match file.place {
            FilePlace::CurrentDirectory => wit::FilePlace::CurrentDirectory,
            FilePlace::RootDirectory => wit::FilePlace::RootDirectory,
            FilePlace::Text => wit::FilePlace::Text,
            FilePlace::Mapped => wit::FilePlace::Mapped,
            FilePlace::Descriptor(number) => wit::FilePlace::Descriptor(number),
        },
        readable: file.readable,
        writable: file.writable,
        status: file.status.map(|status| wit::FileStatus {
            mode: status.mode,
            device: status.device,
            inode: status.inode,
            links: status.links,
            size: status.size,
            special: status.special,
        }),
        position: file.position,
        open_flags: file.open_flags,
        name: file.name,
        socket: file.socket,
        protocol: file.protocol,
        object: file.object.map(|object| match object {
            KernelObject::Counter(number) => wit::KernelObject::Counter(number),
            KernelObject::Watch(watched) => wit::KernelObject::Watch(watched),
            KernelObject::Process(process) => wit::KernelObject::Process(process),
            KernelObject::Terminal(number) => wit::KernelObject::Terminal(number),
        }),
        problem: file.problem,
    }
}
