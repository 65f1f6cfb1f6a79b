//! Ctrl-C and its kin. A plugin that waits for a signal hears it, and may finish in its own way; one that does not is
//! ended, as a native program is that has no handler. A second one ends it in any case, even when it computes and
//! never calls the host.
//!
//! No thread listens: starting one would take longer than much else at a start. A handler notes each
//! signal in a pipe, which the runtime reads whenever the plugin waits, and moves the engine's epoch, at
//! which a busy plugin is looked at. A clock that runs only while this process computes moves it as well.

mod listeners;
mod sys;

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use rustix::pipe::PipeFlags;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGWINCH};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use wasmtime::Engine;

use crate::wit::Signal;
use listeners::Listeners;
use sys::Arrived;

/// How often a busy plugin is looked at, in processor time.
const TICK: Duration = Duration::from_millis(50);

/// What ends a run. Of the last, the terminal is gone, and with it whoever could interrupt again.
const ENDING: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];
/// What plugins hear of besides.
const TOLD: [(i32, Signal); 2] = [(SIGQUIT, Signal::Quit), (SIGWINCH, Signal::WindowChange)];

/// What the operator said, and whether the plugin has heard it.
pub struct Signals {
    noted: AsyncFd<OwnedFd>,
    arrived: Arc<Arrived>,
    /// Waiting for SIGINT and for what is only told.
    interrupted: Listeners<Signal>,
    /// Waiting for SIGTERM.
    terminated: Listeners<()>,
}

/// From now on a write beyond the limit on the size of files fails, and ends nothing.
pub fn survive_full_files() {
    sys::survive_full_files();
}

impl Signals {
    /// Starts listening, within a runtime.
    pub fn listen(engine: &Engine) -> io::Result<Arc<Self>> {
        let (noted, pipe) = rustix::pipe::pipe_with(PipeFlags::NONBLOCK | PipeFlags::CLOEXEC)?;
        let (pipe, arrived) = (Arc::new(pipe), Arc::default());
        for number in ENDING.into_iter().chain(TOLD.map(|(number, _)| number)) {
            sys::note(number, &pipe, &arrived, engine)?;
        }
        sys::watch(TICK, engine)?;
        Ok(Arc::new(Self {
            noted: nethost_net::register(noted, Interest::READABLE)?,
            arrived,
            interrupted: Listeners::default(),
            terminated: Listeners::default(),
        }))
    }

    /// Waits for the next signal but SIGTERM. Somebody must wait for `end` meanwhile.
    pub async fn next(&self) -> Signal {
        self.interrupted.next().await
    }

    /// Waits for SIGTERM. Somebody must wait for `end` meanwhile.
    pub async fn terminated(&self) {
        self.terminated.next().await
    }

    /// The signal that ends the run: one that nobody waits for, or has come twice, or that leaves no choice.
    pub fn ends(&self) -> Option<i32> {
        let (interrupts, terminations) = (&self.arrived.interrupts, &self.arrived.terminations);
        if self.arrived.hangups.is_some() {
            return Some(SIGHUP);
        }
        let unheard = |count: u32, is_awaited: bool| count > 1 || (count == 1 && !is_awaited);
        let has_come = [
            (
                SIGTERM,
                unheard(terminations.count(), self.terminated.are_served()),
            ),
            (
                SIGINT,
                unheard(interrupts.count(), self.interrupted.are_served()),
            ),
        ];
        let mut ending = has_come.into_iter().filter(|(_, ends)| *ends);
        ending.next().map(|(number, _)| number)
    }

    /// Hands signals on to the plugin, until one ends the run.
    pub async fn end(&self) -> i32 {
        loop {
            if let Some(number) = self.ends() {
                return number;
            }
            // It fails only when the runtime ends, and the run with it.
            let Ok(mut ready) = self.noted.readable().await else {
                return SIGHUP;
            };
            let mut numbers = [0; 16];
            let read = ready.try_io(|pipe| Ok(rustix::io::read(pipe.get_ref(), &mut numbers)?));
            let count = read.map_or(0, |count| count.unwrap_or(0));
            for number in &numbers[..count] {
                self.raise(i32::from(*number));
            }
        }
    }

    /// Resolves when the operator wants the run to end: what takes long may be given up.
    pub async fn hurry(&self) {
        self.interrupted.urged().await
    }

    fn raise(&self, number: i32) {
        match number {
            SIGTERM => self.terminated.tell((), true),
            SIGINT => self.interrupted.tell(Signal::Interrupt, true),
            _ => {
                let told = TOLD.iter().find(|(known, _)| *known == number);
                if let Some((_, signal)) = told {
                    self.interrupted.tell(*signal, false);
                }
            }
        }
    }
}
