//! The virtual clock, and the executor that moves it. Time passes only while the plugin waits: then the clock jumps to
//! the next moment that somebody waits for. So an hour of pinging takes milliseconds, and each run is the same.

use std::collections::BTreeMap;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

/// What the monotonic clock says at the start, in nanoseconds: as on a machine that was started an hour ago.
const BOOTED: u64 = 3600 * 1_000_000_000;

/// The clock of one run.
pub(crate) struct Time {
    /// Nanoseconds since 1970 when the run starts.
    start: u64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Nanoseconds since the start.
    now: u64,
    /// Who is to be woken when. The second number keeps the order of those who wait for the same moment.
    waiting: BTreeMap<(u64, u64), Waker>,
    next: u64,
}

/// Why a run does not end by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Stuck {
    /// Nothing that the plugin waits for can happen.
    #[error("it waits for something that this scenario never does")]
    Forever,
    /// The virtual clock has passed the limit.
    #[error(
        "it was still running after {0:?} of the virtual clock; `limit` in the scenario raises that"
    )]
    Late(Duration),
    /// The real clock has passed the limit.
    #[error("it computed for more than {0:?} without an end")]
    Slow(Duration),
}

impl Time {
    /// A clock that starts at this time.
    pub(crate) fn starting(start: u64) -> Arc<Self> {
        Arc::new(Self {
            start,
            state: Mutex::default(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nanoseconds since the start of the run.
    pub(crate) fn elapsed(&self) -> u64 {
        self.state().now
    }

    /// Nanoseconds since 1970-01-01 UTC.
    pub(crate) fn wall(&self) -> u64 {
        self.start.saturating_add(self.elapsed())
    }

    /// A moment of the run as time since 1970.
    pub(crate) fn wall_at(&self, elapsed: u64) -> u64 {
        self.start.saturating_add(elapsed)
    }

    /// Nanoseconds of the monotonic clock.
    pub(crate) fn monotonic(&self) -> u64 {
        BOOTED.saturating_add(self.elapsed())
    }

    /// Waits for a moment of the run.
    pub(crate) fn until(self: &Arc<Self>, elapsed: u64) -> Sleep {
        Sleep {
            time: Arc::clone(self),
            deadline: elapsed,
            key: None,
        }
    }

    /// Waits for this many nanoseconds.
    pub(crate) fn after(self: &Arc<Self>, nanoseconds: u64) -> Sleep {
        self.until(self.elapsed().saturating_add(nanoseconds))
    }

    /// Waits for a moment of the monotonic clock.
    pub(crate) fn until_monotonic(self: &Arc<Self>, when: u64) -> Sleep {
        self.until(when.saturating_sub(BOOTED))
    }

    /// Wakes a task at a moment at which something happens.
    pub(crate) fn wake_at(&self, elapsed: u64, waker: &Waker) {
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        state.waiting.insert((elapsed, number), waker.clone());
    }

    /// Goes to the next moment that somebody waits for, and wakes them. False if nobody waits.
    fn advance(&self) -> bool {
        let (first, others) = {
            let mut state = self.state();
            let Some(((at, _), first)) = state.waiting.pop_first() else {
                return false;
            };
            state.now = state.now.max(at);
            let later = state.waiting.split_off(&(at.saturating_add(1), 0));
            (first, std::mem::replace(&mut state.waiting, later))
        };
        first.wake();
        others.into_values().for_each(Waker::wake);
        true
    }

    /// Runs a future to its end on this clock. Gives up after these lengths of virtual and of real time.
    pub(crate) fn run<F: Future>(
        &self,
        future: F,
        limit: Duration,
        real: Duration,
    ) -> Result<F::Output, Stuck> {
        let flag = Arc::new(Flag(AtomicBool::new(false)));
        let waker = Waker::from(Arc::clone(&flag));
        let mut context = Context::from_waker(&waker);
        let mut future = pin!(future);
        let started = Instant::now();
        loop {
            flag.0.store(false, SeqCst);
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return Ok(output);
            }
            if started.elapsed() > real {
                return Err(Stuck::Slow(real));
            }
            if flag.0.load(SeqCst) {
                continue;
            }
            if !self.advance() {
                return Err(Stuck::Forever);
            }
            if u128::from(self.elapsed()) > limit.as_nanos() {
                return Err(Stuck::Late(limit));
            }
        }
    }
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, SeqCst);
    }
}

/// Waits for a moment of the virtual clock.
pub(crate) struct Sleep {
    time: Arc<Time>,
    deadline: u64,
    key: Option<(u64, u64)>,
}

impl Sleep {
    fn forget(&mut self) {
        if let Some(key) = self.key.take() {
            self.time.state().waiting.remove(&key);
        }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.forget();
        let deadline = self.deadline;
        let key = {
            let mut state = self.time.state();
            if state.now >= deadline {
                return Poll::Ready(());
            }
            let key = (deadline, state.next);
            state.next += 1;
            state.waiting.insert(key, context.waker().clone());
            key
        };
        self.key = Some(key);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.forget();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SECOND: u64 = 1_000_000_000;
    const LONG: Duration = Duration::from_secs(86_400);
    const REAL: Duration = Duration::from_secs(20);

    #[test]
    fn a_day_takes_no_time() {
        let time = Time::starting(5);
        let real = Instant::now();
        let run = async {
            for _ in 0..86_400 {
                time.after(SECOND).await;
            }
        };
        time.run(run, LONG, REAL).unwrap();
        assert_eq!(time.elapsed(), 86_400 * SECOND);
        assert_eq!(time.wall(), 86_400 * SECOND + 5);
        assert!(real.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn what_ends_first_is_first() {
        let time = Time::starting(0);
        let order = Mutex::new(Vec::new());
        let note = |number: u64| {
            let (time, order) = (&time, &order);
            async move {
                time.until(number * SECOND).await;
                order.lock().unwrap().push(number);
            }
        };
        let run = async { tokio::join!(note(3), note(1), note(2)) };
        time.run(run, LONG, REAL).unwrap();
        assert_eq!(*order.lock().unwrap(), [1, 2, 3]);
    }

    #[test]
    fn who_waits_without_end_is_told() {
        let time = Time::starting(0);
        let never = std::future::pending::<()>();
        assert_eq!(time.run(never, LONG, REAL), Err(Stuck::Forever));
        let late = time.run(time.after(2 * SECOND), Duration::from_secs(1), REAL);
        assert_eq!(late, Err(Stuck::Late(Duration::from_secs(1))));
    }

    #[test]
    fn a_wait_that_is_given_up_does_not_move_the_clock() {
        let time = Time::starting(0);
        let run = async {
            tokio::select! {
                () = time.after(9 * SECOND) => {}
                () = time.after(SECOND) => {}
            }
            time.after(SECOND).await;
        };
        time.run(run, LONG, REAL).unwrap();
        assert_eq!(time.elapsed(), 2 * SECOND);
    }
}
