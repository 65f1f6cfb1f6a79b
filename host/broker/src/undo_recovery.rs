//! What brokers that were killed have left half done: undone by the next one that starts.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::netlink::NetNamespace;
use super::scopes::{CAPABILITY, UndoneChange, undo_one};
use super::undo_journal::{self as journal, Journal, Pending, SUFFIX, Unfit};
use super::user_process::Rights;
use nethost_core::owned_path::{self, Owner};
use nethost_core::{Interface, InterfaceBy, ObjectName, Request, Target};
use nethost_gate::Gate;
use nethost_netlink::change::{LookUp, check_namespace_name, prepare};
use nethost_netlink::undo::Undoing;

/// The maximum number of journals that are looked at.
const MOST: usize = 1024;

/// Whether there are journals in a folder, of brokers that live or are gone.
pub fn has_journals(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .any(|path| is_journal(&path))
}

fn is_journal(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.as_encoded_bytes());
    name.is_some_and(|name| name.ends_with(SUFFIX.as_bytes()))
}

/// Undoes what is in journals whose broker is gone: those of this start of the kernel, and of this network namespace or one
/// that still has its name. A journal that only this user or root can have written is believed; others are named.
pub fn recover(folder: &Path, gate: &Arc<Gate>) {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return,
        entries => entries,
    };
    let judged = owned_path::judge(folder, Owner::RootOrSelf).map_err(io::Error::from);
    let entries = match judged.and(entries) {
        Ok(entries) => entries,
        // Nothing runs with so few descriptors, and whoever needs one says so.
        Err(error) if error.raw_os_error() == Some(libc::EMFILE) => return,
        Err(error) => return journal::complain(folder, &error),
    };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| is_journal(path))
        .take(MOST)
        .collect();
    paths.sort_unstable();
    for path in paths {
        match recover_one(&path, gate) {
            Ok(()) => {}
            Err(unfit) => journal::complain(&path, &format!("{unfit}; it is not used")),
        }
    }
}

fn recover_one(path: &Path, gate: &Arc<Gate>) -> Result<(), Unfit> {
    let Some(file) = journal::take_over(path)? else {
        return Ok(());
    };
    let Some(pending) = journal::read(&file)? else {
        return Ok(journal::remove(path)?);
    };
    if !pending.place.is_of_this_boot()? {
        for undoing in &pending.changes {
            let request = request(undoing, None, None);
            gate.leave(
                CAPABILITY,
                &request,
                "the machine has been started again since",
            );
        }
        return Ok(journal::remove(path)?);
    }
    let Some(namespace) = namespace(&pending)? else {
        return Ok(());
    };
    undo(pending, &namespace, gate, file, path)
}

/// The namespace of a journal, if it is this one, or still has its name.
fn namespace(pending: &Pending) -> io::Result<Option<NetNamespace>> {
    let own = NetNamespace::default();
    if pending.place.is(&own)? {
        return Ok(Some(own));
    }
    let Some(name) = &pending.place.namespace.name else {
        return Ok(None);
    };
    let named = NetNamespace::named(name, Rights::of(None));
    match named.and_then(|named| Ok((pending.place.is(&named)?, named))) {
        Ok((true, named)) => Ok(Some(named)),
        // It is gone, or another one has its name.
        Ok((false, _)) | Err(_) => Ok(None),
    }
}

fn undo(
    pending: Pending,
    namespace: &NetNamespace,
    gate: &Arc<Gate>,
    file: File,
    path: &Path,
) -> Result<(), Unfit> {
    let plugin = nethost_core::text::line(&pending.plugin);
    let why = format!(
        "the broker of {plugin}, process {}, was killed",
        pending.pid
    );
    let mut journal = Journal::over(file, path.into())?;
    let name = pending.place.namespace.name.as_deref();
    let mut all = true;
    for (number, undoing) in pending.changes.into_iter().enumerate().rev() {
        let request = request(&undoing, name, Some(namespace));
        let note = |found: &[_]| journal.append(&journal::belongings_line(number, found)?);
        let undone = undo_one(namespace, gate, &request, undoing, &why, note);
        all &= !matches!(undone, UndoneChange::Failed(_));
    }
    match all {
        true => Ok(journal.remove()?),
        false => {
            let why = "not all of it could be undone (the audit log says what); the next start tries again";
            journal::complain(path, &why);
            Ok(())
        }
    }
}

/// Finds the names for a record; nothing is entered.
struct Named<'a>(Option<&'a NetNamespace>);

impl LookUp for Named<'_> {
    fn link(&mut self, index: u32) -> Option<Interface> {
        let link = self.0?.interface(&InterfaceBy::Index(index)).ok();
        link.map(Interface::without_index)
    }

    fn enter(&mut self, name: &str) -> Result<i32, nethost_netlink::Error> {
        check_namespace_name(name).map(|()| -1)
    }
}

/// The request of a change, as the record of undoing it has it.
fn request(undoing: &Undoing, name: Option<&str>, namespace: Option<&NetNamespace>) -> Request {
    let change = undoing.change();
    let link = namespace.and_then(|namespace| namespace.interface_of(change));
    let request = match prepare(change, link, &mut Named(namespace)) {
        Ok((_, request)) => request,
        // A link that is gone has no name any more.
        Err(_) => {
            let target = ObjectName::new("a link that is gone").map(Target::Object);
            Request::new("undoable.undo", target.unwrap_or(Target::Local("links")))
        }
    };
    Request {
        op: "undoable.undo",
        ..request.in_namespace(name)
    }
}
