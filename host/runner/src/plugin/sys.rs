//! Turning a compiled form into code. wasmtime cannot tell hostile native code from good, so this is
//! where trust is decided: only the cache, after its checks, and the compiler call it.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::ptr::NonNull;

use wasmtime::Engine;
use wasmtime::component::Component;

/// A compiled form whose origin has been checked.
pub(super) struct Trusted<'a>(pub(super) &'a [u8]);

/// An open file that holds one.
pub(super) struct TrustedFile<'a>(pub(super) &'a File);

/// Loads it. A form from another version or with other settings is an error.
pub(super) fn load(engine: &Engine, compiled: &Trusted<'_>) -> wasmtime::Result<Component> {
    // SAFETY: `Trusted` is made only of what nethost-compile has just written to a pipe of ours.
    unsafe { Component::deserialize(engine, compiled.0) }
}

/// Maps it: only the pages that are used are read.
pub(super) fn map(engine: &Engine, compiled: &TrustedFile<'_>) -> wasmtime::Result<Component> {
    // By its descriptor, so that it is the file that was checked whatever its name now stands for.
    let path = format!("/proc/self/fd/{}", compiled.0.as_raw_fd());
    // SAFETY: `TrustedFile` is made only of a cache entry that nobody but root or this user can have
    // written. Entries are replaced, never written to, so what is mapped stays as it is.
    unsafe { Component::deserialize_file(engine, path) }
}

/// A file as it is in the page cache, to read: no copy, so that checking an entry costs little.
pub(super) struct Mapping {
    at: NonNull<u8>,
    length: usize,
}

impl Mapping {
    /// The first `length` bytes of a file that nobody but root or this user can write to.
    pub(super) fn of(file: &File, length: usize) -> io::Result<Self> {
        let flags = libc::MAP_PRIVATE | libc::MAP_POPULATE;
        // SAFETY: a new mapping, where the kernel finds room; it aliases nothing of this process.
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
        // SAFETY: mapped to be read, at this length, until it is dropped. Entries are replaced, never written to;
        // should their owner cut one off meanwhile, this process of theirs ends by SIGBUS.
        unsafe { std::slice::from_raw_parts(self.at.as_ptr(), self.length) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: mapped by `of`, and borrowed by nobody any more.
        unsafe { libc::munmap(self.at.as_ptr().cast(), self.length) };
    }
}
