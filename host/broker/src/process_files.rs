//! The files of a process, as far as the kernel shows them: the links cwd, root and exe, maps, and the descriptors in fd
//! and fdinfo.

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{
    AtFlags, CWD, Mode, OFlags, Stat, getxattr, major, minor, openat, readlinkat_raw, statat,
};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::fdinfo::{KernelObject, details as details_of};
use super::printable::printable;
use super::process_list::{FileKinds, ListedProcess};
use super::processes::{Process, each_number, is_gone};
use super::socket_owners::inode_of;

/// The maps of one process are read to here.
const LONGEST_MAPS: u64 = 16 << 20;

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
    /// A socket's protocol, in the kernel's words.
    pub protocol: Option<String>,
    /// What it stands for.
    pub object: Option<KernelObject>,
    /// With which errno it could not be looked at.
    pub problem: Option<u32>,
}

/// Adds the files of a process, or of a thread.
pub(super) fn files(process: &Process, kinds: FileKinds, listed: &mut ListedProcess) {
    for (wanted, place, name) in [
        (kinds.current_directory, FilePlace::CurrentDirectory, c"cwd"),
        (kinds.root_directory, FilePlace::RootDirectory, c"root"),
        (kinds.text, FilePlace::Text, c"exe"),
    ] {
        if !wanted {
            continue;
        }
        match linked(&process.folder, name, place) {
            Some(file) => listed.files.push(file),
            // A thread of the kernel has none.
            None if place == FilePlace::Text => listed.files.push(ProcessFile {
                problem: Some(libc::ENOENT.cast_unsigned()),
                ..ProcessFile::at(place)
            }),
            None => {}
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
            protocol: None,
            object: None,
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
    let infos = (kinds.positions && !kinds.sockets)
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
        if file.socket.is_some() && !kinds.sockets {
            file.protocol = protocol(&folder, name);
        }
        if let Some(details) = &infos {
            let details = details_of(details, name, &file.name);
            (file.position, file.open_flags) = (details.position, details.flags);
            file.object = details.object;
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

/// What the kernel calls the protocol of a socket, which it tells as an extended attribute of the descriptor.
fn protocol(folder: &OwnedFd, name: &std::ffi::CStr) -> Option<String> {
    let path = Path::new("/proc/self/fd").join(folder.as_raw_fd().to_string());
    let mut buffer = [0; 64];
    let value = path.join(OsStr::from_bytes(name.to_bytes()));
    let length = getxattr(value, c"system.sockprotoname", &mut buffer[..]).ok()?;
    let name = buffer.get(..length)?.split(|byte| *byte == 0).next()?;
    Some(printable(name))
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
