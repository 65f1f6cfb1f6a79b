//! Memory that a process shares with the processes that it forks (mmap(2), MAP_SHARED).

use std::io;
use std::sync::atomic::AtomicU64;

use super::Slot;

/// Types for which all zeros is a valid value, and which processes change only through atomics.
pub(super) trait Shared: Sync {}

impl Shared for AtomicU64 {}
impl Shared for Slot {}

/// This many zeroed values, as long as a process uses them.
pub(super) fn shared<T: Shared>(count: usize) -> io::Result<&'static [T]> {
    let length = count.checked_mul(size_of::<T>());
    let length = length.filter(|length| isize::try_from(*length).is_ok());
    let length = length.ok_or_else(|| io::Error::from_raw_os_error(libc::ENOMEM))?;
    if length == 0 {
        return Ok(&[]);
    }
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    // Unused pages take no memory, so no memory is reserved.
    let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: a new mapping, where the kernel finds room.
    let at = unsafe { libc::mmap(std::ptr::null_mut(), length, protection, flags, -1, 0) };
    if at == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: a mapping begins at a page, is of zeros, which is a valid value of the atomics that a `Shared` is made
    // of, has room for so many, and is never unmapped. Other processes change what is in it through the same atomics.
    Ok(unsafe { std::slice::from_raw_parts(at.cast(), count) })
}
