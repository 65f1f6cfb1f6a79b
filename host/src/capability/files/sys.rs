//! open(2) and read(2).

use std::io::{self, Read};
use std::path::Path;

use super::FileRead;
use super::service::LARGEST;
use crate::broker::Broker;
use crate::capability::types::{ErrorCode, invalid};
use crate::gate::Permit;

/// Reads the permitted file.
pub(super) fn read(
    permit: Permit<FileRead>,
    broker: &Broker,
    path: &Path,
) -> Result<Vec<u8>, ErrorCode> {
    let contents = contents(&permit, broker, path);
    match contents {
        Ok(Some(bytes)) if bytes.len() as u64 > LARGEST => Err(ErrorCode::TooLarge),
        Ok(Some(bytes)) => {
            permit.may_receive(bytes.len())?;
            permit.count_received(bytes.len());
            Ok(bytes)
        }
        Ok(None) => Err(invalid(format!("{} is not a regular file", path.display()))),
        Err(error) => {
            permit.failed(&error);
            Err(error.into())
        }
    }
}

/// None for anything but a regular file: a device or a FIFO could block or have side effects.
fn contents(
    permit: &Permit<FileRead>,
    broker: &Broker,
    path: &Path,
) -> io::Result<Option<Vec<u8>>> {
    let file = broker.open_file(permit, path)?;
    let facts = file.metadata()?;
    if !facts.is_file() {
        return Ok(None);
    }
    // One byte more than allowed shows a file that is too large, or has grown meanwhile.
    let mut bytes = Vec::with_capacity(facts.len().min(LARGEST) as usize);
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}
