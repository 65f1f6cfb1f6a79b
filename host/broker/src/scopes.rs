//! Scopes: changes of the network that belong together. They stay when the plugin commits them. Otherwise they are undone,
//! the last first: when the plugin gives the scope up, when its run ends in any way, and, from a journal, when a broker
//! starts after this one was killed.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::netlink::NetNamespace;
use super::operation::{Error, refused};
use super::undo_journal::{self as journal, Journal};
use super::undo_kernel as kernel;
use super::undo_place::Place;
use super::user_process::Rights;
use nethost_core::Request;
use nethost_gate::{Gate, Ticket};
use nethost_netlink::change::NetworkChange;
use nethost_netlink::message::{Message, Messages};
use nethost_netlink::undo::{Standing, Undoing};

/// The capability of all changes.
pub(super) const CAPABILITY: &str = "route.write";
/// The maximum number of scopes of a run, and of changes in a scope.
const SCOPES: usize = 16;
pub(super) const CHANGES: usize = 256;
/// The maximum size of a journal.
pub(super) const LONGEST: usize = 1 << 20;

/// Why the changes of a scope are undone that the plugin has dropped, or has asked to undo.
pub(super) const GIVEN_UP: &str = "the plugin has given it up";

/// Where the journals are, and what is written at the head of each.
#[derive(Debug, Clone)]
pub struct Journals {
    /// The folder.
    pub folder: PathBuf,
    /// The name of the plugin.
    pub plugin: String,
}

/// What became of a change that was to be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum UndoneChange {
    /// It was undone.
    Undone,
    /// There was nothing to undo: what was there before is there.
    Gone,
    /// It is left, because somebody else has changed the same thing since.
    Left,
    /// The system refused. The journal stays.
    Failed(i32),
}

/// The scopes of a run, by their numbers, which the runner chooses.
#[derive(Default)]
pub(super) struct Scopes {
    open: HashMap<u64, Scope>,
}

struct Scope {
    namespace: NetNamespace,
    /// The name of the namespace; None for the run's own.
    name: Option<String>,
    gate: Arc<Gate>,
    journals: Option<Journals>,
    /// It exists while there are changes.
    journal: Option<Journal>,
    changes: Vec<Made>,
    size: usize,
}

/// A change that was made.
struct Made {
    request: Request,
    undoing: Undoing,
}

impl Scopes {
    /// Makes a permitted change in the scope with this number, and returns the kernel's answer.
    pub(super) fn change(
        &mut self,
        number: u64,
        change: &NetworkChange,
        permit: &Ticket,
        namespace: &NetNamespace,
        rights: Rights<'_>,
        journals: Option<&Journals>,
    ) -> Result<Vec<u8>, Error> {
        let name = &permit.request().namespace;
        if !self.open.contains_key(&number) {
            if self.open.len() >= SCOPES {
                return Err(Errno::MFILE.into_error());
            }
            let scope = Scope {
                namespace: namespace.again()?,
                name: name.clone(),
                gate: Arc::clone(permit.gate()),
                journals: journals.cloned(),
                journal: None,
                changes: Vec::new(),
                size: 0,
            };
            self.open.insert(number, scope);
        }
        match self.open.get_mut(&number) {
            Some(scope) if scope.name == *name => scope.change(change, permit, rights),
            _ => Err(refused("a scope is for one network namespace")),
        }
    }

    /// Why the run has ended: a change that is not committed is not allowed any more.
    pub(super) fn revoked(&self, allows: impl Fn(&str, &Request) -> bool) -> Option<String> {
        let mut made = self.open.values().flat_map(|scope| &scope.changes);
        let lost = made.find(|made| !allows(CAPABILITY, &made.request))?;
        let target = &lost.request.target;
        Some(format!(
            "{CAPABILITY} {target}: revoked while it was open, before it was committed"
        ))
    }

    /// The changes stay.
    pub(super) fn commit(&mut self, number: u64) -> io::Result<()> {
        let Some(scope) = self.open.get_mut(&number) else {
            return Ok(());
        };
        if let Some(journal) = &scope.journal {
            journal.remove()?;
        }
        scope.journal = None;
        scope.changes.clear();
        self.open.remove(&number);
        Ok(())
    }

    /// Undoes the changes of a scope. Returns what became of each, the last change first.
    pub(super) fn undo(&mut self, number: u64, why: &str) -> Vec<UndoneChange> {
        let scope = self.open.remove(&number);
        scope.map_or_else(Vec::new, |mut scope| scope.undo(why))
    }

    /// Undoes the changes of all scopes.
    pub(super) fn undo_all(&mut self, why: &str) {
        for (_, mut scope) in self.open.drain() {
            scope.undo(why);
        }
    }
}

impl Scope {
    fn change(
        &mut self,
        change: &NetworkChange,
        permit: &Ticket,
        rights: Rights<'_>,
    ) -> Result<Vec<u8>, Error> {
        if self.changes.len() >= CHANGES {
            return Err(Errno::NOBUFS.into_error());
        }
        let mut noted = None;
        let (namespace, journal) = (&self.namespace, &mut self.journal);
        let before = || {
            let undoing = kernel::note(namespace, change)?;
            let line = journal::line(&undoing)?;
            if self.size + line.len() > LONGEST {
                return Err(Errno::NOBUFS.into());
            }
            if let (None, Some(journals)) = (&journal, &self.journals) {
                let place = Place::of(namespace, self.name.clone())?;
                *journal = Some(Journal::create(journals, place)?);
            }
            if let Some(journal) = journal {
                journal.append(&line)?;
            }
            self.size += line.len();
            noted = Some(undoing);
            Ok(())
        };
        let answer = namespace.change(change, permit.request(), rights, before);
        if let Some(undoing) = noted {
            let is_refused = |answer: &Vec<u8>| {
                let mut all = Messages::new(answer);
                all.any(|message| matches!(message, Message::Error(_)))
            };
            if answer.as_ref().is_ok_and(is_refused) {
                // Nothing has changed. A line that stays does no harm: what was there before is still there.
                if let Some(journal) = &mut self.journal {
                    let _ = journal.take_back();
                }
            } else {
                let request = permit.request().clone();
                self.changes.push(Made { request, undoing });
            }
        }
        if self.changes.is_empty()
            && let Some(journal) = self.journal.take()
        {
            journal.remove()?;
        }
        Ok(answer?)
    }

    fn undo(&mut self, why: &str) -> Vec<UndoneChange> {
        let mut undone = Vec::new();
        while let Some(Made { request, undoing }) = self.changes.pop() {
            let number = self.changes.len();
            undone.push(undo_one(
                &self.namespace,
                &self.gate,
                &request,
                undoing,
                why,
                |noted| match &mut self.journal {
                    Some(journal) => journal.append(&journal::belongings_line(number, noted)?),
                    None => Ok(()),
                },
            ));
        }
        let all = undone
            .iter()
            .all(|undone| !matches!(undone, UndoneChange::Failed(_)));
        if all
            && let Some(journal) = self.journal.take()
            && let Err(error) = journal.remove()
        {
            journal::complain(journal.path(), &error);
        }
        undone
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        self.undo("the run is over");
    }
}

/// Undoes one change, if the object still is as the change left it. `note` writes down what must be put back should this
/// process be killed meanwhile.
pub(super) fn undo_one(
    namespace: &NetNamespace,
    gate: &Gate,
    request: &Request,
    mut undoing: Undoing,
    why: &str,
    note: impl FnOnce(&[nethost_netlink::undo::Snapshot]) -> io::Result<()>,
) -> UndoneChange {
    let request = Request {
        op: "undoable.undo",
        ..request.clone()
    };
    let prepare = || -> io::Result<Standing> {
        let standing = kernel::standing(namespace, &undoing)?;
        if standing == Standing::Changed
            && let Some(belongings) = undoing.undo_concerns()
        {
            undoing.note_belongings(kernel::belongings(namespace, belongings)?);
            if !undoing.belongings().is_empty() {
                note(undoing.belongings())?;
            }
        }
        Ok(standing)
    };
    let failed =
        |error: &io::Error| UndoneChange::Failed(error.raw_os_error().unwrap_or(libc::EIO));
    let standing = match prepare() {
        Ok(standing) => standing,
        Err(error) => {
            gate.leave(CAPABILITY, &request, &error.to_string());
            return failed(&error);
        }
    };
    let acted = match standing {
        Standing::Another => {
            gate.leave(CAPABILITY, &request, "somebody else has changed it since");
            return UndoneChange::Left;
        }
        Standing::Before => match kernel::missing(namespace, &undoing) {
            Ok(missing) if missing.is_empty() => return UndoneChange::Gone,
            Ok(missing) => gate.undo(CAPABILITY, &request, why, || {
                kernel::put_back(namespace, &missing)
            }),
            Err(error) => Ok(Err(error)),
        },
        Standing::Changed => match kernel::is_used(namespace, &undoing) {
            Ok(true) => {
                gate.leave(CAPABILITY, &request, "others use the link by now");
                return UndoneChange::Left;
            }
            Ok(false) => gate.undo(CAPABILITY, &request, why, || {
                kernel::undo(namespace, &undoing)
            }),
            Err(error) => Ok(Err(error)),
        },
    };
    match acted {
        Ok(Ok(())) => UndoneChange::Undone,
        Ok(Err(error)) => failed(&error),
        // What cannot be recorded is not done. The journal stays.
        Err(error) => {
            gate.complain(&error);
            UndoneChange::Failed(libc::EIO)
        }
    }
}

/// An errno as the error of an operation.
trait IntoError {
    fn into_error(self) -> Error;
}

impl IntoError for Errno {
    fn into_error(self) -> Error {
        Error::System(self.into())
    }
}
