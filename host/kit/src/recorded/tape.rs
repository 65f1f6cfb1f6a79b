//! The record of a run, while it is written or replayed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use nethost_record::{Event, Player, Recorder, Wasi};

use crate::console::Console;

/// A record that is written, or one that is replayed.
pub struct Tape {
    mode: Mode,
    /// The number of the next stream or result, from 1.
    next: AtomicU64,
    /// The numbers of the stream that the current call was given, and of those that it returns.
    sent: AtomicU64,
    received: AtomicU64,
    result: AtomicU64,
    /// The answer of a call is written, and not its arguments.
    answers: AtomicBool,
}

enum Mode {
    Records(Recorder),
    Replays(Player, Console),
}

/// A record that does not fit its own calls.
#[derive(Debug, thiserror::Error)]
#[error("the record is damaged at {what}: {why}")]
pub struct Damaged {
    /// The call or the stream.
    pub what: String,
    /// What is wrong.
    pub why: String,
}

/// The state of a run that may have a tape.
pub trait Taped {
    /// The tape.
    fn tape(&self) -> Option<&Arc<Tape>>;
}

impl<T: Taped> Taped for &mut T {
    fn tape(&self) -> Option<&Arc<Tape>> {
        T::tape(self)
    }
}

impl Tape {
    /// Writes a record.
    pub fn records(recorder: Recorder) -> Arc<Self> {
        Self::new(Mode::Records(recorder))
    }

    /// Replays a record. What the plugin wrote to standard output goes to this console again.
    pub fn replays(player: Player, console: Console) -> Arc<Self> {
        Self::new(Mode::Replays(player, console))
    }

    fn new(mode: Mode) -> Arc<Self> {
        Arc::new(Self {
            mode,
            next: AtomicU64::new(1),
            sent: AtomicU64::new(0),
            received: AtomicU64::new(0),
            result: AtomicU64::new(0),
            answers: AtomicBool::new(false),
        })
    }

    /// The record that is written, if one is.
    pub fn recorder(&self) -> Option<&Recorder> {
        match &self.mode {
            Mode::Records(recorder) => Some(recorder),
            Mode::Replays(..) => None,
        }
    }

    /// The record that is replayed, if one is.
    pub fn player(&self) -> Option<&Player> {
        match &self.mode {
            Mode::Records(_) => None,
            Mode::Replays(player, _) => Some(player),
        }
    }

    /// The console of a replay.
    pub(super) fn console(&self) -> Option<&Console> {
        match &self.mode {
            Mode::Records(_) => None,
            Mode::Replays(_, console) => Some(console),
        }
    }

    /// Notes what WASI gives, and passes it on.
    pub fn note_wasi(&self, given: Wasi) {
        if let Some(recorder) = self.recorder() {
            recorder.note(Event::Wasi(given));
        }
    }

    /// The number of another stream or result.
    pub(crate) fn number(&self) -> u64 {
        self.next.fetch_add(1, Relaxed)
    }

    /// The plugin passes a stream to the current call.
    pub(super) fn passes_stream(&self) -> u64 {
        let number = self.number();
        self.sent.store(number, Relaxed);
        number
    }

    /// The number of the stream that was passed to the current call.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Relaxed)
    }

    /// The current call returns another stream.
    pub(crate) fn makes_stream(&self) -> u64 {
        let number = self.number();
        self.received.store(number, Relaxed);
        number
    }

    /// The current call returns another result of a stream.
    pub(crate) fn makes_result(&self) -> u64 {
        let number = self.number();
        self.result.store(number, Relaxed);
        number
    }

    /// The stream that the current call returns.
    pub(super) fn made_stream(&self) -> u64 {
        self.received.load(Relaxed)
    }

    /// The result of a stream that the current call returns.
    pub(super) fn made_result(&self) -> u64 {
        self.result.load(Relaxed)
    }

    /// Whether an answer is written.
    pub(super) fn answers(&self) -> bool {
        self.answers.load(Relaxed)
    }

    /// From now on an answer is written, or arguments.
    pub(super) fn turn_to_answers(&self, answers: bool) {
        self.answers.store(answers, Relaxed);
    }
}
