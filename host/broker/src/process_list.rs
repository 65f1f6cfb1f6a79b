//! Lists processes and their threads, as far as the kernel shows them, by /proc/PID/stat and /proc/PID/task.

use std::io;

use serde::{Deserialize, Serialize};

use super::printable::printable;
use super::process_files::{ProcessFile, files};
use super::processes::{Process, Processes, Whose};

/// So many processes may be asked for by number.
pub const MOST_PROCESSES: usize = 1 << 16;

/// Which files of a process are told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileKinds {
    /// The link cwd.
    pub current_directory: bool,
    /// The link root.
    pub root_directory: bool,
    /// The link exe.
    pub text: bool,
    /// Files in its memory.
    pub mapped: bool,
    /// All descriptors.
    pub descriptors: bool,
    /// Of the descriptors only sockets.
    pub sockets: bool,
    /// Positions and flags of descriptors, and what they stand for.
    pub positions: bool,
    /// Each thread by itself.
    pub threads: bool,
}

/// A process with its files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedProcess {
    /// Its number.
    pub process: u32,
    /// If this is about one of its threads but the first: its number and its name, in printable form.
    pub thread: Option<(u32, String)>,
    /// Its parent's.
    pub parent: u32,
    /// Its process group.
    pub group: u32,
    /// Its session.
    pub session: u32,
    /// Who owns its folder in /proc.
    pub user: u32,
    /// Its name, in printable form.
    pub command: String,
    /// The letter of proc(5).
    pub state: char,
    /// How many.
    pub threads: u32,
    /// In ticks after boot.
    pub started: u64,
    /// Its files.
    pub files: Vec<ProcessFile>,
    /// With which errno its descriptors could not be listed.
    pub problem: Option<u32>,
}

/// Lists processes: these, or all. The list takes no more than so many bytes, half of them as it is written.
pub(super) fn list(
    numbers: &[u32],
    kinds: FileKinds,
    whose: &Whose<'_>,
    most: usize,
) -> io::Result<Vec<ListedProcess>> {
    let processes = Processes::open()?;
    let numbers = match numbers.is_empty() {
        true => processes.numbers()?,
        false => {
            let mut numbers = numbers.to_vec();
            numbers.sort_unstable();
            numbers.dedup();
            numbers
        }
    };
    let mut listed = Vec::new();
    let mut size = 0;
    for number in numbers {
        let Some(process) = processes.get(number, whose)? else {
            continue;
        };
        // One that has ended meanwhile is left out.
        let Some(mut facts) = facts(&process) else {
            continue;
        };
        files(&process, kinds, &mut facts);
        let begin = listed.len();
        let (user, command) = (facts.user, facts.command.clone());
        listed.push(facts);
        if kinds.threads {
            for thread in process.threads() {
                listed.extend(of_thread(&process, &thread, user, &command, kinds));
            }
        }
        size += listed[begin..].iter().map(size_of).sum::<usize>();
        if 2 * size > most {
            return Err(io::Error::from_raw_os_error(libc::EFBIG));
        }
    }
    Ok(listed)
}

/// About how many bytes it takes.
fn size_of(process: &ListedProcess) -> usize {
    let names = process.files.iter().map(|file| file.name.capacity());
    size_of_val(process) + size_of_val(&*process.files) + names.sum::<usize>()
}

/// A thread of a process, with its files. None for one that has ended, and waits for no one but the process to end.
fn of_thread(
    process: &Process,
    thread: &Process,
    user: u32,
    command: &str,
    kinds: FileKinds,
) -> Option<ListedProcess> {
    let facts = facts(thread)?;
    if facts.state == 'Z' {
        return None;
    }
    let mut listed = ListedProcess {
        process: process.number,
        thread: Some((thread.number, facts.command)),
        user,
        command: command.to_owned(),
        ..facts
    };
    files(thread, kinds, &mut listed);
    Some(listed)
}

/// /proc/PID/stat: the name is in parentheses, and may have some of its own.
fn facts(process: &Process) -> Option<ListedProcess> {
    let mut buffer = [0; 1024];
    let text = process.read("stat", &mut buffer).ok()?;
    let (begin, end) = (
        text.iter().position(|byte| *byte == b'(')?,
        text.iter().rposition(|byte| *byte == b')')?,
    );
    let rest = std::str::from_utf8(text.get(end + 1..)?).ok()?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let number = |place: usize| -> Option<u64> { fields.get(place)?.parse().ok() };
    Some(ListedProcess {
        process: process.number,
        thread: None,
        parent: number(1)? as u32,
        group: number(2)? as u32,
        session: number(3)? as u32,
        user: process.owner().ok()?,
        command: printable(text.get(begin + 1..end)?),
        state: fields.first()?.chars().next()?,
        threads: number(17)? as u32,
        started: number(19)?,
        files: Vec::new(),
        problem: None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::process_files::FilePlace;
    use super::*;
    use std::os::fd::AsRawFd;

    const ALL: FileKinds = FileKinds {
        current_directory: true,
        root_directory: true,
        text: true,
        mapped: true,
        descriptors: true,
        sockets: false,
        positions: true,
        threads: false,
    };

    #[test]
    fn this_process_is_listed_with_its_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a\nname");
        std::fs::write(&path, "twelve bytes").unwrap();
        let file = std::fs::File::open(&path).unwrap();
        let own = std::process::id();
        let listed = list(&[own, own], ALL, &Whose::all(), 1 << 30).unwrap();
        assert_eq!(listed.len(), 1);
        let process = &listed[0];
        assert_eq!(process.process, own);
        assert!(process.threads >= 1 && process.started > 0 && process.parent > 0);
        let place = FilePlace::Descriptor(file.as_raw_fd() as u32);
        let found = process.files.iter().find(|file| file.place == place);
        let found = found.unwrap();
        assert!(found.name.ends_with("/a\\nname"), "{}", found.name);
        assert!(found.readable && !found.writable);
        assert_eq!(found.status.unwrap().size, 12);
        assert_eq!(found.position, Some(0));
        for place in [FilePlace::CurrentDirectory, FilePlace::Text] {
            assert!(process.files.iter().any(|file| file.place == place));
        }
        assert_eq!(list(&[u32::MAX], ALL, &Whose::all(), 1 << 30).unwrap(), []);
        assert!(list(&[own], ALL, &Whose::all(), 512).is_err());
    }

    #[test]
    fn sockets_alone_are_told_by_inode() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let kinds = FileKinds {
            sockets: true,
            ..FileKinds::default()
        };
        let listed = list(&[std::process::id()], kinds, &Whose::all(), 1 << 30).unwrap();
        let files = &listed[0].files;
        assert!(files.iter().all(|file| file.socket.is_some()));
        let place = FilePlace::Descriptor(socket.as_raw_fd() as u32);
        let found = files.iter().find(|file| file.place == place).unwrap();
        assert!(found.readable && found.writable);
    }

    #[test]
    fn a_thread_is_an_entry_behind_its_process() {
        let (begin, end) = (std::sync::mpsc::channel(), std::sync::mpsc::channel::<()>());
        let thread = std::thread::Builder::new().name("a\tthread".into());
        let thread = thread.spawn(move || {
            begin.0.send(rustix::thread::gettid()).unwrap();
            let _ = end.1.recv();
        });
        let number = begin.1.recv().unwrap().as_raw_nonzero().get() as u32;
        let kinds = FileKinds {
            current_directory: true,
            threads: true,
            ..FileKinds::default()
        };
        let own = std::process::id();
        let listed = list(&[own], kinds, &Whose::all(), 1 << 30).unwrap();
        assert_eq!((listed[0].process, &listed[0].thread), (own, &None));
        let mut others = listed.iter().filter_map(|one| one.thread.as_ref());
        assert!(others.any(|thread| *thread == (number, "a\\tthread".into())));
        for one in &listed {
            assert_eq!((one.process, one.files.len()), (own, 1));
        }
        drop(end.0);
        thread.unwrap().join().unwrap();
    }

    #[test]
    fn sockets_have_a_protocol_and_counters_a_number() {
        use super::super::fdinfo::KernelObject;
        let socket = std::net::UdpSocket::bind("[::1]:0").unwrap();
        let counter = rustix::event::eventfd(0, rustix::event::EventfdFlags::CLOEXEC).unwrap();
        let listed = list(&[std::process::id()], ALL, &Whose::all(), 1 << 30).unwrap();
        let at = |number: i32| {
            let place = FilePlace::Descriptor(number as u32);
            let mut files = listed[0].files.iter();
            files.find(|file| file.place == place).unwrap()
        };
        assert_eq!(at(socket.as_raw_fd()).protocol.as_deref(), Some("UDPv6"));
        let counter = &at(counter.as_raw_fd()).object;
        assert!(
            matches!(counter, Some(KernelObject::Counter(_))),
            "{counter:?}"
        );
    }
}
