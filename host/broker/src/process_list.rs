//! Lists processes and their files, as far as the kernel shows them: /proc/PID/stat, the links cwd, root and exe, maps, and
//! the descriptors in fd and fdinfo.

use std::io;
use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, CWD, Mode, OFlags, Stat, major, minor, openat, readlinkat_raw, statat};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::printable::printable;
use super::processes::{Process, Processes, Whose, each_number, is_gone};
use super::socket_owners::inode_of;

/// So many processes may be asked for by number.
pub const MOST_PROCESSES: usize = 1 << 16;
/// The maps of one process are read to here.
const LONGEST_MAPS: u64 = 16 << 20;

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
    /// Positions and flags of descriptors.
    pub positions: bool,
}

/// How a process refers to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FilePlace {
    /// The link cwd.
    CurrentDirectory,
    /// The link root.
    RootDirectory,
    /// The link exe.
    Text,
    /// A mapping.
    Mapped,
    /// By its number.
    Descriptor(u32),
}

/// What stat(2) says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileStatus {
    /// st_mode.
    pub mode: u32,
    /// st_dev.
    pub device: (u32, u32),
    /// st_ino.
    pub inode: u64,
    /// st_nlink.
    pub links: u64,
    /// st_size.
    pub size: u64,
    /// st_rdev.
    pub special: (u32, u32),
}

/// A file that a process refers to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessFile {
    /// How.
    pub place: FilePlace,
    /// Open for reading.
    pub readable: bool,
    /// Open for writing.
    pub writable: bool,
    /// What stat(2) says.
    pub status: Option<FileStatus>,
    /// Where the next byte is read or written.
    pub position: Option<u64>,
    /// Flags of open(2).
    pub open_flags: Option<u32>,
    /// What the link says, in printable form.
    pub name: String,
    /// A socket's inode.
    pub socket: Option<u64>,
    /// With which errno it could not be looked at.
    pub problem: Option<u32>,
}

/// A process with its files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedProcess {
    /// Its number.
    pub process: u32,
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
        let names = facts.files.iter().map(|file| file.name.capacity());
        size += size_of_val(&facts) + size_of_val(&*facts.files) + names.sum::<usize>();
        if 2 * size > most {
            return Err(io::Error::from_raw_os_error(libc::EFBIG));
        }
        listed.push(facts);
    }
    Ok(listed)
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

fn files(process: &Process, kinds: FileKinds, listed: &mut ListedProcess) {
    for (wanted, place, name) in [
        (kinds.current_directory, FilePlace::CurrentDirectory, c"cwd"),
        (kinds.root_directory, FilePlace::RootDirectory, c"root"),
        (kinds.text, FilePlace::Text, c"exe"),
    ] {
        if wanted && let Some(file) = linked(&process.folder, name, place) {
            listed.files.push(file);
        }
    }
    if kinds.mapped {
        mapped(process, &mut listed.files);
    }
    if kinds.descriptors || kinds.sockets {
        listed.problem = descriptors(process, kinds, &mut listed.files)
            .err()
            .filter(|error| {
                !error
                    .raw_os_error()
                    .is_some_and(|n| is_gone(Errno::from_raw_os_error(n)))
            })
            .map(|error| errno(&error));
    }
}

fn errno(error: &io::Error) -> u32 {
    error.raw_os_error().unwrap_or(libc::EIO).cast_unsigned()
}

impl ProcessFile {
    fn at(place: FilePlace) -> Self {
        Self {
            place,
            readable: false,
            writable: false,
            status: None,
            position: None,
            open_flags: None,
            name: String::new(),
            socket: None,
            problem: None,
        }
    }
}

/// A file behind a link. None where it is gone, as the program of a kernel's thread.
fn linked(folder: &OwnedFd, name: &std::ffi::CStr, place: FilePlace) -> Option<ProcessFile> {
    let mut file = ProcessFile::at(place);
    let mut buffer = vec![0; libc::PATH_MAX as usize];
    match readlinkat_raw(folder, name, &mut buffer[..]) {
        Ok(length) => {
            file.name = printable(&buffer[..length]);
            file.socket = inode_of(&buffer[..length]);
        }
        Err(error) if is_gone(error) => return None,
        Err(error) => {
            file.problem = Some(error.raw_os_error().cast_unsigned());
            return Some(file);
        }
    }
    match statat(folder, name, AtFlags::empty()) {
        Ok(status) => file.status = Some(status_of(&status)),
        Err(error) if is_gone(error) => return None,
        Err(error) => file.problem = Some(error.raw_os_error().cast_unsigned()),
    }
    Some(file)
}

fn status_of(status: &Stat) -> FileStatus {
    FileStatus {
        mode: status.st_mode,
        device: (major(status.st_dev), minor(status.st_dev)),
        inode: status.st_ino,
        // Narrower on other architectures.
        #[allow(clippy::unnecessary_cast)]
        links: status.st_nlink as u64,
        size: u64::try_from(status.st_size).unwrap_or_default(),
        special: (major(status.st_rdev), minor(status.st_rdev)),
    }
}

fn descriptors(
    process: &Process,
    kinds: FileKinds,
    files: &mut Vec<ProcessFile>,
) -> io::Result<()> {
    let folder = process.open_folder(c"fd")?;
    let details = (kinds.positions && !kinds.sockets)
        .then(|| process.open_folder(c"fdinfo").ok())
        .flatten();
    let begin = files.len();
    let mut denied = None;
    each_number(&folder, |number, name| {
        let place = FilePlace::Descriptor(number);
        let file = match kinds.sockets {
            true => socket(&folder, name, place, &mut denied),
            false => linked(&folder, name, place),
        };
        let Some(mut file) = file else { return };
        // The link's permissions are the access mode.
        if let Ok(link) = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            file.readable = link.st_mode & 0o400 != 0;
            file.writable = link.st_mode & 0o200 != 0;
        }
        if let Some(details) = &details {
            (file.position, file.open_flags) = position(details, name);
        }
        files.push(file);
    })?;
    files[begin..].sort_unstable_by_key(|file| match file.place {
        FilePlace::Descriptor(number) => number,
        _ => 0,
    });
    match denied {
        Some(denied) => Err(io::Error::from(denied)),
        None => Ok(()),
    }
}

/// A descriptor if it is a socket, by its inode alone.
fn socket(
    folder: &OwnedFd,
    name: &std::ffi::CStr,
    place: FilePlace,
    denied: &mut Option<Errno>,
) -> Option<ProcessFile> {
    let mut buffer = [0; 32];
    let length = match readlinkat_raw(folder, name, &mut buffer[..]) {
        Ok(length) => length,
        Err(error) => {
            if !is_gone(error) {
                *denied = Some(error);
            }
            return None;
        }
    };
    let inode = inode_of(&buffer[..length])?;
    Some(ProcessFile {
        socket: Some(inode),
        ..ProcessFile::at(place)
    })
}

/// The lines `pos:` and `flags:` of fdinfo; the flags are octal.
fn position(folder: &OwnedFd, name: &std::ffi::CStr) -> (Option<u64>, Option<u32>) {
    let mut buffer = [0; 256];
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let length = openat(folder, name, flags, Mode::empty())
        .and_then(|file| rustix::io::read(&file, &mut buffer))
        .unwrap_or_default();
    let text = String::from_utf8_lossy(&buffer[..length]);
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.map(str::trim)
    };
    (
        field("pos:").and_then(|text| text.parse().ok()),
        field("flags:").and_then(|text| u32::from_str_radix(text, 8).ok()),
    )
}

/// The files in the memory of a process, each once, without its program.
fn mapped(process: &Process, files: &mut Vec<ProcessFile>) {
    use std::io::{BufRead, BufReader, Read};
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let program = statat(&process.folder, c"exe", AtFlags::empty());
    let program = program.ok().map(|status| identity(&status_of(&status)));
    let maps = match openat(&process.folder, c"maps", flags, Mode::empty()) {
        Ok(maps) => std::fs::File::from(maps),
        Err(error) if is_gone(error) => return,
        Err(error) => return files.push(unmapped(error)),
    };
    let mut seen = std::collections::HashSet::new();
    let mut lines = BufReader::new(maps.take(LONGEST_MAPS)).split(b'\n');
    loop {
        let line = match lines.next() {
            None => return,
            Some(Ok(line)) => line,
            Some(Err(error)) => {
                let number = error.raw_os_error().unwrap_or(libc::EIO);
                let number = Errno::from_raw_os_error(number);
                if !is_gone(number) {
                    files.push(unmapped(number));
                }
                return;
            }
        };
        let Some((mapping, path)) = mapping(&line) else {
            continue;
        };
        if program == Some(identity(&mapping)) || !seen.insert(identity(&mapping)) {
            continue;
        }
        let mut file = ProcessFile::at(FilePlace::Mapped);
        file.name = printable(path);
        match statat(CWD, path, AtFlags::empty()).map(|status| status_of(&status)) {
            // Another file may have its path by now.
            Ok(status) if status.inode == mapping.inode => file.status = Some(status),
            Ok(_) => file.problem = Some(libc::ENOENT.cast_unsigned()),
            Err(error) => file.problem = Some(error.raw_os_error().cast_unsigned()),
        }
        if file.status.is_none() {
            file.status = Some(mapping);
        }
        files.push(file);
    }
}

fn unmapped(error: Errno) -> ProcessFile {
    ProcessFile {
        problem: Some(error.raw_os_error().cast_unsigned()),
        ..ProcessFile::at(FilePlace::Mapped)
    }
}

fn identity(status: &FileStatus) -> ((u32, u32), u64) {
    (status.device, status.inode)
}

/// `START-END PERMISSIONS OFFSET MAJOR:MINOR INODE PATH`. None for what is no file.
fn mapping(line: &[u8]) -> Option<(FileStatus, &[u8])> {
    let mut rest = line;
    let mut fields = [&b""[..]; 5];
    for field in &mut fields {
        let end = rest.iter().position(|byte| *byte == b' ')?;
        *field = &rest[..end];
        rest = rest[end..].trim_ascii_start();
    }
    let text = |field: &[u8]| std::str::from_utf8(field).ok().map(str::to_owned);
    let device = text(fields[3])?;
    let (major, minor) = device.split_once(':')?;
    let inode: u64 = text(fields[4])?.parse().ok()?;
    let status = FileStatus {
        device: (
            u32::from_str_radix(major, 16).ok()?,
            u32::from_str_radix(minor, 16).ok()?,
        ),
        inode,
        ..FileStatus::default()
    };
    (inode != 0 && !rest.is_empty()).then_some((status, rest))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
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
    fn a_mapping_of_a_file_has_an_inode() {
        let line = b"7f0-7f1 r--p 00001000 fe:0a 123                        /lib/a b.so (deleted)";
        let (status, path) = mapping(line).unwrap();
        assert_eq!((status.device, status.inode), ((0xfe, 0x0a), 123));
        assert_eq!(path, b"/lib/a b.so (deleted)");
        for line in [
            &b"7f0-7f1 rw-p 00000000 00:00 0                          [heap]"[..],
            b"7f0-7f1 rw-p 00000000 00:00 0 ",
            b"",
            b"nonsense",
        ] {
            assert!(mapping(line).is_none());
        }
    }
}
