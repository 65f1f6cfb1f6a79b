//! Which processes have which sockets open: one pass over the descriptors in /proc. A descriptor of a socket is a link to
//! `socket:[INODE]`.

use std::io;

use rustix::fs::readlinkat_raw;
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::processes::{Process, Processes, Whose, each_number, is_gone};

/// So many sockets may be asked for, and so many owners are told.
pub const MOST_SOCKETS: usize = 1 << 20;

/// When a pass is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OwnerExtent {
    /// When each socket has an owner.
    First,
    /// When all processes have been looked at.
    Every,
    /// The same, and each of their threads.
    Threads,
}

/// A descriptor that is one of the sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SocketOwner {
    /// The socket's.
    pub inode: u64,
    /// The place of its process among those that are told.
    pub owner: u32,
    /// The number of the descriptor.
    pub descriptor: u32,
}

/// A process, or a thread of one, with at least one of the sockets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwningProcess {
    /// Its number.
    pub process: u32,
    /// The thread's, or the same.
    pub thread: u32,
    /// Who owns its folder in /proc.
    pub user: u32,
    /// Its name, in printable form.
    pub command: String,
}

/// What a pass found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SocketOwners {
    /// By process and descriptor.
    pub owners: Vec<SocketOwner>,
    /// The processes that they are of.
    pub processes: Vec<OwningProcess>,
    /// So many processes may not be looked into.
    pub unreadable: u32,
    /// There are more.
    pub truncated: bool,
}

/// A pass over /proc.
struct Pass<'a> {
    /// In ascending order, each once.
    wanted: &'a [u64],
    /// Which of them have an owner, where it ends with the last of them.
    missing: Option<(Vec<bool>, usize)>,
    found: SocketOwners,
}

/// Looks for the owners of sockets, which are sorted here.
pub(super) fn find(
    wanted: &mut Vec<u64>,
    extent: OwnerExtent,
    whose: &Whose<'_>,
) -> io::Result<SocketOwners> {
    wanted.sort_unstable();
    wanted.dedup();
    let mut pass = Pass {
        wanted,
        missing: (extent == OwnerExtent::First).then(|| (vec![false; wanted.len()], wanted.len())),
        found: SocketOwners::default(),
    };
    let processes = Processes::open()?;
    let mut numbers = processes.numbers()?;
    if extent == OwnerExtent::First {
        // Whoever holds a socket is most likely in the namespace that it is in. It need not be.
        numbers.sort_by_key(|number| !is_beside(*number));
    }
    for number in numbers {
        if pass.is_over() {
            break;
        }
        if let Some(process) = processes.get(number, whose)? {
            pass.look_into(&process, process.number)?;
            if extent == OwnerExtent::Threads {
                for thread in process.threads() {
                    pass.look_into(&thread, process.number)?;
                }
            }
        }
    }
    Ok(pass.found)
}

/// Whether a process is in the network namespace of this thread.
fn is_beside(number: u32) -> bool {
    let link = |path: String| std::fs::read_link(path).ok();
    let own = link("/proc/thread-self/ns/net".into());
    own.is_some() && own == link(format!("/proc/{number}/ns/net"))
}

impl Pass<'_> {
    fn is_over(&self) -> bool {
        let complete = matches!(self.missing, Some((_, 0)));
        self.wanted.is_empty() || complete || self.found.truncated
    }

    /// Looks into a process, or into a thread of this process.
    fn look_into(&mut self, process: &Process, of: u32) -> io::Result<()> {
        let folder = match process.open_folder(c"fd") {
            Ok(folder) => folder,
            Err(error) => {
                return match error.raw_os_error().map(Errno::from_raw_os_error) {
                    Some(errno) if is_gone(errno) => Ok(()),
                    Some(Errno::ACCESS | Errno::PERM) => {
                        // Processes are counted, whose threads may as little be looked into.
                        self.found.unreadable += u32::from(process.number == of);
                        Ok(())
                    }
                    _ => Err(error),
                };
            }
        };
        let owner = self.found.processes.len() as u32;
        let begin = self.found.owners.len();
        let mut unreadable = false;
        each_number(&folder, |descriptor, name| {
            // As long as the link of any socket.
            let mut buffer = [0; 32];
            match readlinkat_raw(&folder, name, &mut buffer[..]) {
                Ok(length) => self.note(&buffer[..length], owner, descriptor),
                Err(Errno::ACCESS | Errno::PERM) => unreadable = true,
                // It was closed meanwhile.
                Err(_) => {}
            }
        })?;
        self.found.unreadable += u32::from(unreadable && process.number == of);
        if self.found.owners.len() > begin {
            // A process that ended just now has been an owner, but nothing is known of it any more.
            match (process.owner(), process.command()) {
                (Ok(user), Ok(command)) => self.found.processes.push(OwningProcess {
                    process: of,
                    thread: process.number,
                    user,
                    command,
                }),
                _ => self.found.owners.truncate(begin),
            }
        }
        Ok(())
    }

    fn note(&mut self, target: &[u8], owner: u32, descriptor: u32) {
        let Some(inode) = inode_of(target) else {
            return;
        };
        let Ok(place) = self.wanted.binary_search(&inode) else {
            return;
        };
        if let Some((seen, missing)) = &mut self.missing {
            if std::mem::replace(&mut seen[place], true) {
                return;
            }
            *missing -= 1;
        }
        if self.found.owners.len() == MOST_SOCKETS {
            self.found.truncated = true;
            return;
        }
        self.found.owners.push(SocketOwner {
            inode,
            owner,
            descriptor,
        });
    }
}

/// The inode of `socket:[INODE]`.
pub(super) fn inode_of(target: &[u8]) -> Option<u64> {
    let digits = target.strip_prefix(b"socket:[")?.strip_suffix(b"]")?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::net::TcpListener;
    use std::os::fd::AsRawFd;

    fn inode(socket: &TcpListener) -> u64 {
        let link = std::fs::read_link(format!("/proc/self/fd/{}", socket.as_raw_fd())).unwrap();
        inode_of(link.to_str().unwrap().as_bytes()).unwrap()
    }

    #[test]
    fn each_owner_of_a_socket_is_found_once() {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let copy = socket.try_clone().unwrap();
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let wanted = vec![inode(&socket), 0, u64::MAX, inode(&socket)];
        let found = find(&mut wanted.clone(), OwnerExtent::Every, &Whose::all()).unwrap();
        let own = std::process::id();
        let place = found.processes.iter().position(|one| one.process == own);
        let of_own = |found: &SocketOwners| {
            let place = found.processes.iter().position(|one| one.process == own);
            let all = found.owners.iter();
            all.filter(|one| place == Some(one.owner as usize))
                .map(|one| one.descriptor as i32)
                .collect::<Vec<_>>()
        };
        assert!(place.is_some());
        let mut both = vec![socket.as_raw_fd(), copy.as_raw_fd()];
        both.sort_unstable();
        assert_eq!(of_own(&found), both);
        assert!(!both.contains(&other.as_raw_fd()));
        let first = find(&mut vec![inode(&socket)], OwnerExtent::First, &Whose::all()).unwrap();
        assert_eq!(first.owners.len(), 1);
        let user = rustix::process::geteuid().as_raw() + 1;
        let none = find(&mut wanted.clone(), OwnerExtent::Every, &Whose::user(user)).unwrap();
        assert_eq!(none.owners, []);
        // A thread has the descriptors of its process, as long as it does not part with them.
        let (begin, end) = (std::sync::mpsc::channel(), std::sync::mpsc::channel::<()>());
        let thread = std::thread::spawn(move || {
            begin.0.send(rustix::thread::gettid()).unwrap();
            let _ = end.1.recv();
        });
        let number = begin.1.recv().unwrap().as_raw_nonzero().get() as u32;
        let found = find(&mut wanted.clone(), OwnerExtent::Threads, &Whose::all()).unwrap();
        let of = |number: u32| {
            let place = found.processes.iter().position(|one| one.thread == number);
            let all = found.owners.iter();
            all.filter(|one| place == Some(one.owner as usize)).count()
        };
        assert_eq!((of(own), of(number)), (2, 2));
        assert!(
            found
                .processes
                .iter()
                .all(|one| one.thread != number || one.process == own)
        );
        drop(end.0);
        thread.join().unwrap();
    }

    #[test]
    fn what_is_no_socket_has_no_inode() {
        for (target, inode) in [
            (&b"socket:[12]"[..], Some(12)),
            (b"socket:[]", None),
            (b"socket:[1", None),
            (b"socket:[99999999999999999999]", None),
            (b"pipe:[12]", None),
            (b"/tmp/socket:[12]", None),
        ] {
            assert_eq!(inode_of(target), inode);
        }
    }
}
