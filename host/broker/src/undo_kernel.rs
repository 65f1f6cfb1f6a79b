//! What the kernel is asked and told in order to undo changes.

use std::io;

use netlink_sys::Socket;
use rustix::io::Errno;

use super::netlink::{LARGEST, NetNamespace, exchange, malformed};
use nethost_netlink::DUMP;
use nethost_netlink::change::NetworkChange;
use nethost_netlink::message::{Message, Messages, u16_at};
use nethost_netlink::undo::{self, Belongings, NotUndoable, Snapshot, Standing, Subject, Undoing};

/// The maximum number of belongings that are noted for a change.
const MOST: usize = 512;
/// Why a belonging is not put back.
const PAST: [i32; 4] = [
    libc::EEXIST,
    libc::EINVAL,
    libc::ENETUNREACH,
    libc::EHOSTUNREACH,
];
/// How often a listing is repeated that changed while it was read.
const TRIES: u32 = 10;

/// Notes what is there before a change.
pub(super) fn note(namespace: &NetNamespace, change: &NetworkChange) -> io::Result<Undoing> {
    let subject = Subject::of(change).map_err(|_| malformed())?;
    let question = subject.question().map_err(|_| malformed())?;
    let found = objects(namespace, &question, |one| subject.is(one, change.put))?;
    let is_empty = found.is_empty();
    let mut undoing = Undoing::new(change, found).map_err(|error| match error {
        // As the kernel does where there is nothing to remove, or no such link.
        NotUndoable::Form(_) if is_empty && !change.put => Errno::SRCH,
        NotUndoable::Form(_) if is_empty => Errno::NODEV,
        NotUndoable::Form(_) => Errno::INVAL,
        NotUndoable::Several => Errno::NOTUNIQ,
        NotUndoable::Beside => Errno::EXIST,
    })?;
    if let Some(concerned) = undoing.concerns() {
        undoing.note_belongings(belongings(namespace, concerned)?);
    }
    Ok(undoing)
}

/// What became of the object of a change.
pub(super) fn standing(namespace: &NetNamespace, undoing: &Undoing) -> io::Result<Standing> {
    let change = undoing.change();
    let subject = Subject::of(change).map_err(|_| malformed())?;
    let question = subject.question().map_err(|_| malformed())?;
    let found = objects(namespace, &question, |one| subject.is(one, change.put))?;
    Ok(undoing.standing(&found))
}

/// What belongs to a link.
pub(super) fn belongings(namespace: &NetNamespace, of: Belongings) -> io::Result<Vec<Snapshot>> {
    let mut all = Vec::new();
    for question in of.questions().map_err(|_| malformed())? {
        all.extend(objects(namespace, &question, |one| of.has(one))?);
    }
    match all.len() > MOST {
        true => Err(Errno::NOBUFS.into()),
        false => Ok(all),
    }
}

/// Whether others use a link that the change has set up.
pub(super) fn is_used(namespace: &NetNamespace, undoing: &Undoing) -> io::Result<bool> {
    match undoing.concerns() {
        Some(of) => Ok(undoing.is_used(&belongings(namespace, of)?)),
        None => Ok(false),
    }
}

/// The messages that put back what is missing of the belongings of a change.
pub(super) fn missing(namespace: &NetNamespace, undoing: &Undoing) -> io::Result<Vec<Vec<u8>>> {
    let of = undoing.concerns().or_else(|| undoing.undo_concerns());
    match of {
        Some(of) if !undoing.belongings().is_empty() => {
            let now = belongings(namespace, of)?;
            undo::missing(undoing.belongings(), &now).map_err(|_| malformed())
        }
        _ => Ok(Vec::new()),
    }
}

/// Puts back what was there.
pub(super) fn undo(namespace: &NetNamespace, undoing: &Undoing) -> io::Result<()> {
    let message = undoing.message().map_err(|_| malformed())?;
    tell(namespace.writer()?, &message)?;
    put_back(namespace, &missing(namespace, undoing)?)
}

/// Sends all of these messages. Returns the first error.
pub(super) fn put_back(namespace: &NetNamespace, messages: &[Vec<u8>]) -> io::Result<()> {
    let writer = namespace.writer()?;
    let mut first = Ok(());
    for message in messages {
        match tell(writer, message) {
            // The kernel has made it itself, or somebody else has; or it needs what was undone, and goes with that.
            Err(error)
                if error
                    .raw_os_error()
                    .is_some_and(|errno| PAST.contains(&errno)) => {}
            told => first = first.and(told),
        }
    }
    first
}

fn tell(socket: &Socket, message: &[u8]) -> io::Result<()> {
    match Messages::new(&exchange(socket, message)?).next() {
        Some(Message::Done { .. }) => Ok(()),
        Some(Message::Error(error)) => Err(io::Error::from_raw_os_error(error.errno)),
        _ => Err(Errno::BADMSG.into()),
    }
}

/// The objects in the kernel's answer that are wanted. None if there is no such link or table.
fn objects(
    namespace: &NetNamespace,
    question: &[u8],
    wanted: impl Fn(&Snapshot) -> bool,
) -> io::Result<Vec<Snapshot>> {
    // The answer to another question is one message.
    let is_dump = u16_at(question, 6).is_some_and(|flags| flags & DUMP == DUMP);
    for _ in 0..TRIES {
        // A socket of its own: the rest of an answer that was not read to its end is nobody's answer.
        let socket = namespace.socket()?;
        socket.send(question, 0)?;
        if let Some(found) = answer(&socket, is_dump, &wanted)? {
            return Ok(found);
        }
    }
    Err(Errno::AGAIN.into())
}

/// None if the objects have changed while they were listed.
fn answer(
    socket: &Socket,
    is_dump: bool,
    wanted: &impl Fn(&Snapshot) -> bool,
) -> io::Result<Option<Vec<Snapshot>>> {
    let mut found = Vec::new();
    let mut buffer = Vec::with_capacity(LARGEST);
    loop {
        buffer.clear();
        socket.recv(&mut buffer, 0)?;
        let mut messages = Messages::new(&buffer);
        let mut is_last = false;
        for message in &mut messages {
            match message {
                Message::Object { kind, payload } => {
                    found.extend(Snapshot::new(kind, payload).filter(wanted));
                }
                Message::Done { .. } => is_last = true,
                Message::Error(error) if [libc::ENODEV, libc::ENOENT].contains(&error.errno) => {
                    return Ok(Some(Vec::new()));
                }
                Message::Error(error) => {
                    return Err(io::Error::from_raw_os_error(error.errno));
                }
            }
        }
        match messages.interrupted {
            true => return Ok(None),
            false if is_last || !is_dump => return Ok(Some(found)),
            false => {}
        }
    }
}
