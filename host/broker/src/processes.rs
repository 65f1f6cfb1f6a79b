//! The processes of this machine, as folders of /proc. They come and go while they are looked at: one that has gone is
//! passed over, and whatever is opened of one is opened through its folder, so that it is not another's that got its
//! number.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, RawDir, openat, statat};
use rustix::io::Errno;

use super::printable::printable;
use super::state::State;
use nethost_core::Target;
use nethost_gate::Ticket;

/// Whose processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    All,
    User(u32),
}

impl Whose {
    /// What a permit says. None where it is for no processes.
    pub(super) fn of(permit: &Ticket, state: &State) -> Option<Self> {
        if permit.capability() != "process.read" {
            return None;
        }
        match &permit.request().target {
            Target::Local("all") => Some(Self::All),
            Target::Local("own") => {
                let own = || rustix::process::getuid().as_raw();
                Some(Self::User(state.user().unwrap_or_else(own)))
            }
            Target::Object(name) => {
                let number = name.as_str().strip_prefix("uid-")?;
                let user = number.parse::<u32>().ok()?;
                // One spelling for each.
                (user.to_string() == number).then_some(Self::User(user))
            }
            _ => None,
        }
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
    pub(super) fn get(&self, number: u32, whose: Whose) -> io::Result<Option<Process>> {
        let name = number.to_string();
        let folder = match openat(&self.folder, &*name, FOLDER, Mode::empty()) {
            Ok(folder) => folder,
            Err(errno) if is_gone(errno) => return Ok(None),
            // hidepid of proc(5).
            Err(Errno::ACCESS | Errno::PERM) => return Ok(None),
            Err(errno) => return Err(errno.into()),
        };
        let process = Process { number, folder };
        Ok(match whose {
            Whose::All => Some(process),
            Whose::User(user) => (process.effective_user() == Some(user)).then_some(process),
        })
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
        let process = processes.get(own, Whose::User(user)).unwrap().unwrap();
        let name = std::fs::read_to_string("/proc/self/comm").unwrap();
        assert_eq!(process.command().unwrap(), name.trim_end());
        let other = processes.get(own, Whose::User(user + 1)).unwrap();
        assert!(other.is_none());
        // No process has this number.
        assert!(processes.get(u32::MAX, Whose::All).unwrap().is_none());
    }
}
