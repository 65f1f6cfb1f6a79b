//! The system calls open(2), read(2) and getdents(2).

use std::fs::File;
use std::io::{self, Read};

use rustix::fs::RawDir;

use super::FileRead;
use super::service::LARGEST;
use nethost_broker::{Broker, FileIdentity, Walk};
use nethost_gate::Permit;
use nethost_kit::types::{ErrorCode, invalid};

/// Reads the permitted file.
pub(super) fn read(permit: Permit<FileRead>, broker: &Broker) -> Result<Vec<u8>, ErrorCode> {
    let contents = contents(&permit, broker);
    match contents {
        Ok(Some(bytes)) if bytes.len() as u64 > LARGEST => Err(ErrorCode::TooLarge),
        Ok(Some(bytes)) => {
            permit.may_receive(bytes.len())?;
            permit.count_received(bytes.len());
            Ok(bytes)
        }
        Ok(None) => {
            let path = &permit.request().target;
            Err(invalid(format!("{path} is not a regular file")))
        }
        Err(error) => {
            permit.failed(&error);
            Err(error.into())
        }
    }
}

/// What is at the permitted path.
pub(super) fn facts(
    permit: Permit<FileRead>,
    broker: &Broker,
) -> Result<std::fs::Metadata, ErrorCode> {
    let found = broker.open_file(&permit).and_then(|file| file.metadata());
    found.map_err(|error| {
        permit.failed(&error);
        error.into()
    })
}

/// Which file is at the permitted path, and which are below it.
pub(super) fn identify(
    permit: Permit<FileRead>,
    broker: &Broker,
    walk: Walk,
) -> Result<Vec<FileIdentity>, ErrorCode> {
    let found = broker.identify_files(&permit, walk);
    let found = found.inspect_err(|error| permit.failed(error))?;
    let paths: usize = found.iter().map(|one| one.path.len()).sum();
    let size = paths + size_of_val(&*found);
    permit.may_receive(size)?;
    permit.count_received(size);
    Ok(found)
}

/// Returns None if it is not a regular file: a device or a FIFO could block or have side effects.
fn contents(permit: &Permit<FileRead>, broker: &Broker) -> io::Result<Option<Vec<u8>>> {
    let file = broker.open_file(permit)?;
    let facts = file.metadata()?;
    if !facts.is_file() {
        return Ok(None);
    }
    // Reading one byte more than allowed detects a file that is too large, or has grown.
    let mut bytes = Vec::with_capacity(facts.len().min(LARGEST) as usize);
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// The maximum number of names; a configuration folder does not have more.
const MOST_NAMES: usize = 4096;

/// The names in the permitted folder.
pub(super) fn names(permit: Permit<FileRead>, broker: &Broker) -> Result<Vec<String>, ErrorCode> {
    let names = broker.open_file(&permit).and_then(entries);
    let mut names = match names {
        Ok(names) => names,
        Err(error) if error.raw_os_error() == Some(libc::ENOTDIR) => {
            let path = &permit.request().target;
            return Err(invalid(format!("{path} is not a folder")));
        }
        Err(error) => {
            permit.failed(&error);
            return Err(error.into());
        }
    };
    names.retain(|name| name != "." && name != "..");
    names.sort_unstable();
    Ok(names)
}

/// Uses getdents(2) only: nothing is opened here.
fn entries(folder: File) -> io::Result<Vec<String>> {
    let mut buffer = Vec::with_capacity(32 << 10);
    let mut entries = RawDir::new(folder, buffer.spare_capacity_mut());
    let mut names = Vec::new();
    while let Some(entry) = entries.next() {
        names.push(entry?.file_name().to_string_lossy().into_owned());
        if names.len() > MOST_NAMES {
            break;
        }
    }
    Ok(names)
}
