//! The socket that the service listens on: passed by the service manager (sd_listen_fds(3)), or created.

use std::fs::DirBuilder;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, listen};
use rustix::net::{connect as dial, socket_with};

use super::sys;
use nethost_core::User;
use nethost_core::owned_path::{self, Owner};

/// The backlog.
const BACKLOG: i32 = 128;

/// A listening socket.
#[derive(Debug)]
pub struct Listener(pub(super) OwnedFd);

/// Why there is no such socket.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Neither way.
    #[error("no socket was passed by a service manager; name one with --listen")]
    NonePassed,
    /// Wrong number of inherited sockets.
    #[error("the service manager passed {0} sockets instead of one")]
    Many(usize),
    /// The group does not exist.
    #[error("--group: no group `{0}` on this machine")]
    NoGroup(String),
    /// Another process listens there already.
    #[error("{shown}: another service listens there", shown = .0.display())]
    Taken(PathBuf),
    /// Other users could put another socket there.
    #[error("--listen: {0}")]
    Owner(#[from] owned_path::Error),
    /// The system's.
    #[error("{shown}: {1}", shown = .0.display())]
    System(PathBuf, io::Error),
}

impl Listener {
    /// The socket that the service manager passed.
    pub fn inherited() -> Result<Self, Error> {
        match sys::passed_sockets() {
            (0, _) => Err(Error::NonePassed),
            (1, Some(socket)) => Ok(Self(socket)),
            (count, _) => Err(Error::Many(count)),
        }
    }

    /// A new socket at this path, for root and a group, or for all users who can reach the folder.
    pub fn at(path: &Path, group: Option<&str>) -> Result<Self, Error> {
        let group = group
            .map(|name| User::group_id(name).ok_or_else(|| Error::NoGroup(name.into())))
            .transpose()?;
        let system = |error: io::Error| Error::System(path.into(), error);
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            // A user who could replace the socket could pose as the service.
            let judge = || owned_path::judge(folder, Owner::RootOrSelf);
            judge()?;
            DirBuilder::new()
                .recursive(true)
                .mode(0o755)
                .create(folder)
                .map_err(system)?;
            judge()?;
        }
        let stale =
            std::fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket());
        if stale {
            if connect(path).is_ok() {
                return Err(Error::Taken(path.into()));
            }
            std::fs::remove_file(path).map_err(system)?;
        }
        let address = SocketAddrUnix::new(path).map_err(|error| system(error.into()))?;
        let socket = new_socket().map_err(system)?;
        // The mode is set before the socket accepts connections.
        let mask = rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o177));
        let bound = bind(&socket, &address);
        rustix::process::umask(mask);
        bound.map_err(|error| system(error.into()))?;
        let mode = if group.is_some() { 0o660 } else { 0o600 };
        std::os::unix::fs::chown(path, None, group).map_err(system)?;
        std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).map_err(system)?;
        listen(&socket, BACKLOG).map_err(|error| system(error.into()))?;
        Ok(Self(socket))
    }
}

fn new_socket() -> io::Result<OwnedFd> {
    Ok(socket_with(
        AddressFamily::UNIX,
        SocketType::SEQPACKET,
        SocketFlags::CLOEXEC,
        None,
    )?)
}

/// Connects to the service that listens at this path.
pub(super) fn connect(path: &Path) -> io::Result<OwnedFd> {
    let socket = new_socket()?;
    dial(&socket, &SocketAddrUnix::new(path)?)?;
    Ok(socket)
}
