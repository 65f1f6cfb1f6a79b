//! The requests of the capability `unix`, what they say beside their target, and the sockets of unix(7) for its
//! operations.
//!
//! A socket's file is reached by the path that was judged with no link followed (openat2(2)), and connected to by what
//! was opened then, so no other file takes its place. A socket can only be bound by a path that the kernel follows
//! links in, since that path is what its peers are told; so the folder is opened without links before, and it is looked
//! whether the socket is in it afterwards. Nothing listens, and nobody is told of it, before that.
//!
//! Descriptors that the broker passes to the runner, for docs/capabilities.md:
//!
//! | `unix.connect` | a socket that is connected to that remote | its remote, reached by its real path without
//!   following links, with the rights of the user. Descriptors that a peer passes are refused where the kernel can
//!   (Linux 6.16) |
//! | `unix.listen` | a datagram socket that is bound there; a copy of the listener to wait on, and accepted
//!   connections | sends nothing until a permit connects it; the process has no `accept4`. The broker removes the
//!   socket's file |

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, ResolveFlags, openat2, statat};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrAny, SocketAddrUnix, SocketFlags, SocketType};
use rustix::net::{socket_with, sockopt};
use serde::{Deserialize, Serialize};

pub use crate::facts::UnixCredentials;
use crate::sys;
use nethost_core::{AbsolutePath, Capability, Request, RequestPart, Target, TargetKind};
use nethost_net::datagram;

/// `unix.connect`.
pub struct UnixConnect;

impl Capability for UnixConnect {
    const NAME: &'static str = "unix.connect";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Path, TargetKind::Object];
    const OPS: &'static [&'static str] = &[
        "connection.connect",
        "message-socket.connect",
        "message-socket.connect-to",
    ];
    const PARTS: &'static [RequestPart] = &[RequestPart::Changes];
}

/// `unix.listen`.
pub struct UnixListen;

impl Capability for UnixListen {
    const NAME: &'static str = "unix.listen";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Path, TargetKind::Object];
    const OPS: &'static [&'static str] =
        &["listener.accept", "listener.listen", "message-socket.bind"];
    const PARTS: &'static [RequestPart] = &[RequestPart::Changes];
}

/// What kind of socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnixKind {
    /// A connection that carries bytes.
    Stream,
    /// Datagrams.
    Datagram,
    /// A connection that carries packets.
    Sequenced,
}

/// An address, as the kernel tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum UnixAddress {
    /// The path that somebody bound it to.
    Path(Vec<u8>),
    /// An abstract name.
    Abstract(Vec<u8>),
    /// It is not bound.
    Unnamed,
}

/// The file that a socket is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SocketFile {
    /// Its permission bits, before the umask.
    pub mode: u32,
    /// It stays when the socket is closed.
    pub keep: bool,
    /// It takes the place of another socket's.
    pub replace: bool,
}

/// A socket that was connected.
#[derive(Debug, Serialize, Deserialize)]
pub struct UnixFacts {
    /// This end.
    pub local: UnixAddress,
    /// The other end.
    pub remote: UnixAddress,
    /// Whose that is. Datagrams do not tell.
    pub peer: Option<UnixCredentials>,
}

impl UnixKind {
    const ALL: [Self; 3] = [Self::Stream, Self::Datagram, Self::Sequenced];

    /// As records have it.
    fn name(self) -> &'static str {
        match self {
            Self::Stream => "stream",
            Self::Datagram => "datagram",
            Self::Sequenced => "seqpacket",
        }
    }

    /// What a request to connect says.
    pub fn to_connect(self) -> Vec<(&'static str, String)> {
        vec![("kind", self.name().into())]
    }

    /// What a request to listen says.
    pub fn to_listen(self, file: Option<SocketFile>) -> Vec<(&'static str, String)> {
        let mut said = self.to_connect();
        if let Some(file) = file {
            said.push(("mode", format!("{:04o}", file.mode)));
            said.push(("keep", file.keep.to_string()));
            said.push(("replace", file.replace.to_string()));
        }
        said
    }

    /// What a request to take a connection says.
    pub fn to_accept(self, peer: UnixCredentials) -> Vec<(&'static str, String)> {
        let mut said = self.to_connect();
        said.push(("peer-process", peer.process.to_string()));
        said.push(("peer-user", peer.user.to_string()));
        said.push(("peer-group", peer.group.to_string()));
        said
    }

    /// Which one a request to connect is for.
    pub(crate) fn of_connect(request: &Request) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|kind| request.changes == kind.to_connect())
    }

    /// Which one a request to listen is for, and what file it makes.
    pub(crate) fn of_listen(request: &Request) -> Option<(Self, Option<SocketFile>)> {
        let value = |field: &str| {
            let mut all = request.changes.iter();
            all.find(|(own, _)| *own == field)
                .map(|(_, value)| &**value)
        };
        let file = match &request.target {
            Target::Path(_) => Some(SocketFile {
                mode: u32::from_str_radix(value("mode")?, 8)
                    .ok()
                    .filter(|mode| *mode <= 0o777)?,
                keep: value("keep") == Some("true"),
                replace: value("replace") == Some("true"),
            }),
            _ => None,
        };
        // What is on record is what it is, in this one form.
        let mut all = Self::ALL.into_iter();
        all.find(|kind| request.changes == kind.to_listen(file))
            .map(|kind| (kind, file))
    }

    fn socket_type(self) -> SocketType {
        match self {
            Self::Stream => SocketType::STREAM,
            Self::Datagram => SocketType::DGRAM,
            Self::Sequenced => SocketType::SEQPACKET,
        }
    }
}

/// Where a socket is, or is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Path(AbsolutePath),
    Abstract(String),
}

impl Place {
    pub(crate) fn of(request: &Request) -> Option<Self> {
        match &request.target {
            Target::Path(path) => Some(Self::Path(path.clone())),
            Target::Object(name) => name
                .as_abstract_socket()
                .map(|name| Self::Abstract(name.into())),
            _ => None,
        }
    }
}

/// A file of a socket, among all of this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileId {
    device: u64,
    inode: u64,
}

/// Connects a new socket, or this one. It does not wait.
pub(crate) fn connect(
    place: &Place,
    kind: UnixKind,
    socket: Option<BorrowedFd<'_>>,
) -> io::Result<(UnixFacts, Option<OwnedFd>)> {
    let new = match socket {
        Some(_) => None,
        None => Some(new_socket(kind)?),
    };
    let socket = socket.or(new.as_ref().map(OwnedFd::as_fd));
    let socket = socket.ok_or(Errno::BADF)?;
    match place {
        Place::Abstract(name) => {
            let remote = SocketAddrUnix::new_abstract_name(name.as_bytes())?;
            rustix::net::connect(socket, &remote)?;
        }
        Place::Path(path) => {
            let file = reach(path, OFlags::PATH)?;
            let found = rustix::fs::fstat(&file)?;
            if FileType::from_raw_mode(found.st_mode) != FileType::Socket {
                // As the kernel has it (unix(7)).
                return Err(Errno::CONNREFUSED.into());
            }
            // A path that leads to what is open and nowhere else, and has room in the address however long the other is.
            let remote = SocketAddrUnix::new(format!("/proc/self/fd/{}", file.as_raw_fd()))?;
            rustix::net::connect(socket, &remote)?;
        }
    }
    let connected = kind != UnixKind::Datagram;
    let facts = UnixFacts {
        local: local_address(socket)?,
        remote: remote_address(socket)?,
        peer: match connected {
            true => Some(sys::peer_credentials(socket)?),
            false => None,
        },
    };
    Ok((facts, new))
}

/// Binds a new socket, and has it listen if it is one for connections. Returns the file that was made, if any.
pub(crate) fn bind(
    place: &Place,
    kind: UnixKind,
    file: Option<SocketFile>,
    umask: Option<Mode>,
    backlog: u32,
) -> io::Result<(Option<FileId>, Option<OwnedFd>)> {
    let socket = new_socket(kind)?;
    let made = match place {
        Place::Abstract(name) => {
            let local = SocketAddrUnix::new_abstract_name(name.as_bytes())?;
            rustix::net::bind(&socket, &local)?;
            None
        }
        Place::Path(path) => {
            let mode = file.map_or(0o600, |file| file.mode);
            // The file gets the socket's own bits, without those of the umask.
            rustix::fs::fchmod(&socket, Mode::from_raw_mode(mode))?;
            let (folder, name) = folder_of(path)?;
            if file.is_some_and(|file| file.replace) && is_socket(&folder, name) {
                rustix::fs::unlinkat(&folder, name, AtFlags::empty())?;
            }
            let bound = with_umask(umask, || {
                let local = SocketAddrUnix::new(path.as_path())?;
                Ok(rustix::net::bind(&socket, &local)?)
            });
            bound?;
            let found = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
            if !is_socket(&folder, name) || found.st_uid != rustix::process::geteuid().as_raw() {
                // Somebody has put a link in the way meanwhile.
                return Err(Errno::LOOP.into());
            }
            Some(id_of(&found))
        }
    };
    if kind != UnixKind::Datagram {
        rustix::net::listen(&socket, i32::try_from(backlog).unwrap_or(i32::MAX))?;
        // Whoever has a copy can have calls wait, by a flag that all copies share. Here they do not wait.
        let at_once = Some(Duration::from_micros(1));
        sockopt::set_socket_timeout(&socket, sockopt::Timeout::Recv, at_once)?;
    }
    Ok((made, Some(socket)))
}

/// Removes a socket's file, if it is still that one.
pub(crate) fn remove(path: &AbsolutePath, made: FileId) -> io::Result<()> {
    let (folder, name) = folder_of(path)?;
    if id_of(&statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW)?) == made {
        rustix::fs::unlinkat(&folder, name, AtFlags::empty())?;
    }
    Ok(())
}

/// Accepts a connection.
pub(crate) fn accept(
    listener: BorrowedFd<'_>,
) -> io::Result<(OwnedFd, UnixAddress, UnixCredentials)> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::accept_with(listener, flags)?;
    refuse_descriptors(socket.as_fd());
    let (address, peer) = (
        remote_address(socket.as_fd())?,
        sys::peer_credentials(socket.as_fd())?,
    );
    Ok((socket, address, peer))
}

/// Where a socket is bound.
pub fn local_address(socket: BorrowedFd<'_>) -> io::Result<UnixAddress> {
    UnixAddress::of(Some(rustix::net::getsockname(socket)?))
}

fn remote_address(socket: BorrowedFd<'_>) -> io::Result<UnixAddress> {
    UnixAddress::of(rustix::net::getpeername(socket)?)
}

impl UnixAddress {
    /// From the kernel's form.
    pub fn of(address: Option<SocketAddrAny>) -> io::Result<Self> {
        let Some(address) = address else {
            return Ok(Self::Unnamed);
        };
        let address = SocketAddrUnix::try_from(address)?;
        Ok(match (address.path_bytes(), address.abstract_name()) {
            (Some(path), _) => Self::Path(path.into()),
            (None, Some(name)) if !name.is_empty() => Self::Abstract(name.into()),
            (None, _) => Self::Unnamed,
        })
    }
}

fn new_socket(kind: UnixKind) -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::UNIX, kind.socket_type(), flags, None)?;
    refuse_descriptors(socket.as_fd());
    Ok(socket)
}

/// Has the kernel refuse whatever a peer would pass along beside bytes, where it can (Linux 6.16): a process that was
/// taken over could receive it. It has no call to undo this.
fn refuse_descriptors(socket: BorrowedFd<'_>) {
    /// asm-generic/socket.h.
    const SO_PASSRIGHTS: libc::c_int = 83;
    // An older kernel has no such option.
    let _ = datagram::set_option(socket, libc::SOL_SOCKET, SO_PASSRIGHTS, 0);
}

/// What is at a path, without a link on the way.
fn reach(path: impl AsRef<std::path::Path>, flags: OFlags) -> io::Result<OwnedFd> {
    let followed = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let flags = flags | OFlags::CLOEXEC;
    Ok(openat2(CWD, path.as_ref(), flags, Mode::empty(), followed)?)
}

/// The folder that a file is in, and its name there.
pub(crate) fn folder_of(path: &AbsolutePath) -> io::Result<(OwnedFd, &OsStr)> {
    let name = path.as_path().file_name().ok_or(Errno::ADDRINUSE)?;
    let folder = path.parent().ok_or(Errno::ADDRINUSE)?;
    Ok((reach(folder, OFlags::PATH | OFlags::DIRECTORY)?, name))
}

fn is_socket(folder: &OwnedFd, name: &OsStr) -> bool {
    let found = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW);
    found.is_ok_and(|found| FileType::from_raw_mode(found.st_mode) == FileType::Socket)
}

fn id_of(found: &rustix::fs::Stat) -> FileId {
    FileId {
        device: found.st_dev,
        inode: found.st_ino,
    }
}

pub(crate) fn with_umask<T>(umask: Option<Mode>, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let before = umask.map(rustix::process::umask);
    let done = act();
    if let Some(before) = before {
        rustix::process::umask(before);
    }
    done
}

/// The umask of a process (proc(5), status). Where it cannot be told, nobody but the user gets in.
pub(crate) fn umask_of(process: i32) -> Mode {
    let status = std::fs::read(format!("/proc/{process}/status")).unwrap_or_default();
    let mut lines = status.split(|byte| *byte == b'\n');
    let told = lines.find_map(|line| line.strip_prefix(b"Umask:"));
    let told = told
        .and_then(|text| OsStr::from_bytes(text).to_str())
        .map(str::trim);
    let bits = told.and_then(|text| u32::from_str_radix(text, 8).ok());
    Mode::from_raw_mode(bits.unwrap_or(0o077))
}

/// Requests for the tests of the operations.
#[cfg(test)]
pub(crate) fn examples() -> Vec<(&'static str, Request)> {
    let name = nethost_core::ObjectName::abstract_socket("nethost-test").unwrap();
    let request = |op, said| Request::new(op, Target::Object(name.clone())).changing(said);
    let stream = UnixKind::Stream;
    vec![
        (
            UnixConnect::NAME,
            request("connection.connect", stream.to_connect()),
        ),
        (
            UnixListen::NAME,
            request("listener.listen", stream.to_listen(None)),
        ),
    ]
}
