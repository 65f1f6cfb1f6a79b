//! A limit on the memory of the runner, including the host's part: a second limit behind the counters. The engine
//! reserves address space that it never uses, so the limit is on private writable memory (RLIMIT_DATA of getrlimit(2)).

mod sys;

use std::io;
use std::os::fd::OwnedFd;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::exceeded::Exceeded;
use nethost_policy::Limits;

pub use sys::Bounded;

/// How much the host may hold for a plugin besides the plugin's own memory: tables, stacks, buffers, code.
const HOST: u64 = 256 << 20;

/// The limit, if the plugin's memory has one.
pub fn most(limits: &Limits) -> Option<u64> {
    limits.memory.map(|memory| memory.saturating_add(HOST))
}

/// Sets the limit permanently. If the limit is reached where no error can be returned, the process prints a message,
/// sends its last message to the process that records the end of the run, and ends.
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

/// Whether this error means that the kernel or the allocator has no more memory.
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
