//! A bound on the memory of the process that runs a plugin, its host's part included: a backstop behind what is
//! counted. The engine reserves address space that is never used, so it is private memory that can be written to
//! (RLIMIT_DATA of getrlimit(2)) that is bounded.

mod sys;

use std::io;
use std::os::fd::OwnedFd;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::exceeded::Exceeded;
use nethost_policy::Limits;

pub use sys::Bounded;

/// What the host may hold for a plugin, beside the plugin's own memory: tables, stacks, buffers, its code.
const HOST: u64 = 256 << 20;

/// The bound, where the plugin's memory has one.
pub fn most(limits: &Limits) -> Option<u64> {
    limits.memory.map(|memory| memory.saturating_add(HOST))
}

/// Sets the bound for good. When it is met where nobody can be told any more, the process says so, sends its last
/// words to whoever records how the run ended, and ends.
pub fn bound(
    limits: &Limits,
    name: &str,
    last_words: impl FnOnce(&str) -> io::Result<(OwnedFd, Vec<u8>)>,
) -> io::Result<()> {
    let Some(most) = most(limits) else {
        return Ok(());
    };
    let reason = Exceeded::Data(most).to_string();
    let line = format!(
        "nethost: {} was stopped: {reason}\n",
        nethost_core::text::line(name)
    );
    let (channel, packet) = last_words(&reason)?;
    sys::prepare(line.into_bytes(), channel, packet);
    let maximum = getrlimit(Resource::Data).maximum;
    let most = Some(maximum.map_or(most, |maximum| most.min(maximum)));
    let limit = Rlimit {
        current: most,
        maximum: most,
    };
    Ok(setrlimit(Resource::Data, limit)?)
}

/// Whether this is the kernel's or the allocator's word that there is no more.
pub fn is_exhausted(error: &wasmtime::Error) -> bool {
    error.chain().any(|cause| {
        let errno = cause
            .downcast_ref::<io::Error>()
            .and_then(io::Error::raw_os_error)
            .or_else(|| {
                let errno = cause.downcast_ref::<rustix::io::Errno>();
                errno.map(|errno| errno.raw_os_error())
            });
        errno == Some(libc::ENOMEM)
    })
}
