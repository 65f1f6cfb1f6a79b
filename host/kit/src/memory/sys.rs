//! The allocator, and the end of a process that it has nothing left for.

use std::alloc::{GlobalAlloc, Layout};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// An allocator that ends the process in good order where the bound on memory is met. Before there is a bound it
/// fails as it always did.
#[derive(Debug)]
pub struct Bounded<A>(pub A);

struct Last {
    line: Vec<u8>,
    channel: OwnedFd,
    packet: Vec<u8>,
}

static LAST: OnceLock<Last> = OnceLock::new();

/// What is said and sent when there is no memory left to say anything with.
pub(super) fn prepare(line: Vec<u8>, channel: OwnedFd, packet: Vec<u8>) {
    // A process runs one plugin.
    let _ = LAST.set(Last {
        line,
        channel,
        packet,
    });
}

// SAFETY: everything is the other allocator's work; what it fails to do either fails here too or ends the process.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Bounded<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are passed on.
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
    // Of several threads one says it.
    while SAID.swap(true, Relaxed) {
        std::thread::yield_now();
    }
    // SAFETY: both are whole, and nothing here allocates. The channel is open as long as this process is.
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

/// Waits until the other side has closed the channel, all of it on record by then; but not for ever.
///
/// # Safety
/// The descriptor is open.
unsafe fn until_closed(channel: RawFd) {
    const PATIENCE: libc::c_int = 2000;
    let mut waiting = libc::pollfd {
        fd: channel,
        events: libc::POLLIN,
        revents: 0,
    };
    let mut answer = [0_u8; 64];
    // SAFETY: both buffers are this frame's, and as long as is said. Nothing here allocates.
    unsafe {
        while libc::poll(&raw mut waiting, 1, PATIENCE) > 0 {
            let flags = libc::MSG_DONTWAIT;
            if libc::recv(channel, answer.as_mut_ptr().cast(), answer.len(), flags) <= 0 {
                break;
            }
        }
    }
}
