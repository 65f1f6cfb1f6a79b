//! The destination of a run's events, and their numbers.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use nethost_core::{Access, Authority, Event, Exception, HostName, RecordError, Recorder, output};

/// The records of one run.
pub(super) struct Records {
    recorder: Arc<dyn Recorder>,
    /// Another process that decides, too, if this process does not have the privilege for what it allows.
    authority: Option<Arc<dyn Authority>>,
    handles: AtomicU64,
    unrecorded_denials: AtomicU64,
    complained: AtomicBool,
}

impl Records {
    pub(super) fn new(recorder: Arc<dyn Recorder>, authority: Option<Arc<dyn Authority>>) -> Self {
        Self {
            recorder,
            authority,
            handles: AtomicU64::new(0),
            unrecorded_denials: AtomicU64::new(0),
            complained: AtomicBool::new(false),
        }
    }

    /// The number of the next access or denial, unique within the run.
    pub(super) fn next_handle(&self) -> u64 {
        self.handles.fetch_add(1, Relaxed) + 1
    }

    /// Records that an access is about to happen. If there is an authority, it decides first and records. Returns the
    /// denied parts of a set.
    pub(super) fn open(
        &self,
        access: &Access<'_>,
    ) -> Result<Vec<(Exception, String)>, RecordError> {
        match &self.authority {
            Some(authority) => authority.authorize(access),
            None => self
                .recorder
                .record(&Event::Open(access))
                .map(|()| Vec::new()),
        }
    }

    pub(super) fn record(&self, event: &Event<'_>) -> Result<(), RecordError> {
        self.recorder.record(event)
    }

    /// For events without an effect that could be prevented: a failure to record is reported once.
    pub(super) fn note(&self, event: &Event<'_>) {
        if let Err(error) = self.record(event) {
            self.complain(&error);
        }
    }

    pub(super) fn complain(&self, error: &RecordError) {
        if !self.complained.swap(true, Relaxed) {
            let message = format!("warning: {error}; this run is not fully recorded");
            // The broker does not wait for a terminal.
            output::say_at_once("nethost", &message);
        }
    }

    /// The number of denials without a record. The last record of the run contains it.
    pub(super) fn count_unrecorded_denials(&self, count: u64) {
        self.unrecorded_denials.fetch_add(count, Relaxed);
    }

    pub(super) fn unrecorded_denials(&self) -> u64 {
        self.unrecorded_denials.load(Relaxed)
    }

    /// Reports the addresses of a name to the authority.
    pub(super) fn resolved(&self, handle: u64, name: &HostName, addresses: &[IpAddr]) {
        if let Some(authority) = &self.authority
            && let Err(error) = authority.resolved(handle, name, addresses)
        {
            self.complain(&error);
        }
    }

    /// Whether this process writes the records.
    pub(super) fn are_here(&self) -> bool {
        self.recorder.is_here()
    }

    pub(super) fn policy_changed(&self, digest: Option<String>) {
        self.recorder.policy_changed(digest);
    }
}
