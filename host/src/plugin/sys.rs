//! Turning a compiled form into code. wasmtime cannot tell hostile native code from good, so this is
//! where trust is decided: only the cache, after its checks, and the compiler call it.

use std::fs::File;
use std::os::fd::AsRawFd;

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
