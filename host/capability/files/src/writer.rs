//! A regular file that is written; and what is done to files as a whole.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;

use super::{FileCreate, FileWrite, service};
use crate::bindings::nethost::cap::files::WriteMode;
use nethost_broker::{Broker, LARGEST_REPLACED, file_change};
use nethost_core::Capability;
use nethost_gate::{Gate, Permit};
use nethost_kit::types::{ErrorCode, invalid};

/// An open file, and the permit that counts what is written.
pub struct FileWriter {
    file: File,
    permit: Allowed,
}

/// What was permitted.
enum Allowed {
    Create(Permit<FileCreate>),
    Write(Permit<FileWrite>),
}

impl FileWriter {
    pub(super) fn open(
        gate: &Arc<Gate>,
        broker: &Broker,
        path: &str,
        mode: WriteMode,
        permissions: Option<u32>,
    ) -> Result<Self, ErrorCode> {
        let permissions = permissions.unwrap_or(0o666);
        if permissions > 0o777 {
            return Err(invalid("permission bits beyond 0o777"));
        }
        let (file, permit) = match mode {
            WriteMode::Create => {
                let opening = file_change::Opening::Create;
                let (file, permit) = open(gate, broker, path, opening, permissions)?;
                (file, Allowed::Create(permit))
            }
            WriteMode::Replace | WriteMode::Append => {
                let opening = match mode {
                    WriteMode::Append => file_change::Opening::Append,
                    _ => file_change::Opening::Replace,
                };
                let (file, permit) = open(gate, broker, path, opening, permissions)?;
                (file, Allowed::Write(permit))
            }
        };
        Ok(Self { file, permit })
    }

    pub(super) fn write(&self, bytes: &[u8]) -> Result<(), ErrorCode> {
        match &self.permit {
            Allowed::Create(permit) => write(permit, &self.file, bytes),
            Allowed::Write(permit) => write(permit, &self.file, bytes),
        }
    }
}

fn open<C: Capability>(
    gate: &Arc<Gate>,
    broker: &Broker,
    path: &str,
    opening: file_change::Opening,
    permissions: u32,
) -> Result<(File, Permit<C>), ErrorCode> {
    let request = service::request::<C>(broker, "writer.open", path)?;
    let permit: Permit<C> = gate.authorize(request.changing(opening.said(permissions)))?;
    match broker.open_to_write(&permit) {
        Ok(file) => Ok((file, permit)),
        Err(error) => {
            permit.failed(&error);
            Err(error.into())
        }
    }
}

fn write<C: Capability>(permit: &Permit<C>, file: &File, bytes: &[u8]) -> Result<(), ErrorCode> {
    permit.may_send(bytes.len())?;
    let mut file = file;
    match file.write_all(bytes) {
        Ok(()) => {
            permit.count_sent(bytes.len());
            Ok(())
        }
        Err(error) => {
            permit.failed(&error);
            Err(error.into())
        }
    }
}

pub(super) fn make_folders(gate: &Arc<Gate>, broker: &Broker, path: &str) -> Result<(), ErrorCode> {
    let permit = service::permit::<FileWrite>(gate, broker, "make-folders", path)?;
    let made = broker.change_file(&permit, 0);
    told(&permit, made)
}

pub(super) fn remove(gate: &Arc<Gate>, broker: &Broker, path: &str) -> Result<(), ErrorCode> {
    let permit = service::permit::<FileWrite>(gate, broker, "remove", path)?;
    let removed = broker.change_file(&permit, 0);
    told(&permit, removed)
}

pub(super) fn set_modified(
    gate: &Arc<Gate>,
    broker: &Broker,
    path: &str,
    seconds: i64,
) -> Result<(), ErrorCode> {
    let permit = service::permit::<FileWrite>(gate, broker, "set-modified", path)?;
    let changed = broker.change_file(&permit, seconds);
    told(&permit, changed)
}

pub(super) fn replace(
    gate: &Arc<Gate>,
    broker: &Broker,
    path: &str,
    contents: &[u8],
) -> Result<(), ErrorCode> {
    if contents.len() > LARGEST_REPLACED {
        return Err(ErrorCode::TooLarge);
    }
    let permit = service::permit::<FileWrite>(gate, broker, "replace", path)?;
    permit.may_send(contents.len())?;
    let replaced = broker.replace_file(&permit, contents);
    if replaced.is_ok() {
        permit.count_sent(contents.len());
    }
    told(&permit, replaced)
}

fn told(permit: &Permit<FileWrite>, done: io::Result<()>) -> Result<(), ErrorCode> {
    done.map_err(|error| {
        permit.failed(&error);
        error.into()
    })
}
