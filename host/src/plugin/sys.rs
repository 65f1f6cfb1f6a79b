//! Turning a compiled form into code. wasmtime cannot tell hostile native code from good, so this is
//! where trust is decided: only the cache, after its checks, and the compiler call it.

use wasmtime::Engine;
use wasmtime::component::Component;

/// A compiled form whose origin has been checked.
pub(super) struct Trusted<'a>(pub(super) &'a [u8]);

/// Loads it. A form from another version or with other settings is an error.
pub(super) fn load(engine: &Engine, compiled: &Trusted<'_>) -> wasmtime::Result<Component> {
    // SAFETY: `Trusted` is made only of what nethost-compile has just written to a pipe of ours, or of a
    // cache entry that nobody but root or this user can have written.
    unsafe { Component::deserialize(engine, compiled.0) }
}
