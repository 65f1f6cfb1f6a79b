//! Ctrl-C and its kin. The first tells the plugin, which may finish in its own way; the second ends it,
//! even when it computes and never calls the host.
//!
//! A thread of its own listens, as the thread that runs the plugin may be busy in it. The same thread
//! moves the engine's epoch, at which a busy plugin is looked at.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGWINCH};
use tokio::sync::Notify;
use wasmtime::Engine;

use crate::bindings::nethost::cap::types::Signal;

/// How often a busy plugin is looked at.
pub const TICK: Duration = Duration::from_millis(50);

/// What the operator said, and whether the plugin has heard it.
#[derive(Default)]
pub struct Signals {
    unheard: Mutex<VecDeque<Signal>>,
    arrived: Notify,
    interrupts: AtomicU32,
    insisted: Notify,
}

impl Signals {
    /// Starts listening.
    pub fn listen(engine: &Engine) -> io::Result<Arc<Self>> {
        let signals = Arc::new(Self::default());
        let mut channels = Vec::new();
        for (number, signal) in [
            (SIGINT, Signal::Interrupt),
            (SIGTERM, Signal::Interrupt),
            // Twice: the terminal is gone, and with it whoever could interrupt again.
            (SIGHUP, Signal::Interrupt),
            (SIGHUP, Signal::Interrupt),
            (SIGQUIT, Signal::Quit),
            (SIGWINCH, Signal::WindowChange),
        ] {
            let (reader, writer) = UnixStream::pair()?;
            signal_hook::low_level::pipe::register(number, writer)?;
            reader.set_nonblocking(true)?;
            channels.push((reader, signal));
        }
        let (engine, told) = (engine.clone(), Arc::clone(&signals));
        std::thread::Builder::new()
            .name("signals".into())
            .stack_size(64 << 10)
            .spawn(move || told.run(channels, &engine))?;
        Ok(signals)
    }

    fn run(&self, mut channels: Vec<(UnixStream, Signal)>, engine: &Engine) {
        let tick = Timespec {
            tv_sec: 0,
            tv_nsec: TICK.subsec_nanos().into(),
        };
        loop {
            let mut fds: Vec<_> = channels
                .iter()
                .map(|(reader, _)| PollFd::from_borrowed_fd(reader.as_fd(), PollFlags::IN))
                .collect();
            let ready = poll(&mut fds, Some(&tick)).unwrap_or(0) > 0;
            engine.increment_epoch();
            if !ready {
                continue;
            }
            for (reader, signal) in &mut channels {
                let mut bytes = [0; 16];
                let count = reader.read(&mut bytes).unwrap_or(0);
                for _ in 0..count {
                    self.raise(*signal);
                }
            }
        }
    }

    fn raise(&self, signal: Signal) {
        if signal == Signal::Interrupt && self.interrupts.fetch_add(1, Relaxed) > 0 {
            self.insisted.notify_one();
        }
        let mut unheard = self.unheard.lock().unwrap_or_else(PoisonError::into_inner);
        // A plugin that does not listen must not make this grow.
        if unheard.len() < 16 {
            unheard.push_back(signal);
        }
        drop(unheard);
        self.arrived.notify_one();
    }

    /// Waits for the next signal.
    pub async fn next(&self) -> Signal {
        loop {
            if let Some(signal) = self
                .unheard
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop_front()
            {
                return signal;
            }
            self.arrived.notified().await;
        }
    }

    /// True when the operator interrupted more than once.
    pub fn has_insisted(&self) -> bool {
        self.interrupts.load(Relaxed) > 1
    }

    /// Waits until the operator interrupts for the second time.
    pub async fn insistence(&self) {
        while !self.has_insisted() {
            self.insisted.notified().await;
        }
    }
}
