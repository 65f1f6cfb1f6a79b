//! How a change is undone: what to ask the kernel before it, how to see that it is still in effect, and the messages that
//! put back what was there. Only changes of links, addresses and routes can be undone. Nothing here does I/O.

mod address;
mod belongings;
mod link;
mod route;
mod snapshot;

use serde::{Deserialize, Serialize};

use crate::change::NetworkChange;
use crate::{Address, Change, Error, LinkChange, Route, invalid};

pub use belongings::{Belongings, missing};
pub use snapshot::Snapshot;

/// NLM_F_REPLACE, NLM_F_EXCL and NLM_F_CREATE.
const REPLACE: u16 = 0x100;
const EXCLUSIVE: u16 = 0x200;
const CREATE: u16 = 0x400;

/// The object that a change is about.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// An existing link.
    Link(&'a LinkChange),
    /// An address of a link.
    Address(&'a Address),
    /// A route.
    Route(&'a Route),
}

/// A change with what is needed to undo it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undoing {
    change: NetworkChange,
    /// The object before the change; none if it did not exist.
    before: Option<Snapshot>,
    /// What the kernel removes along with the change, or while it is undone.
    belongings: Vec<Snapshot>,
}

/// Why a change could not be undone exactly, so that it is not made.
#[derive(Debug, thiserror::Error)]
pub enum NotUndoable {
    /// It is of another kind.
    #[error(transparent)]
    Form(#[from] Error),
    /// Several routes have this table, destination and metric.
    #[error("several routes have this destination and metric")]
    Several,
    /// The new route would stand beside another one.
    #[error(
        "there is a route with this destination and metric; only a change that replaces it can be undone"
    )]
    Beside,
}

/// What the kernel has of the object of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// What was there before the change.
    Before,
    /// What the change made of it.
    Changed,
    /// Something else: somebody has changed it since.
    Another,
}

impl<'a> Subject<'a> {
    /// The subject of a change, if that can be undone.
    pub fn of(change: &'a NetworkChange) -> Result<Self, Error> {
        match &change.change {
            Change::Link(link) => link::check(change.put, link).map(|()| Self::Link(link)),
            Change::Address(address) => address::check(address).map(|()| Self::Address(address)),
            Change::Route(route) => route::check(route).map(|()| Self::Route(route)),
            _ => Err(invalid(
                "only changes of links, addresses and routes can be undone",
            )),
        }
    }

    /// The message that asks for it. The answer can contain other objects, too.
    pub fn question(&self) -> Result<Vec<u8>, Error> {
        match self {
            Self::Link(link) => link::question(link.index),
            Self::Address(address) => address::question(address.family, address.index),
            Self::Route(route) => route::question(route.family, route::table(route)),
        }
    }

    /// Whether this is the object.
    pub fn is(&self, found: &Snapshot, put: bool) -> bool {
        match self {
            Self::Link(link) => link::is(link, found),
            Self::Address(address) => address::is(address, found),
            Self::Route(route) => route::is(route, found, put),
        }
    }
}

impl Undoing {
    /// Notes what is there before a change: the objects in the kernel's answer that are its subject.
    pub fn new(change: &NetworkChange, mut found: Vec<Snapshot>) -> Result<Self, NotUndoable> {
        let subject = Subject::of(change)?;
        if found.len() > 1 {
            return Err(NotUndoable::Several);
        }
        let before = found.pop();
        let adds = change.put && change.flags & (REPLACE | EXCLUSIVE) == 0;
        if adds && before.is_some() && matches!(subject, Subject::Route(_)) {
            return Err(NotUndoable::Beside);
        }
        let undoing = Self {
            change: change.clone(),
            before,
            belongings: Vec::new(),
        };
        // What cannot be put back is refused now.
        undoing.message()?;
        Ok(undoing)
    }

    /// The change.
    pub fn change(&self) -> &NetworkChange {
        &self.change
    }

    /// The belongings of the link, if the kernel removes some along with the change, or when it is undone.
    pub fn concerns(&self) -> Option<Belongings> {
        match &self.change.change {
            Change::Link(link) => {
                let concerns = link::removes(link) || link::sets_up(link);
                concerns.then(|| Belongings::of(link.index))
            }
            Change::Address(address) if !self.change.put => Some(Belongings::of(address.index)),
            _ => None,
        }
    }

    /// The same where they are only known when it is undone: with the last address of a link, the kernel removes its
    /// routes.
    pub fn undo_concerns(&self) -> Option<Belongings> {
        match &self.change.change {
            Change::Address(address) if self.change.put && self.before.is_none() => {
                Some(Belongings::of(address.index))
            }
            _ => None,
        }
    }

    /// Whether others use the link that the change has set up: it would be set down again. `found` has its belongings.
    pub fn is_used(&self, found: &[Snapshot]) -> bool {
        let Change::Link(link) = &self.change.change else {
            return false;
        };
        let belongings = Belongings::of(link.index);
        let is_new = |one: &Snapshot| !self.belongings.iter().any(|other| other.is_alike(one));
        let mut used = found.iter().filter(|one| belongings.shows_use(one));
        link::sets_up(link) && used.any(is_new)
    }

    /// Notes what is removed along, without the object itself.
    pub fn note_belongings(&mut self, found: Vec<Snapshot>) {
        let Ok(subject) = Subject::of(&self.change) else {
            return;
        };
        let put = self.change.put;
        self.belongings = found;
        self.belongings.retain(|one| !subject.is(one, put));
    }

    /// What was removed along.
    pub fn belongings(&self) -> &[Snapshot] {
        &self.belongings
    }

    /// What became of the object. `found` has the objects in the kernel's answer that are its subject.
    pub fn standing(&self, found: &[Snapshot]) -> Standing {
        let now = match found {
            [] => None,
            [one] => Some(one),
            _ => return Standing::Another,
        };
        let Ok(subject) = Subject::of(&self.change) else {
            return Standing::Another;
        };
        if is_same(subject, self.before.as_ref(), now) {
            return Standing::Before;
        }
        let changed = match (now, self.change.put) {
            (None, put) => !put,
            (Some(_), false) => false,
            (Some(now), true) => match subject {
                Subject::Link(link) => link::is_set(link, now),
                Subject::Address(address) => address::is_set(address, now),
                Subject::Route(route) => route::is_set(route, now),
            },
        };
        match changed {
            true => Standing::Changed,
            false => Standing::Another,
        }
    }

    /// The message that puts back what was there.
    pub fn message(&self) -> Result<Vec<u8>, Error> {
        let subject = Subject::of(&self.change)?;
        let builder = match (subject, &self.before) {
            (Subject::Link(link), Some(before)) => link::back(link, before)?,
            (Subject::Link(_), None) => return Err(invalid("there is no such link")),
            (_, Some(before)) if self.change.put => before.restoring(CREATE | REPLACE)?,
            (_, Some(before)) => before.restoring(CREATE | EXCLUSIVE)?,
            (_, None) if !self.change.put => return Err(invalid("there is nothing to remove")),
            (Subject::Address(address), None) => address::removing(address)?,
            (Subject::Route(route), None) => route::removing(route)?,
        };
        Ok(builder.finish()?.0)
    }
}

fn is_same(subject: Subject<'_>, before: Option<&Snapshot>, now: Option<&Snapshot>) -> bool {
    match (before, now) {
        (None, None) => true,
        (Some(before), Some(now)) => match subject {
            Subject::Link(link) => link::values(link, before) == link::values(link, now),
            // What lasts longer or shorter was changed, too.
            Subject::Address(_) => {
                before.is_alike(now) && address::changed_at(now) == address::changed_at(before)
            }
            Subject::Route(_) => before.is_alike(now),
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests;
