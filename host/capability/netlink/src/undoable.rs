//! Changes that are undone unless they are committed. The broker does that, which lives when this process is killed.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::convert;
use super::service::{Namespace, change_of};
use crate::bindings::nethost::cap::netlink as wit;
use nethost_broker::UndoneChange;
use nethost_kit::types::ErrorCode;
use nethost_netlink::undo::Subject;

/// The number of the next scope of this run.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// A scope of changes.
pub struct Undoable {
    namespace: Namespace,
    scope: u64,
}

impl Undoable {
    pub(super) fn open(namespace: &Namespace) -> Self {
        Self {
            namespace: namespace.again(),
            scope: NEXT.fetch_add(1, Relaxed),
        }
    }

    pub(super) fn put(
        &self,
        change: &wit::Change,
        how: wit::How,
    ) -> Result<Option<String>, wit::Failure> {
        self.change(change, true, how)
    }

    pub(super) fn remove(&self, change: &wit::Change) -> Result<Option<String>, wit::Failure> {
        self.change(change, false, wit::How::empty())
    }

    fn change(
        &self,
        change: &wit::Change,
        put: bool,
        how: wit::How,
    ) -> Result<Option<String>, wit::Failure> {
        let change = change_of(change, put, how, Some(self.scope))?;
        // Refused before it is asked for.
        Subject::of(&change).map_err(convert::error_code)?;
        self.namespace.change(change)
    }

    pub(super) fn commit(&self) -> Result<(), ErrorCode> {
        Ok(self.namespace.broker().commit_changes(self.scope)?)
    }

    pub(super) fn undo(&self) -> Result<Vec<wit::UndoneChange>, ErrorCode> {
        let undone = self.namespace.broker().undo_changes(self.scope)?;
        let undone = undone.into_iter().map(|undone| match undone {
            UndoneChange::Undone => wit::UndoneChange::Undone,
            UndoneChange::Gone => wit::UndoneChange::Gone,
            UndoneChange::Left => wit::UndoneChange::Left,
            UndoneChange::Failed(errno) => wit::UndoneChange::Failed(errno.unsigned_abs()),
        });
        Ok(undone.collect())
    }
}

impl Drop for Undoable {
    fn drop(&mut self) {
        // If the broker has ended, so has the run.
        let _ = self.namespace.broker().undo_changes(self.scope);
    }
}
