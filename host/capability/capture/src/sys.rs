//! The ring as memory of this process, and waiting for it.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use nethost_net::timer::Timer;

/// block_status of struct tpacket_hdr_v1.
const STATUS: usize = 8;
const TP_STATUS_KERNEL: u32 = 0;
const TP_STATUS_USER: u32 = 1;

/// A packet socket that was opened for this process.
pub(super) struct Socket(AsyncFd<OwnedFd>);

impl Socket {
    pub(super) fn new(socket: OwnedFd) -> io::Result<Self> {
        Ok(Self(nethost_net::register(socket, Interest::READABLE)?))
    }

    /// Does this as soon as it finds something; false at the deadline.
    pub(super) async fn when_readable(
        &self,
        deadline: Instant,
        mut take: impl FnMut() -> io::Result<()>,
    ) -> io::Result<bool> {
        // Blocks that were passed on earlier are not announced again.
        match take() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            taken => return taken.map(|()| true),
        }
        let timer = Timer::default();
        loop {
            let mut ready = tokio::select! {
                biased;
                ready = self.0.readable() => ready?,
                () = timer.until(deadline) => return Ok(false),
            };
            if let Ok(taken) = ready.try_io(|_| take()) {
                return taken.map(|()| true);
            }
        }
    }
}

/// The blocks of a ring. The kernel writes to a block, or this process reads it, as the status of the block says.
pub(super) struct Mapping {
    start: NonNull<u8>,
    block: usize,
    count: usize,
}

// SAFETY: it is memory that belongs to nothing else in this process.
unsafe impl Send for Mapping {}

impl Mapping {
    pub(super) fn of(socket: &OwnedFd, block: usize, count: usize) -> io::Result<Self> {
        let length = block.checked_mul(count).filter(|length| *length > 0);
        let length = length.ok_or_else(|| io::Error::from_raw_os_error(libc::EINVAL))?;
        // SAFETY: a new mapping at an address that the kernel chooses.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                length,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED,
                socket.as_raw_fd(),
                0,
            )
        };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let start = NonNull::new(start.cast());
        Ok(Self {
            start: start.ok_or_else(|| io::Error::from_raw_os_error(libc::EFAULT))?,
            block,
            count,
        })
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// A block that the kernel has passed on. It stays as it is until it is given back, which takes `&mut self`.
    pub(super) fn passed_on(&self, number: usize) -> Option<&[u8]> {
        let status = self.status(number)?.load(Ordering::Acquire);
        if status & TP_STATUS_USER == 0 {
            return None;
        }
        let start = number * self.block;
        // SAFETY: the block is within the mapping, and the kernel does not write to it before it is given back.
        Some(unsafe { std::slice::from_raw_parts(self.start.as_ptr().add(start), self.block) })
    }

    /// Lets the kernel fill the block again.
    pub(super) fn give_back(&mut self, number: usize) {
        if let Some(status) = self.status(number) {
            status.store(TP_STATUS_KERNEL, Ordering::Release);
        }
    }

    fn status(&self, number: usize) -> Option<&AtomicU32> {
        if number >= self.count {
            return None;
        }
        // SAFETY: the status is within the mapping and aligned, because blocks are multiples of a page.
        Some(unsafe {
            AtomicU32::from_ptr(self.start.as_ptr().add(number * self.block + STATUS).cast())
        })
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping was made by `of` with this length, and nothing refers to it any more.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.block * self.count) };
    }
}
