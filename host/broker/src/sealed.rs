//! Reports that are longer than a message: a file in memory that nobody can change any more (memfd_create(2)).

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// No report is longer.
const LONGEST: u64 = 512 << 20;

/// Writes one.
pub(super) fn write(report: &impl Serialize) -> io::Result<OwnedFd> {
    let file = memfd_create(
        "nethost-report",
        MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING,
    )?;
    let mut file = File::from(file);
    let bytes = postcard::to_allocvec(report).map_err(io::Error::other)?;
    file.write_all(&bytes)?;
    fcntl_add_seals(
        &file,
        SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL,
    )?;
    Ok(file.into())
}

/// Reads one.
pub(super) fn read<T: DeserializeOwned>(report: OwnedFd) -> io::Result<T> {
    let file = File::from(report);
    let length = file.metadata()?.len();
    if length > LONGEST {
        return Err(io::Error::from_raw_os_error(libc::EFBIG));
    }
    let mut bytes = vec![0; length as usize];
    file.read_exact_at(&mut bytes, 0)?;
    postcard::from_bytes(&bytes).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_report_stays_as_it_was_written() {
        let report: Vec<u64> = (0..100_000).collect();
        let written = write(&report).unwrap();
        let copy = File::from(written.try_clone().unwrap());
        assert!(copy.write_all_at(b"x", 0).is_err() && copy.set_len(1).is_err());
        assert_eq!(read::<Vec<u64>>(written).unwrap(), report);
    }
}
