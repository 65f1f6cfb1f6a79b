//! Gives a plugin again what it got, in the order in which it got it. What the plugin does is compared with the record;
//! the first difference ends the run.

use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use serde_json::Value;

use crate::{Answer, Call, Difference, End, Event, Moved, Record, Wasi};

/// A record that is being replayed.
pub struct Player(Mutex<Inner>);

struct Inner {
    events: VecDeque<Event>,
    end: Option<End>,
    /// Who waits for which event. Only the one whose event is next is woken: the engine looks at its tasks in the order
    /// in which they were woken, so a needless one would change the order of what follows.
    waiting: HashMap<Awaited, Waker>,
    /// The plugin had nothing left to do since the last event.
    idle: bool,
    /// WASI waits for something that is not on record.
    paused: Option<Waker>,
    difference: Option<Difference>,
    wasi: Queues,
}

/// The event that somebody waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Awaited {
    Answer(u64),
    Stream(u64),
    Result(u64),
}

/// What WASI gives, which is independent of the calls: another build may ask more often, or less.
#[derive(Default)]
struct Queues {
    wall: VecDeque<(u64, u32)>,
    monotonic: VecDeque<u64>,
    random: VecDeque<u8>,
    insecure: VecDeque<u8>,
    input: VecDeque<Option<Vec<u8>>>,
    polls: VecDeque<Vec<u32>>,
    last_wall: (u64, u32),
    last_monotonic: u64,
}

/// Why the plugin cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Turn {
    /// It did something else than is on record.
    #[error("it did something else than is on record")]
    Differs,
    /// The record ends here, because the run was stopped or the record was cut off.
    #[error("the record ends here")]
    Over,
}

impl Player {
    /// A player at the beginning of a record.
    pub fn new(record: Record) -> Self {
        let (mut events, mut wasi) = (VecDeque::new(), Queues::default());
        for event in record.events {
            match event {
                Event::Wasi(given) => wasi.keep(given),
                event => events.push_back(event),
            }
        }
        Self(Mutex::new(Inner {
            events,
            end: record.end,
            waiting: HashMap::new(),
            idle: false,
            paused: None,
            difference: None,
            wasi,
        }))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing is left to do for the plugin, and `entirely`, if nothing has woken it either. Returns whether something
    /// comes now.
    pub fn is_idle(&self, entirely: bool) -> bool {
        let mut inner = self.inner();
        inner.idle = true;
        if let Some(waker) = inner.take_waiting() {
            waker.wake();
            return true;
        }
        let paused = inner.paused.take_if(|_| entirely);
        paused.map(Waker::wake).is_some()
    }

    /// Waits until nothing else is left to do: for what WASI waits for, such as time.
    pub async fn pause(&self) {
        let mut paused = false;
        poll_fn(|context| {
            let mut inner = self.inner();
            if paused && inner.paused.is_none() {
                return Poll::Ready(());
            }
            paused = true;
            inner.paused = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// The plugin calls a function. Returns the recorded call.
    pub fn call(&self, name: &str, args: &[Value]) -> Result<Call, Turn> {
        let mut inner = self.inner();
        match inner.events.front() {
            Some(Event::Call(call)) if call.name == name && call.args == args => {}
            _ => {
                return Err(inner.differs(|inner| {
                    Difference::call(inner.events.front(), inner.end.as_ref(), name, args)
                }));
            }
        }
        match inner.next() {
            Some(Event::Call(call)) => Ok(call),
            _ => Err(Turn::Over),
        }
    }

    /// Waits until a call is answered.
    pub fn answer(&self, number: u64, context: &Context<'_>) -> Poll<Answer> {
        let mut inner = self.inner();
        match inner.events.front() {
            Some(Event::Answer { call, idle, .. }) if *call == number && inner.may(*idle) => {}
            _ => return inner.wait(Awaited::Answer(number), context),
        }
        match inner.next() {
            Some(Event::Answer { answer, .. }) => Poll::Ready(answer),
            _ => Poll::Pending,
        }
    }

    /// Waits for what happens next on a stream. `waited` says whether the plugin has waited already; `gives_up`, that it
    /// waits no longer.
    pub fn moved(
        &self,
        stream: u64,
        waited: &mut bool,
        gives_up: bool,
        context: &Context<'_>,
    ) -> Poll<Moved> {
        let mut inner = self.inner();
        match inner.events.front() {
            Some(Event::Stream {
                number,
                moved,
                waited: must,
                idle,
            }) if *number == stream
                && (gives_up || *moved != Moved::GivenUp && inner.may(*idle)) =>
            {
                if *must && !gives_up && !std::mem::replace(waited, true) {
                    return inner.again(context);
                }
            }
            _ => {
                *waited = true;
                return inner.wait(Awaited::Stream(stream), context);
            }
        }
        *waited = false;
        match inner.next() {
            Some(Event::Stream { moved, .. }) => Poll::Ready(moved),
            _ => Poll::Pending,
        }
    }

    /// Waits for the result of a stream.
    pub fn result(&self, stream: u64, waited: &mut bool, context: &Context<'_>) -> Poll<Value> {
        let mut inner = self.inner();
        match inner.events.front() {
            Some(Event::Result {
                number,
                waited: must,
                idle,
                ..
            }) if *number == stream && inner.may(*idle) => {
                if *must && !std::mem::replace(waited, true) {
                    return inner.again(context);
                }
            }
            _ => {
                *waited = true;
                return inner.wait(Awaited::Result(stream), context);
            }
        }
        match inner.next() {
            Some(Event::Result { value, .. }) => Poll::Ready(value),
            _ => Poll::Pending,
        }
    }

    /// The plugin sends other bytes on a stream than those on record.
    pub fn sends(&self, stream: u64, recorded: &[u8], now: &[u8]) -> Turn {
        self.inner()
            .differs(|_| Some(Difference::bytes(stream, recorded, now)))
    }

    /// The plugin reads with too little room for what is on record.
    pub fn reads(&self, stream: u64, recorded: usize, room: usize) -> Turn {
        self.inner()
            .differs(|_| Some(Difference::room(stream, recorded, room)))
    }

    /// The plugin waits for something that is not on record.
    pub fn stuck(&self) -> Turn {
        self.inner()
            .differs(|inner| Difference::waits(inner.events.front(), inner.end.as_ref()))
    }

    /// The plugin has ended. A call that is still on record is a difference.
    pub fn ended(&self, exit: u8) -> Result<(), Turn> {
        let mut inner = self.inner();
        if inner.difference.is_some() {
            return Err(Turn::Differs);
        }
        let left = inner.events.iter().find(|event| match event {
            Event::Call(_) => true,
            Event::Stream { moved, .. } => matches!(moved, Moved::Sent(_)),
            _ => false,
        });
        let Some(left) = left.cloned() else {
            return Ok(());
        };
        Err(inner.differs(|_| Some(Difference::ended(&left, exit))))
    }

    /// What was different.
    pub fn difference(&self) -> Option<Difference> {
        self.inner().difference.take()
    }

    /// The end on record.
    pub fn end(&self) -> Option<End> {
        self.inner().end.clone()
    }

    /// The next time of the wall clock.
    pub fn wall(&self) -> (u64, u32) {
        let wasi = &mut self.inner().wasi;
        if let Some(time) = wasi.wall.pop_front() {
            wasi.last_wall = time;
        }
        wasi.last_wall
    }

    /// The next time of the monotonic clock. After the last one of the record it moves by a millisecond each time, so
    /// that nobody who waits for it waits forever.
    pub fn monotonic(&self) -> u64 {
        let wasi = &mut self.inner().wasi;
        wasi.last_monotonic = match wasi.monotonic.pop_front() {
            Some(time) => time,
            None => wasi.last_monotonic.saturating_add(1_000_000),
        };
        wasi.last_monotonic
    }

    /// Fills these bytes with the next random ones; zeros after the last one of the record.
    pub fn random(&self, secure: bool, bytes: &mut [u8]) {
        let wasi = &mut self.inner().wasi;
        let queue = match secure {
            true => &mut wasi.random,
            false => &mut wasi.insecure,
        };
        bytes.fill_with(|| queue.pop_front().unwrap_or_default());
    }

    /// The next bytes of standard input, at most this many; none at its end.
    pub fn input(&self, most: usize) -> Option<Vec<u8>> {
        let queue = &mut self.inner().wasi.input;
        let mut bytes = queue.pop_front()??;
        if bytes.len() > most {
            queue.push_front(Some(bytes.split_off(most)));
        }
        Some(bytes)
    }

    /// Which of so many things were ready; the first one after the record has ended.
    pub fn poll(&self, count: usize) -> Vec<u32> {
        let ready = self.inner().wasi.polls.pop_front();
        let fits = |ready: &Vec<u32>| ready.iter().all(|index| (*index as usize) < count);
        ready.filter(fits).unwrap_or_else(|| vec![0])
    }
}

impl Inner {
    /// Whether an event may come now.
    fn may(&self, idle: bool) -> bool {
        self.idle || !idle
    }

    /// Takes the next event, and wakes whoever waits for the one after it.
    fn next(&mut self) -> Option<Event> {
        let event = self.events.pop_front();
        self.idle = false;
        let is_at_once = match self.events.front() {
            Some(
                Event::Answer { idle, .. }
                | Event::Stream { idle, .. }
                | Event::Result { idle, .. },
            ) => !idle,
            _ => false,
        };
        if is_at_once && let Some(waker) = self.take_waiting() {
            waker.wake();
        }
        event
    }

    /// Who waits for the next event.
    fn take_waiting(&mut self) -> Option<Waker> {
        let awaited = match self.events.front()? {
            Event::Answer { call, .. } => Awaited::Answer(*call),
            Event::Stream {
                moved: Moved::GivenUp,
                ..
            } => return None,
            Event::Stream { number, .. } => Awaited::Stream(*number),
            Event::Result { number, .. } => Awaited::Result(*number),
            Event::Call(_) | Event::Wasi(_) | Event::End(_) => return None,
        };
        self.waiting.remove(&awaited)
    }

    fn wait<T>(&mut self, awaited: Awaited, context: &Context<'_>) -> Poll<T> {
        self.waiting.insert(awaited, context.waker().clone());
        Poll::Pending
    }

    /// Waits once: the event is there, but the plugin had to wait for it.
    fn again<T>(&self, context: &Context<'_>) -> Poll<T> {
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// Notes the first difference, unless the run was stopped or cut off here.
    fn differs(&mut self, difference: impl FnOnce(&Self) -> Option<Difference>) -> Turn {
        let is_cut = self.end.as_ref().is_none_or(|end| end.stopped.is_some());
        if self.events.is_empty() && is_cut {
            return Turn::Over;
        }
        if self.difference.is_none() {
            self.difference = difference(self);
        }
        Turn::Differs
    }
}

impl Queues {
    fn keep(&mut self, given: Wasi) {
        match given {
            Wasi::Wall(seconds, nanoseconds) => self.wall.push_back((seconds, nanoseconds)),
            Wasi::Monotonic(time) => self.monotonic.push_back(time),
            Wasi::Random(bytes) => self.random.extend(bytes.0),
            Wasi::Insecure(bytes) => self.insecure.extend(bytes.0),
            Wasi::Input(bytes) => self.input.push_back(bytes.map(|bytes| bytes.0)),
            Wasi::Poll(ready) => self.polls.push_back(ready),
        }
    }
}
