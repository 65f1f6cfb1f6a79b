//! The system call pread(2).

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use super::CountersRead;
use nethost_gate::Permit;
use nethost_kit::types::ErrorCode;

/// The maximum size of what is read at once.
const LARGEST: usize = 64 << 20;
/// The kernel fills a page at least.
const STEP: usize = 64 << 10;

/// All that a file of proc(5) says now: it is written anew for each read from the beginning.
pub(super) fn read(permit: &Permit<CountersRead>, file: &File) -> Result<Vec<u8>, ErrorCode> {
    // A file that ends within the first step is read by two calls.
    let mut bytes = vec![0; STEP];
    let mut filled = 0;
    loop {
        match file.read_at(&mut bytes[filled..], filled as u64) {
            Ok(0) => break,
            Ok(more) => filled += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                permit.failed(&error);
                return Err(error.into());
            }
        }
        if filled > LARGEST {
            return Err(ErrorCode::TooLarge);
        }
        if bytes.len() - filled < STEP / 2 {
            bytes.resize(bytes.len() * 2, 0);
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}
