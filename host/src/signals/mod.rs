//! Ctrl-C and its kin. The first tells the plugin, which may finish in its own way; the second ends it,
//! even when it computes and never calls the host.
//!
//! No thread listens: starting one would take longer than much else at a start. A handler notes each
//! signal in a pipe, which the runtime reads whenever the plugin waits, and moves the engine's epoch, at
//! which a busy plugin is looked at. A clock that runs only while this process computes moves it as well.

mod sys;

use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::pipe::PipeFlags;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGWINCH};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::Notify;
use wasmtime::Engine;

use crate::bindings::nethost::cap::types::Signal;

/// How often a busy plugin is looked at, in processor time.
const TICK: Duration = Duration::from_millis(50);

/// Each signal, what the plugin hears of it, and how many interrupts it counts for.
const SIGNALS: [(i32, Signal, u32); 5] = [
    (SIGINT, Signal::Interrupt, 1),
    (SIGTERM, Signal::Interrupt, 1),
    // The terminal is gone, and with it whoever could interrupt again.
    (SIGHUP, Signal::Interrupt, 2),
    (SIGQUIT, Signal::Quit, 0),
    (SIGWINCH, Signal::WindowChange, 0),
];

/// What the operator said, and whether the plugin has heard it.
pub struct Signals {
    noted: AsyncFd<OwnedFd>,
    interrupts: Arc<AtomicU32>,
    unheard: Mutex<VecDeque<Signal>>,
    arrived: Notify,
}

impl Signals {
    /// Starts listening, within a runtime.
    pub fn listen(engine: &Engine) -> io::Result<Arc<Self>> {
        let (noted, pipe) = rustix::pipe::pipe_with(PipeFlags::NONBLOCK | PipeFlags::CLOEXEC)?;
        let (pipe, interrupts) = (Arc::new(pipe), Arc::default());
        for (number, _, weight) in SIGNALS {
            sys::note(number, weight, &pipe, &interrupts, engine)?;
        }
        sys::watch(TICK, engine)?;
        Ok(Arc::new(Self {
            noted: nethost_net::register(noted, Interest::READABLE)?,
            interrupts,
            unheard: Mutex::default(),
            arrived: Notify::new(),
        }))
    }

    /// Waits for the next signal. Somebody must wait for `insistence` meanwhile.
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

    /// Hands signals on to the plugin, until the operator interrupts for the second time.
    pub async fn insistence(&self) {
        while !self.has_insisted() {
            // It fails only when the runtime ends, and the run with it.
            let Ok(mut ready) = self.noted.readable().await else {
                return;
            };
            let mut numbers = [0; 16];
            let read = ready.try_io(|pipe| Ok(rustix::io::read(pipe.get_ref(), &mut numbers)?));
            let count = read.map_or(0, |count| count.unwrap_or(0));
            numbers[..count]
                .iter()
                .for_each(|number| self.raise(*number));
        }
    }

    fn raise(&self, noted: u8) {
        let known = SIGNALS
            .iter()
            .find(|(number, ..)| *number == i32::from(noted));
        let Some((_, signal, _)) = known else { return };
        let mut unheard = self.unheard.lock().unwrap_or_else(PoisonError::into_inner);
        // A plugin that does not listen must not make this grow.
        if unheard.len() < 16 {
            unheard.push_back(*signal);
        }
        drop(unheard);
        self.arrived.notify_one();
    }
}
