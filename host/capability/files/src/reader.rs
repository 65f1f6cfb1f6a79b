//! A regular file that is read in parts.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

use super::{FileRead, service};
use nethost_broker::Broker;
use nethost_gate::{Gate, Permit};
use nethost_kit::types::{ErrorCode, invalid};

/// The maximum size of one part.
const LARGEST: u32 = 1 << 20;

/// An open file, and the permit that counts what is read.
pub struct FileReader {
    file: File,
    size: u64,
    permit: Permit<FileRead>,
}

impl FileReader {
    pub(super) fn open(
        gate: &Arc<Gate>,
        broker: &Broker,
        path: &str,
        offset: u64,
    ) -> Result<Self, ErrorCode> {
        let permit = service::permit::<FileRead>(gate, broker, "reader.open", path)?;
        let opened = broker.open_file(&permit).and_then(|mut file| {
            let facts = file.metadata()?;
            if facts.is_file() && offset > 0 {
                file.seek(SeekFrom::Start(offset))?;
            }
            Ok((file, facts))
        });
        match opened {
            Ok((file, facts)) if facts.is_file() => Ok(Self {
                file,
                size: facts.len(),
                permit,
            }),
            Ok(_) => {
                let path = &permit.request().target;
                Err(invalid(format!("{path} is not a regular file")))
            }
            Err(error) => {
                permit.failed(&error);
                Err(error.into())
            }
        }
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn read(&self, max: u32) -> Result<Vec<u8>, ErrorCode> {
        let mut bytes = vec![0; max.min(LARGEST) as usize];
        let count = (&self.file).read(&mut bytes).map_err(|error| {
            self.permit.failed(&error);
            ErrorCode::from(error)
        })?;
        bytes.truncate(count);
        self.permit.may_receive(count)?;
        self.permit.count_received(count);
        Ok(bytes)
    }
}
