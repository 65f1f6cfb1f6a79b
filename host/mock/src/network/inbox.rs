//! What is on its way to a socket, by the time at which it arrives.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use crate::time::Time;

/// A queue of things that arrive.
pub(crate) struct Inbox<T> {
    time: Arc<Time>,
    state: Mutex<State<T>>,
}

struct State<T> {
    coming: BTreeMap<(u64, u64), T>,
    next: u64,
    waiting: Vec<Waker>,
}

impl<T> Inbox<T> {
    pub(crate) fn new(time: &Arc<Time>) -> Self {
        Self {
            time: Arc::clone(time),
            state: Mutex::new(State {
                coming: BTreeMap::new(),
                next: 0,
                waiting: Vec::new(),
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something arrives after this many nanoseconds.
    pub(crate) fn push(&self, after: u64, item: T) {
        let mut state = self.state();
        let at = self.time.elapsed().saturating_add(after);
        let number = state.next;
        state.next += 1;
        state.coming.insert((at, number), item);
        state.waiting.drain(..).for_each(Waker::wake);
    }

    /// Waits until something has arrived, or until the timeout is over; then takes at most this many, with the moments
    /// of their arrival.
    pub(crate) async fn take(&self, max: usize, timeout: u64) -> Vec<(u64, T)> {
        let deadline = self.time.elapsed().saturating_add(timeout);
        let mut over = std::pin::pin!(self.time.until(deadline));
        std::future::poll_fn(|context| {
            let taken = self.arrived(max);
            if !taken.is_empty() || over.as_mut().poll(context).is_ready() {
                return Poll::Ready(taken);
            }
            let mut state = self.state();
            if let Some((at, _)) = state.coming.keys().next() {
                self.time.wake_at(*at, context.waker());
            }
            state.waiting.push(context.waker().clone());
            Poll::Pending
        })
        .await
    }

    fn arrived(&self, max: usize) -> Vec<(u64, T)> {
        let now = self.time.elapsed();
        let mut state = self.state();
        let mut taken = Vec::new();
        while taken.len() < max
            && let Some(first) = state.coming.first_entry()
            && first.key().0 <= now
        {
            let ((at, _), item) = first.remove_entry();
            taken.push((at, item));
        }
        taken
    }
}
