//! What happens in a signal handler: only atomic additions and one write(2), which signal-safety(7) allows. Also the
//! timer for a busy plugin.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use wasmtime::Engine;

/// The number of times that a signal was received.
#[derive(Debug, Default)]
pub(super) struct Count(AtomicU32);

impl Count {
    pub(super) fn count(&self) -> u32 {
        self.0.load(Relaxed)
    }

    pub(super) fn is_some(&self) -> bool {
        self.count() > 0
    }
}

/// The number of received signals that end a run.
#[derive(Debug, Default)]
pub(super) struct Arrived {
    pub(super) interrupts: Count,
    pub(super) terminations: Count,
    pub(super) hangups: Count,
    pub(super) reports: Count,
}

impl Arrived {
    fn add(&self, signal: i32) {
        let count = match signal {
            libc::SIGINT => &self.interrupts,
            libc::SIGTERM => &self.terminations,
            libc::SIGHUP => &self.hangups,
            libc::SIGUSR1 => &self.reports,
            _ => return,
        };
        count.0.fetch_add(1, Relaxed);
    }
}

/// Counts each arrival of `signal` and writes one byte to the pipe.
pub(super) fn note(
    signal: i32,
    pipe: &Arc<OwnedFd>,
    arrived: &Arc<Arrived>,
    engine: &Engine,
) -> io::Result<()> {
    let (pipe, arrived, engine) = (Arc::clone(pipe), Arc::clone(arrived), engine.clone());
    let byte = [signal as u8];
    let noted = move || {
        arrived.add(signal);
        engine.increment_epoch();
        // A full pipe already has more signals than the plugin will read.
        let _ = rustix::io::write(&*pipe, &byte);
    };
    // SAFETY: the handler adds to two atomics and calls write(2). It does not change errno of the interrupted code,
    // because the registry saves it.
    unsafe { signal_hook::low_level::register(signal, noted) }.map(drop)
}

/// Makes a write beyond the limit on file size fail instead of ending the process (SIGXFSZ).
pub(super) fn survive_full_files() {
    // SAFETY: no handler is installed.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
}

/// Moves the epoch of the engine each time that this process has computed for `tick`.
pub(super) fn watch(tick: Duration, engine: &Engine) -> io::Result<()> {
    let engine = engine.clone();
    // SAFETY: the handler adds to an atomic.
    unsafe { signal_hook::low_level::register(libc::SIGPROF, move || engine.increment_epoch()) }?;
    let interval = libc::timeval {
        tv_sec: tick.as_secs().cast_signed(),
        tv_usec: tick.subsec_micros().into(),
    };
    let timer = libc::itimerval {
        it_interval: interval,
        it_value: interval,
    };
    // SAFETY: the kernel reads one structure that outlives the call.
    let result =
        unsafe { libc::setitimer(libc::ITIMER_PROF, &raw const timer, std::ptr::null_mut()) };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
