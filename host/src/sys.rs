//! Descriptors in the hands of the runtime.

use std::io;
use std::os::fd::OwnedFd;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Watches a descriptor for readiness.
pub(crate) fn register(fd: OwnedFd, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an OwnedFd always names the descriptor that it owns, and lives as long as the registration.
    Ok(unsafe { AsyncFd::register_with_interest(fd, interest) }?)
}
