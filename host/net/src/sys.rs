//! Registers descriptors with the runtime.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// A type that owns one descriptor, and returns the same one as long as it lives.
pub trait Descriptor: AsRawFd {}

impl Descriptor for OwnedFd {}
impl Descriptor for netlink_sys::Socket {}

/// Watches a descriptor for readiness.
pub fn register<T: Descriptor>(fd: T, interest: Interest) -> io::Result<AsyncFd<T>> {
    // SAFETY: a Descriptor always returns the descriptor that it owns, and lives as long as the registration.
    Ok(unsafe { AsyncFd::register_with_interest(fd, interest) }?)
}
