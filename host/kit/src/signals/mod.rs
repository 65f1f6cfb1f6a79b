//! Signals such as Ctrl-C. A plugin that waits for a signal receives it and can finish in its own way. A plugin that
//! does not wait is ended, like a native program without a handler. A second signal ends the plugin in any case, also
//! if it computes and never calls the host.
//!
//! No thread waits for signals, because starting one would be slow. A handler writes each signal to a pipe, which the
//! runtime reads whenever the plugin waits. The handler also moves the epoch of the engine, so that a busy plugin is
//! checked. A timer that runs only while this process computes moves the epoch too.

mod listeners;
mod sys;

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use rustix::pipe::PipeFlags;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGWINCH};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use wasmtime::Engine;

use crate::wit::Signal;
use listeners::Listeners;
use sys::Arrived;

/// How often a busy plugin is checked, in processor time.
const TICK: Duration = Duration::from_millis(50);

/// The signals that end a run. After SIGHUP, the terminal is gone, so nobody can interrupt again.
const ENDING: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];
/// The other signals that plugins receive.
const TOLD: [(i32, Signal); 2] = [(SIGQUIT, Signal::Quit), (SIGWINCH, Signal::WindowChange)];

/// The signals of the operator, and whether the plugin has received them.
pub struct Signals {
    /// None: signals do what they do to any process.
    noted: Option<AsyncFd<OwnedFd>>,
    arrived: Arc<Arrived>,
    /// Calls that wait for SIGINT and for the signals that do not end the run.
    interrupted: Listeners<Signal>,
    /// Calls that wait for SIGTERM.
    terminated: Listeners<()>,
    /// Calls that wait for SIGUSR1.
    report_wanted: Listeners<()>,
}

/// Moves the epoch of the engine while this process computes, so that a busy plugin is checked.
pub fn watch(engine: &Engine) -> io::Result<()> {
    sys::watch(TICK, engine)
}

/// Makes a write beyond the limit on file size fail instead of ending the process.
pub fn survive_full_files() {
    sys::survive_full_files();
}

impl Signals {
    /// No handlers: a plugin never gets a signal, and each ends the process.
    pub fn none() -> Self {
        Self {
            noted: None,
            arrived: Arc::default(),
            interrupted: Listeners::default(),
            terminated: Listeners::default(),
            report_wanted: Listeners::default(),
        }
    }

    /// Installs the handlers. Call it within a runtime.
    pub fn listen(engine: &Engine) -> io::Result<Arc<Self>> {
        let (noted, pipe) = rustix::pipe::pipe_with(PipeFlags::NONBLOCK | PipeFlags::CLOEXEC)?;
        let (pipe, arrived) = (Arc::new(pipe), Arc::default());
        let told = TOLD.map(|(number, _)| number);
        for number in ENDING.into_iter().chain(told).chain([SIGUSR1]) {
            sys::note(number, &pipe, &arrived, engine)?;
        }
        watch(engine)?;
        Ok(Arc::new(Self {
            noted: Some(nethost_net::register(noted, Interest::READABLE)?),
            arrived,
            interrupted: Listeners::default(),
            terminated: Listeners::default(),
            report_wanted: Listeners::default(),
        }))
    }

    /// Waits for the next signal except SIGTERM. Another task must wait for `end` at the same time.
    pub async fn next(&self) -> Signal {
        self.interrupted.next().await
    }

    /// Waits for SIGTERM. Another task must wait for `end` at the same time.
    pub async fn terminated(&self) {
        self.terminated.next().await
    }

    /// Waits for SIGUSR1. Another task must wait for `end` at the same time.
    pub async fn report_wanted(&self) {
        self.report_wanted.next().await
    }

    /// The signal that ends the run: the plugin does not wait for it, it was sent twice, or it always ends the run.
    pub fn ends(&self) -> Option<i32> {
        let (interrupts, terminations) = (&self.arrived.interrupts, &self.arrived.terminations);
        if self.arrived.hangups.is_some() {
            return Some(SIGHUP);
        }
        if self.arrived.reports.is_some() && !self.report_wanted.are_known() {
            return Some(SIGUSR1);
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

    /// Delivers signals to the plugin, until one ends the run.
    pub async fn end(&self) -> i32 {
        loop {
            if let Some(number) = self.ends() {
                return number;
            }
            let Some(noted) = &self.noted else {
                return std::future::pending().await;
            };
            // This fails only if the runtime ends, and then the run ends too.
            let Ok(mut ready) = noted.readable().await else {
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

    /// Returns when the operator wants the run to end, so that slow work can be cancelled.
    pub async fn hurry(&self) {
        self.interrupted.urged().await
    }

    fn raise(&self, number: i32) {
        match number {
            SIGTERM => self.terminated.tell((), true),
            SIGUSR1 => self.report_wanted.tell((), false),
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
