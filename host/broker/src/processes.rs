//! The processes of this machine, as folders of /proc. They come and go while they are looked at: one that has gone is
//! passed over, and whatever is opened of one is opened through its folder, so that it is not another's that got its
//! number.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, RawDir, openat, statat};
use rustix::io::Errno;

use super::capabilities::procfs::{processes_by, processes_of};
use super::printable::printable;
use super::state::State;
use nethost_core::{Request, Target};
use nethost_gate::Ticket;

/// Whose processes. What is denied of them is left out.
pub(super) struct Whose<'a> {
    /// The processes of one user, or all.
    user: Option<u32>,
    denials: Option<Denials<'a>>,
}

/// The denials among which users are looked up.
struct Denials<'a> {
    permit: &'a Ticket,
    /// The user of the run.
    own: u32,
    /// What was found.
    known: RefCell<HashMap<u32, bool>>,
}

impl<'a> Whose<'a> {
    /// What a permit says. None where it is for no processes.
    pub(super) fn of(permit: &'a Ticket, state: &State) -> Option<Self> {
        if permit.capability() != "process.read" {
            return None;
        }
        let own = state.user();
        let own = own.unwrap_or_else(|| rustix::process::getuid().as_raw());
        let user = match &permit.request().target {
            Target::Local("all") => None,
            Target::Local("own") => Some(own),
            target => Some(processes_of(target)?),
        };
        let denials = permit.forbids_some().then(|| Denials {
            permit,
            own,
            known: RefCell::default(),
        });
        Some(Self { user, denials })
    }

    /// All of them.
    #[cfg(test)]
    pub(super) fn all() -> Self {
        Self {
            user: None,
            denials: None,
        }
    }

    /// Those of one user.
    #[cfg(test)]
    pub(super) fn user(user: u32) -> Self {
        Self {
            user: Some(user),
            ..Self::all()
        }
    }

    fn has(&self, process: &Process) -> bool {
        if self.user.is_none() && self.denials.is_none() {
            return true;
        }
        process.effective_user().is_some_and(|user| {
            let denied = self.denials.as_ref().is_some_and(|all| all.has(user));
            self.user.is_none_or(|of| of == user) && !denied
        })
    }
}

impl Denials<'_> {
    /// Whether the processes of a user are denied, by whichever of their names.
    fn has(&self, user: u32) -> bool {
        *self.known.borrow_mut().entry(user).or_insert_with(|| {
            let own = (user == self.own).then_some(Target::Local("own"));
            let names = [processes_by(user), Some(Target::Local("all")), own];
            let forbids = |target| {
                let op = self.permit.request().op;
                self.permit.forbids(&Request::new(op, target))
            };
            names.into_iter().flatten().any(forbids)
        })
    }
}

/// The folder /proc.
pub(super) struct Processes {
    folder: OwnedFd,
}

/// The folder of one process.
pub(super) struct Process {
    pub(super) number: u32,
    pub(super) folder: OwnedFd,
}

impl Processes {
    pub(super) fn open() -> io::Result<Self> {
        Ok(Self {
            folder: open_folder(CWD, c"/proc")?,
        })
    }

    /// Their numbers, as of now, in order.
    pub(super) fn numbers(&self) -> io::Result<Vec<u32>> {
        let mut numbers = Vec::new();
        each_number(&self.folder, |number, _| numbers.push(number))?;
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// One of them, unless it has gone, or is another's than these users'.
    pub(super) fn get(&self, number: u32, whose: &Whose<'_>) -> io::Result<Option<Process>> {
        let name = number.to_string();
        let folder = match openat(&self.folder, &*name, FOLDER, Mode::empty()) {
            Ok(folder) => folder,
            Err(errno) if is_gone(errno) => return Ok(None),
            // hidepid of proc(5).
            Err(Errno::ACCESS | Errno::PERM) => return Ok(None),
            Err(errno) => return Err(errno.into()),
        };
        let process = Process { number, folder };
        Ok(Some(process).filter(|process| whose.has(process)))
    }
}

const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC);

impl Process {
    /// A file of it, as far as it goes into the buffer.
    pub(super) fn read<'a>(&self, name: &str, buffer: &'a mut [u8]) -> io::Result<&'a [u8]> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let file = openat(&self.folder, name, flags, Mode::empty())?;
        let mut filled = 0;
        while filled < buffer.len() {
            match rustix::io::read(&file, &mut buffer[filled..])? {
                0 => break,
                more => filled += more,
            }
        }
        Ok(&buffer[..filled])
    }

    /// Its threads but the first, in order, as they are now.
    pub(super) fn threads(&self) -> Vec<Self> {
        let mut numbers = Vec::new();
        let Ok(folder) = self.open_folder(c"task") else {
            return Vec::new();
        };
        // What can be listed is told.
        let _ = each_number(&folder, |number, _| numbers.push(number));
        numbers.sort_unstable();
        let open = |number: u32| {
            let folder = openat(&folder, &*number.to_string(), FOLDER, Mode::empty()).ok()?;
            Some(Self { number, folder })
        };
        let others = numbers.into_iter().filter(|number| *number != self.number);
        others.filter_map(open).collect()
    }

    /// The folder of its descriptors, or of another kind of entries.
    pub(super) fn open_folder(&self, name: &std::ffi::CStr) -> io::Result<OwnedFd> {
        open_folder(&self.folder, name)
    }

    /// Its name, in printable form.
    pub(super) fn command(&self) -> io::Result<String> {
        let mut buffer = [0; 256];
        let name = self.read("comm", &mut buffer)?;
        Ok(printable(name.strip_suffix(b"\n").unwrap_or(name)))
    }

    /// Who owns its folder: its effective user, or root where it keeps others from looking into it.
    pub(super) fn owner(&self) -> io::Result<u32> {
        Ok(statat(&self.folder, "", AtFlags::EMPTY_PATH)?.st_uid)
    }

    /// By its status, which tells it of each process.
    fn effective_user(&self) -> Option<u32> {
        let mut buffer = [0; 4096];
        let status = self.read("status", &mut buffer).ok()?;
        let line = status.split(|byte| *byte == b'\n');
        let mut users = line.filter_map(|line| line.strip_prefix(b"Uid:"));
        let users = std::str::from_utf8(users.next()?).ok()?;
        users.split_ascii_whitespace().nth(1)?.parse().ok()
    }
}

fn open_folder(from: impl AsFd, name: &std::ffi::CStr) -> io::Result<OwnedFd> {
    Ok(openat(from, name, FOLDER, Mode::empty())?)
}

/// Whether this says that a process, or a descriptor of it, is not there any more.
pub(super) fn is_gone(errno: Errno) -> bool {
    matches!(errno, Errno::NOENT | Errno::SRCH)
}

/// Each entry of a folder whose name is a number.
pub(super) fn each_number(
    folder: impl AsFd,
    mut each: impl FnMut(u32, &std::ffi::CStr),
) -> io::Result<()> {
    let mut buffer = Vec::with_capacity(32 << 10);
    let mut entries = RawDir::new(folder, buffer.spare_capacity_mut());
    while let Some(entry) = entries.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(errno) if is_gone(errno) => return Ok(()),
            Err(errno) => return Err(errno.into()),
        };
        let name = entry.file_name();
        let number = name.to_str().ok().and_then(|name| name.parse().ok());
        if let Some(number) = number {
            each(number, name);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn this_process_is_there_and_is_its_users() {
        let processes = Processes::open().unwrap();
        let own = std::process::id();
        assert!(processes.numbers().unwrap().contains(&own));
        let user = rustix::process::geteuid().as_raw();
        let process = processes.get(own, &Whose::user(user)).unwrap().unwrap();
        let name = std::fs::read_to_string("/proc/self/comm").unwrap();
        assert_eq!(process.command().unwrap(), name.trim_end());
        let other = processes.get(own, &Whose::user(user + 1)).unwrap();
        assert!(other.is_none());
        // No process has this number.
        assert!(processes.get(u32::MAX, &Whose::all()).unwrap().is_none());
    }
}
