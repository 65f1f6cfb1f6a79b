//! The calls that wait for a signal, and whether the plugin has received a signal that asks for the end.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// Limits the queue if a plugin does not listen.
const MOST: usize = 16;

/// Waiting calls of the plugin, and signals that have not been delivered yet.
#[derive(Debug)]
pub(super) struct Listeners<T> {
    waiting: AtomicUsize,
    /// There was a waiting call.
    known: AtomicBool,
    untold: Mutex<VecDeque<(T, bool)>>,
    arrived: Notify,
    /// A call has received a signal that asks for the end of the run.
    heard: AtomicBool,
    urged: Notify,
    is_urged: AtomicBool,
}

impl<T> Default for Listeners<T> {
    fn default() -> Self {
        Self {
            waiting: AtomicUsize::new(0),
            known: AtomicBool::new(false),
            untold: Mutex::default(),
            arrived: Notify::new(),
            heard: AtomicBool::new(false),
            urged: Notify::new(),
            is_urged: AtomicBool::new(false),
        }
    }
}

/// A waiting call, until it returns or is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl<T> Listeners<T> {
    /// Waits for the next signal.
    pub(super) async fn next(&self) -> T {
        self.waiting.fetch_add(1, Relaxed);
        self.known.store(true, Relaxed);
        let _waiting = Waiting(&self.waiting);
        loop {
            if let Some(told) = self.take() {
                return told;
            }
            self.arrived.notified().await;
        }
    }

    fn take(&self) -> Option<T> {
        let mut untold = self.untold.lock().unwrap_or_else(PoisonError::into_inner);
        let (told, is_end) = untold.pop_front()?;
        self.heard.fetch_or(is_end, Relaxed);
        Some(told)
    }

    /// Delivers a signal to the next waiting call; `is_end` says that it asks for the end of the run.
    pub(super) fn tell(&self, what: T, is_end: bool) {
        let mut untold = self.untold.lock().unwrap_or_else(PoisonError::into_inner);
        if untold.len() < MOST {
            untold.push_back((what, is_end));
        }
        drop(untold);
        self.arrived.notify_one();
        if is_end {
            self.is_urged.store(true, Relaxed);
            self.urged.notify_waiters();
        }
    }

    /// Whether the plugin waits for the end, or has received it.
    pub(super) fn are_served(&self) -> bool {
        self.waiting.load(Relaxed) > 0 || self.heard.load(Relaxed)
    }

    /// Whether the plugin has ever waited.
    pub(super) fn are_known(&self) -> bool {
        self.known.load(Relaxed)
    }

    /// Returns when the run was asked to end.
    pub(super) async fn urged(&self) {
        let urged: Notified<'_> = self.urged.notified();
        let mut urged = std::pin::pin!(urged);
        urged.as_mut().enable();
        if !self.is_urged.load(Relaxed) {
            urged.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_is_told_and_has_heard() {
        let listeners = Listeners::default();
        assert!(!listeners.are_served());
        let told = async {
            tokio::task::yield_now().await;
            assert!(listeners.are_served());
            listeners.tell(1, false);
            tokio::task::yield_now().await;
        };
        assert_eq!(tokio::join!(listeners.next(), told).0, 1);
        assert!(!listeners.are_served(), "that was not the end");
        listeners.tell(2, true);
        assert!(!listeners.are_served(), "nobody has heard");
        listeners.urged().await;
        assert_eq!(listeners.next().await, 2);
        assert!(listeners.are_served());
    }

    #[tokio::test]
    async fn who_gave_up_does_not_wait() {
        let listeners = Listeners::<()>::default();
        let waited = tokio::time::timeout(std::time::Duration::ZERO, listeners.next()).await;
        assert!(waited.is_err() && !listeners.are_served());
    }
}
