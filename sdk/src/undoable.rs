//! Changes that are undone unless they are committed.

use crate::Error;
use crate::bindings::nethost::cap::netlink as wit;
use crate::netlink::{Change, Failure, How, Namespace, UndoneChange};

/// Changes that belong together. They stay when they are committed; otherwise the host undoes them: when this is dropped,
/// and however the run ends.
///
/// ```no_run
/// use nethost_sdk::netlink::{Change, How, Namespace, Route, Undoable};
///
/// let here = Namespace::open(None)?;
/// let changes = Undoable::open(&here);
/// changes.put(&Change::Route(Route::default()), How::CREATE | How::EXCLUSIVE)?;
/// changes.commit()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Undoable(wit::Undoable);

impl Undoable {
    /// Begins without changes.
    pub fn open(namespace: &Namespace) -> Self {
        Self(wit::Undoable::open(&namespace.0))
    }

    /// Adds or changes one object.
    ///
    /// # Errors
    /// As [`Namespace::put`]; `InvalidArgument` if such a change cannot be undone.
    pub fn put(&self, change: &Change, how: How) -> Result<Option<String>, Failure> {
        Ok(self.0.put(change, how)?)
    }

    /// Removes one object.
    ///
    /// # Errors
    /// As [`Undoable::put`].
    pub fn remove(&self, change: &Change) -> Result<Option<String>, Failure> {
        Ok(self.0.remove(change)?)
    }

    /// The changes so far stay.
    ///
    /// # Errors
    /// The system's; then the changes will be undone.
    pub fn commit(&self) -> Result<(), Error> {
        Ok(self.0.commit()?)
    }

    /// Undoes the changes so far. Returns what became of each, the last change first.
    ///
    /// # Errors
    /// The system's.
    pub fn undo(&self) -> Result<Vec<UndoneChange>, Error> {
        Ok(self.0.undo()?)
    }
}
