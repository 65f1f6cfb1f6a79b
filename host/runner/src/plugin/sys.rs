//! Loads a compiled form as code. wasmtime cannot detect hostile native code, so trust is decided here: only the cache,
//! after its checks, and the compiler call it.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::ptr::NonNull;

use wasmtime::Engine;
use wasmtime::component::Component;

/// A compiled form whose origin has been checked.
pub(super) struct Trusted<'a>(pub(super) &'a [u8]);

/// An open file with a compiled form whose origin has been checked.
pub(super) struct TrustedFile<'a>(pub(super) &'a File);

/// Loads it. A compiled form of another version or with other settings is an error.
pub(super) fn load(engine: &Engine, compiled: &Trusted<'_>) -> wasmtime::Result<Component> {
    // SAFETY: `Trusted` is made only from what nethost-compile has just written to a pipe of this process.
    unsafe { Component::deserialize(engine, compiled.0) }
}

/// Maps it: only the pages that are used are read.
pub(super) fn map(engine: &Engine, compiled: &TrustedFile<'_>) -> wasmtime::Result<Component> {
    // Opened by its descriptor, so that it is the checked file, even if the name now refers to another file.
    let path = format!("/proc/self/fd/{}", compiled.0.as_raw_fd());
    // SAFETY: `TrustedFile` is made only from a cache entry that nobody but root or this user can have written. Entries
    // are replaced, never written to, so the mapped contents do not change.
    unsafe { Component::deserialize_file(engine, path) }
}

/// A read-only mapping of a file in the page cache: no copy, so that checking an entry costs little.
pub(super) struct Mapping {
    at: NonNull<u8>,
    length: usize,
}

impl Mapping {
    /// Maps the first `length` bytes of a file that nobody but root or this user can write to.
    pub(super) fn of(file: &File, length: usize) -> io::Result<Self> {
        let flags = libc::MAP_PRIVATE | libc::MAP_POPULATE;
        // SAFETY: a new mapping at an address that the kernel chooses; it aliases nothing of this process.
        let at = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                length,
                libc::PROT_READ,
                flags,
                file.as_raw_fd(),
                0,
            )
        };
        if at == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let at = NonNull::new(at.cast()).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(Self { at, length })
    }

    pub(super) fn bytes(&self) -> &[u8] {
        // SAFETY: mapped for reading with this length until it is dropped. Entries are replaced, never written to. If
        // the owner truncates one at the same time, SIGBUS ends this process, which belongs to the owner.
        unsafe { std::slice::from_raw_parts(self.at.as_ptr(), self.length) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: mapped by `of`, and no longer borrowed.
        unsafe { libc::munmap(self.at.as_ptr().cast(), self.length) };
    }
}
