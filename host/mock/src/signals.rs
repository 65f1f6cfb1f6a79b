//! Ctrl-C of the operator, at a moment that the scenario names.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

use crate::time::Time;

/// The signals of one run.
pub(crate) struct Signals {
    time: Arc<Time>,
    /// When SIGINT comes.
    interrupt: Option<u64>,
    told: AtomicBool,
    listening: AtomicUsize,
}

impl Signals {
    pub(crate) fn new(time: &Arc<Time>, interrupt: Option<u64>) -> Arc<Self> {
        Arc::new(Self {
            time: Arc::clone(time),
            interrupt,
            told: AtomicBool::new(false),
            listening: AtomicUsize::new(0),
        })
    }

    /// Waits for SIGINT, which comes once.
    pub(crate) async fn interrupted(&self) {
        struct Listening<'a>(&'a AtomicUsize);
        impl Drop for Listening<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, SeqCst);
            }
        }
        self.listening.fetch_add(1, SeqCst);
        let _listening = Listening(&self.listening);
        match self.interrupt {
            Some(at) if !self.told.load(SeqCst) => {
                self.time.until(at).await;
                self.told.store(true, SeqCst);
            }
            _ => std::future::pending().await,
        }
    }

    /// Returns when SIGINT comes and the plugin does not wait for it.
    pub(crate) async fn ends(&self) {
        match self.interrupt {
            Some(at) => {
                self.time.until(at).await;
                if self.told.load(SeqCst) || self.listening.load(SeqCst) > 0 {
                    std::future::pending::<()>().await;
                }
            }
            None => std::future::pending().await,
        }
    }
}
