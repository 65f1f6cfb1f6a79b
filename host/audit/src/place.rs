//! The places of a log and its state, and who can access them. The head and the keys are stored apart from the log,
//! so that copying the log does not copy the keys, and losing the log does not lose its head.

use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, OFlags};
use rustix::io::Errno;

use super::chain::Hash;
use nethost_core::owned_path::{self, Owner};
use nethost_core::regular;

/// A writer holds the lock while it removes a file. The current file of a log does not change all the time.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// The default place of the log: for root in /var/log, for another user in their state folder.
pub fn default_path() -> Option<PathBuf> {
    if is_root() {
        return Some(PathBuf::from("/var/log/nethost/audit.jsonl"));
    }
    // Without a home, no place is safe from other users, so the caller must name one.
    user_state().map(|folder| folder.join("audit.jsonl"))
}

/// The place of the head and the keys of this log: a folder for each log, named after the path of the log.
pub fn state_of(log: &Path) -> io::Result<PathBuf> {
    let base = state_folder()?;
    let path = std::path::absolute(log)?;
    // The real path of the folder, because one log has one state.
    let path = match (path.parent().map(Path::canonicalize), path.file_name()) {
        (Some(Ok(folder)), Some(name)) => folder.join(name),
        _ => path,
    };
    let name = Hash::of(path.as_os_str().as_encoded_bytes()).to_string();
    Ok(base.join("audit").join(&name[..16]))
}

/// The place of heads and keys: for root in /var/lib, for another user in their state folder.
pub fn state_folder() -> io::Result<PathBuf> {
    let named = absolute("NETHOST_STATE_DIR");
    let base = named.or_else(|| {
        if is_root() {
            return Some(PathBuf::from("/var/lib/nethost"));
        }
        user_state()
    });
    base.ok_or_else(|| {
        io::Error::other(
            "there is no HOME to keep the log's head and key in; set NETHOST_STATE_DIR",
        )
    })
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn user_state() -> Option<PathBuf> {
    let home = || nethost_core::home::folder().map(|home| home.join(".local/state"));
    let folder = absolute("XDG_STATE_HOME").or_else(home);
    folder.map(|folder| folder.join("nethost"))
}

fn absolute(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
}

/// What a log is written to.
pub(super) enum Opened {
    /// A file.
    File(File),
    /// A character device, such as /dev/null: it keeps nothing.
    Device(File),
}

/// Opens a log for appending. A new log is only accessible to its owner, because records name hosts.
pub(super) fn open_log(path: &Path) -> io::Result<Opened> {
    // Before it is created, so that a refused log leaves no file behind.
    judge_folder(path)?;
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true).mode(0o600);
    let file = match open(path, &mut options) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            create_folder(folder(path))?;
            judge_folder(path)?;
            open(path, &mut options)?
        }
        opened => opened?,
    };
    let facts = file.metadata()?;
    if facts.file_type().is_char_device() {
        return Ok(Opened::Device(file));
    }
    own(&facts)?;
    Ok(Opened::File(file))
}

/// Opens a file of this user that no other user can write to or replace.
pub(super) fn open_own(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    judge_folder(path)?;
    let file = open(path, options)?;
    own(&file.metadata()?)?;
    Ok(file)
}

/// Only root and this user may be able to change the folders above it.
fn judge_folder(path: &Path) -> io::Result<()> {
    owned_path::judge(folder(path), Owner::RootOrSelf).map_err(|error| match error {
        owned_path::Error::Mode { .. } => refused(&format!(
            "others can write to its folder, or to one above it: {error}"
        )),
        other => other.into(),
    })
}

/// Creates a folder that only its owner can access, and the folders above it, so that no other user can replace it.
pub(super) fn create_folder(path: &Path) -> io::Result<()> {
    owned_path::judge(path, Owner::RootOrSelf)?;
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn folder(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Without following links, and without waiting for the writer of a FIFO.
fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let opened = options.custom_flags(flags.bits().cast_signed()).open(path);
    opened.map_err(no_link)
}

/// Opens a file of a log for reading, regardless of its owner. Only a regular file, in the same way.
pub fn open_to_read(path: &Path) -> io::Result<File> {
    regular::open_with(path, OFlags::NOFOLLOW).map_err(no_link)
}

fn no_link(error: io::Error) -> io::Error {
    match Errno::from_io_error(&error) {
        Some(Errno::LOOP) => refused("it is a symbolic link; name the file itself"),
        _ => error,
    }
}

fn own(facts: &Metadata) -> io::Result<()> {
    let user = rustix::process::geteuid().as_raw();
    if !facts.is_file() {
        let kind = facts.file_type();
        let what = if kind.is_fifo() {
            "a FIFO"
        } else if kind.is_dir() {
            "a directory"
        } else {
            "a device"
        };
        return Err(refused(&format!("it is {what}, not a file")));
    }
    if facts.uid() != user {
        return Err(refused(&format!(
            "it belongs to user {}, not to {user} who writes it; name another file",
            facts.uid()
        )));
    }
    if facts.mode() & 0o022 != 0 {
        return Err(refused(
            "others can write to it; take that right from them (chmod go-w)",
        ));
    }
    Ok(())
}

fn refused(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, why)
}

/// Waits for a lock, but not forever.
pub(super) fn flock(file: &File, operation: FlockOperation) -> io::Result<()> {
    let give_up = Instant::now() + PATIENCE;
    loop {
        match rustix::fs::flock(file, operation) {
            Err(Errno::INTR) => {}
            Err(Errno::WOULDBLOCK) if Instant::now() < give_up => {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(Errno::WOULDBLOCK) => {
                let why = format!(
                    "another process has held the lock for {} seconds",
                    PATIENCE.as_secs()
                );
                return Err(io::Error::new(io::ErrorKind::TimedOut, why));
            }
            done => return done.map_err(io::Error::from),
        }
    }
}
