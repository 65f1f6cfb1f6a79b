//! The record of a run, while it is written or replayed.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, Wake, Waker};

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
    Replays(Box<Player>, Console),
}

/// Whether a task was woken since it was polled, and whom to tell.
struct Woken {
    woken: AtomicBool,
    by: Waker,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Relaxed);
        self.by.wake_by_ref();
    }
}

/// In a replay, the plugin waits for something that is not on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stuck;

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
        Self::new(Mode::Replays(Box::new(player), console))
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

    /// The record that is written, or else the one that is replayed.
    pub fn recorder_or_player(&self) -> Result<&Recorder, &Player> {
        match &self.mode {
            Mode::Records(recorder) => Ok(recorder),
            Mode::Replays(player, _) => Err(player),
        }
    }

    /// The record that is written, if one is.
    pub fn recorder(&self) -> Option<&Recorder> {
        self.recorder_or_player().ok()
    }

    /// The record that is replayed, if one is.
    pub fn player(&self) -> Option<&Player> {
        self.recorder_or_player().err()
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

    /// Drives the plugin, and notes each time when it has nothing left to do: what comes after that came from outside. In a
    /// replay, nothing comes from outside but the next event of the record.
    pub async fn drive<T>(&self, plugin: impl Future<Output = T>) -> Result<T, Stuck> {
        let mut plugin = pin!(plugin);
        poll_fn(|context| {
            let woken = Arc::new(Woken {
                woken: AtomicBool::new(false),
                by: context.waker().clone(),
            });
            let waker = Waker::from(Arc::clone(&woken));
            if let Poll::Ready(ended) = plugin.as_mut().poll(&mut Context::from_waker(&waker)) {
                return Poll::Ready(Ok(ended));
            }
            let woken = woken.woken.load(Relaxed);
            match &self.mode {
                Mode::Records(recorder) => recorder.is_idle(),
                Mode::Replays(player, _) => {
                    if !player.is_idle(!woken) && !woken {
                        return Poll::Ready(Err(Stuck));
                    }
                }
            }
            Poll::Pending
        })
        .await
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use nethost_record::{Header, Plugin, Record};

    fn replay() -> Arc<Tape> {
        let plugin = Plugin {
            name: "probe".into(),
            typed: "probe".into(),
            digest: "sha256:0".into(),
        };
        let record = Record {
            header: Header::new("0.1.1", plugin, Vec::new(), String::new()),
            events: Vec::new(),
            end: None,
        };
        let pulse = Arc::new(crate::limits::Pulse::new(&nethost_policy::Limits::DEFAULT));
        Tape::replays(Player::new(record), Console::output(pulse))
    }

    #[tokio::test]
    async fn a_plugin_that_nothing_wakes_is_stuck() {
        let tape = replay();
        assert_eq!(tape.drive(std::future::pending::<()>()).await, Err(Stuck));
        let mut times = 0;
        let patient = poll_fn(|context| {
            times += 1;
            context.waker().wake_by_ref();
            match times {
                5 => Poll::Ready(times),
                _ => Poll::Pending,
            }
        });
        assert_eq!(tape.drive(patient).await, Ok(5));
        let player = tape.player().unwrap();
        assert_eq!(tape.drive(player.pause()).await, Ok(()));
    }
}
