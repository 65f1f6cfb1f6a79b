//! The requests of the capability `unix`, their parts beside the target, and the sockets of unix(7) for its
//! operations.
//!
//! The file of a socket is opened by the judged path without following links (openat2(2)), and the socket is
//! connected through the opened file, so no other file can take its place. Binding works only with a path in which
//! the kernel follows links, because peers see that path. So the folder is opened without following links first, and
//! afterwards it is checked that the socket is in that folder. The socket does not listen, and nobody learns of it,
//! before this check.
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

/// The kind of a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnixKind {
    /// A connection that carries bytes.
    Stream,
    /// Datagrams.
    Datagram,
    /// A connection that carries packets.
    Sequenced,
}

/// An address, as the kernel reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum UnixAddress {
    /// The path of a bound socket.
    Path(Vec<u8>),
    /// An abstract name.
    Abstract(Vec<u8>),
    /// The socket is not bound.
    Unnamed,
}

/// The file that a socket is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SocketFile {
    /// The permission bits before the umask is applied.
    pub mode: u32,
    /// The file is kept when the socket is closed.
    pub keep: bool,
    /// The file replaces that of another socket.
    pub replace: bool,
}

/// The facts about a connected socket.
#[derive(Debug, Serialize, Deserialize)]
pub struct UnixFacts {
    /// This end.
    pub local: UnixAddress,
    /// The other end.
    pub remote: UnixAddress,
    /// The credentials of the peer. Datagram sockets have none.
    pub peer: Option<UnixCredentials>,
}

impl UnixKind {
    const ALL: [Self; 3] = [Self::Stream, Self::Datagram, Self::Sequenced];

    /// The name in records.
    fn name(self) -> &'static str {
        match self {
            Self::Stream => "stream",
            Self::Datagram => "datagram",
            Self::Sequenced => "seqpacket",
        }
    }

    /// The changes of a request to connect.
    pub fn to_connect(self) -> Vec<(&'static str, String)> {
        vec![("kind", self.name().into())]
    }

    /// The changes of a request to listen.
    pub fn to_listen(self, file: Option<SocketFile>) -> Vec<(&'static str, String)> {
        let mut said = self.to_connect();
        if let Some(file) = file {
            said.push(("mode", format!("{:04o}", file.mode)));
            said.push(("keep", file.keep.to_string()));
            said.push(("replace", file.replace.to_string()));
        }
        said
    }

    /// The changes of a request to take a connection.
    pub fn to_accept(self, peer: UnixCredentials) -> Vec<(&'static str, String)> {
        let mut said = self.to_connect();
        said.push(("peer-process", peer.process.to_string()));
        said.push(("peer-user", peer.user.to_string()));
        said.push(("peer-group", peer.group.to_string()));
        said
    }

    /// The kind in a request to connect.
    pub(crate) fn of_connect(request: &Request) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|kind| request.changes == kind.to_connect())
    }

    /// The kind in a request to listen, and the file that it creates.
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
        // Only this spelling is accepted, so that each request has one form in records.
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

/// The place of a socket.
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

/// Identifies the file of a socket on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileId {
    device: u64,
    inode: u64,
}

/// Connects a new socket, or this one, without waiting.
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
                // The same error as from the kernel (unix(7)).
                return Err(Errno::CONNREFUSED.into());
            }
            // This path leads to the open file and to no other, and fits into the address even if the real path does
            // not.
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

/// Binds a new socket, and listens on it unless it is a datagram socket. Returns the created file, if any.
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
            // The file gets the permission bits of the socket, without those of the umask.
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
                // A link was put into the path meanwhile.
                return Err(Errno::LOOP.into());
            }
            Some(id_of(&found))
        }
    };
    if kind != UnixKind::Datagram {
        rustix::net::listen(&socket, i32::try_from(backlog).unwrap_or(i32::MAX))?;
        // Every holder of a copy can make calls block, by a flag that all copies share. So calls here have a timeout.
        let at_once = Some(Duration::from_micros(1));
        sockopt::set_socket_timeout(&socket, sockopt::Timeout::Recv, at_once)?;
    }
    Ok((made, Some(socket)))
}

/// Removes the file of a socket, if it is still the same file.
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

/// The address of a socket.
pub fn local_address(socket: BorrowedFd<'_>) -> io::Result<UnixAddress> {
    UnixAddress::of(Some(rustix::net::getsockname(socket)?))
}

fn remote_address(socket: BorrowedFd<'_>) -> io::Result<UnixAddress> {
    UnixAddress::of(rustix::net::getpeername(socket)?)
}

impl UnixAddress {
    /// Converts the kernel's form.
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

/// Asks the kernel to refuse descriptors and the like from a peer, if it can (Linux 6.16): a process that was taken
/// over could receive them. It has no system call to undo this.
fn refuse_descriptors(socket: BorrowedFd<'_>) {
    /// asm-generic/socket.h.
    const SO_PASSRIGHTS: libc::c_int = 83;
    // Older kernels do not have this option.
    let _ = datagram::set_option(socket, libc::SOL_SOCKET, SO_PASSRIGHTS, 0);
}

/// The file at a path, without following links.
pub(crate) fn reach(path: impl AsRef<std::path::Path>, flags: OFlags) -> io::Result<OwnedFd> {
    let followed = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let flags = flags | OFlags::CLOEXEC;
    Ok(openat2(CWD, path.as_ref(), flags, Mode::empty(), followed)?)
}

/// The folder of a file, and the name of the file in it.
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

pub(crate) fn with_umask<T>(
    umask: Option<Mode>,
    act: impl FnOnce() -> io::Result<T>,
) -> io::Result<T> {
    let before = umask.map(rustix::process::umask);
    let done = act();
    if let Some(before) = before {
        rustix::process::umask(before);
    }
    done
}

/// The umask of a process (proc(5), status). If it is unknown, only the user gets access.
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
#[allow(clippy::unwrap_used)]
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
