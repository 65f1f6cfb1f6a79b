//! The allocator, and the end of a process that has no memory left.

use std::alloc::{GlobalAlloc, Layout};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// An allocator that ends the process properly when the limit on memory is reached. Until a limit is set, it fails as
/// usual.
#[derive(Debug)]
pub struct Bounded<A>(pub A);

struct Last {
    line: Vec<u8>,
    channel: OwnedFd,
    packet: Vec<u8>,
}

static LAST: OnceLock<Last> = OnceLock::new();

/// Prepares what is printed and sent when there is no memory left to build a message.
pub(super) fn prepare(line: Vec<u8>, channel: OwnedFd, packet: Vec<u8>) {
    // A process runs only one plugin.
    let _ = LAST.set(Last {
        line,
        channel,
        packet,
    });
}

// SAFETY: the inner allocator does all work; its failures are returned here too or end the process.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Bounded<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's guarantees are passed on.
        or_end(unsafe { self.0.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        or_end(unsafe { self.0.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above.
        or_end(unsafe { self.0.realloc(at, layout, size) })
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { self.0.dealloc(at, layout) }
    }
}

fn or_end(allocated: *mut u8) -> *mut u8 {
    if allocated.is_null()
        && let Some(last) = LAST.get()
    {
        end(last);
    }
    allocated
}

#[cold]
fn end(last: &Last) -> ! {
    // As every run that exceeds a limit.
    const FAILURE: libc::c_int = 2;
    let Last {
        line,
        channel,
        packet,
    } = last;
    let channel = channel.as_raw_fd();
    static SAID: AtomicBool = AtomicBool::new(false);
    // If several threads get here, only one prints.
    while SAID.swap(true, Relaxed) {
        std::thread::yield_now();
    }
    // SAFETY: both buffers are complete, and nothing here allocates. The channel stays open as long as this process.
    unsafe {
        libc::write(2, line.as_ptr().cast(), line.len());
        libc::send(
            channel,
            packet.as_ptr().cast(),
            packet.len(),
            libc::MSG_NOSIGNAL,
        );
        until_closed(channel);
        libc::_exit(FAILURE)
    }
}

/// Waits until the other side has closed the channel, because everything is recorded then. The wait has a limit.
///
/// # Safety
/// The descriptor must be open.
unsafe fn until_closed(channel: RawFd) {
    const PATIENCE: libc::c_int = 2000;
    let mut waiting = libc::pollfd {
        fd: channel,
        events: libc::POLLIN,
        revents: 0,
    };
    let mut answer = [0_u8; 64];
    // SAFETY: both buffers belong to this frame and have the given lengths. Nothing here allocates.
    unsafe {
        while libc::poll(&raw mut waiting, 1, PATIENCE) > 0 {
            let flags = libc::MSG_DONTWAIT;
            if libc::recv(channel, answer.as_mut_ptr().cast(), answer.len(), flags) <= 0 {
                break;
            }
        }
    }
}
