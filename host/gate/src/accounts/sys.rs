//! Memory that a process shares with those that it forks (mmap(2), MAP_SHARED).

use std::io;

use super::Slot;

/// So many empty slots, for as long as there is a process that has them.
pub(super) fn shared(count: usize) -> io::Result<&'static [Slot]> {
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
    let length = count * size_of::<Slot>();
    // SAFETY: a new mapping, where the kernel finds room.
    let at = unsafe { libc::mmap(std::ptr::null_mut(), length, protection, flags, -1, 0) };
    if at == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: a mapping begins at a page, is of zeros, which is a valid slot of atomics, has room for so many, and is
    // never unmapped. Other processes change what is in it through the same atomics alone.
    Ok(unsafe { std::slice::from_raw_parts(at.cast(), count) })
}
