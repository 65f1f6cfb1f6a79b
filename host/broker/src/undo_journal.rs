//! The journal of a scope: a file with one JSON object a line. What undoes a change is on disk before the change is made.
//! The file is locked as long as the broker that made the changes lives, so whoever gets the lock knows that it is gone.
//!
//! docs/operations.md describes the format.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::scopes::{CHANGES, Journals, LONGEST};
use super::undo_place::{Namespace, Place};
use nethost_core::output;
use nethost_core::owned_path::{self, Owner};
use nethost_netlink::undo::{Snapshot, Undoing};

/// The end of the name of each journal.
pub(super) const SUFFIX: &str = ".undo";
/// The version of the format.
const VERSION: u32 = 1;
/// How often another name is tried.
const TRIES: u32 = 5;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    v: u32,
    boot: String,
    namespace: Namespace,
    /// The process that made the changes, and when it began, in seconds since 1970: for a reader.
    pid: u32,
    since: u64,
    plugin: String,
}

/// Each further line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Line {
    /// A change that is about to be made.
    Change(Box<Undoing>),
    /// What goes when the change with this number, from 0, is undone, which is about to happen.
    Belongings { of: usize, found: Vec<Snapshot> },
}

/// A journal that is being written.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    path: PathBuf,
    /// Its length without the last line, and with it.
    before: u64,
    length: u64,
}

/// A journal that was read.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) place: Place,
    pub(super) pid: u32,
    pub(super) plugin: String,
    pub(super) changes: Vec<Undoing>,
}

/// Why a journal is not used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unfit {
    #[error("it belongs to user {0}, not to {1} whose broker this is")]
    Owner(u32, u32),
    #[error("its mode is {0:04o}, not 0600")]
    Mode(u32),
    #[error("it is not a regular file with one name")]
    Kind,
    #[error("it is longer than {LONGEST} bytes, or has more than {CHANGES} changes")]
    Long,
    #[error("line {0} is not one of a journal: {1}")]
    Line(usize, String),
    #[error(transparent)]
    System(#[from] io::Error),
}

/// The line about a change.
pub(super) fn line(undoing: &Undoing) -> io::Result<String> {
    written(&Line::Change(undoing.clone().into()))
}

/// The line about what goes when a change is undone.
pub(super) fn belongings_line(of: usize, found: &[Snapshot]) -> io::Result<String> {
    let found = found.to_vec();
    written(&Line::Belongings { of, found })
}

fn written(line: &impl Serialize) -> io::Result<String> {
    let mut text = serde_json::to_string(line).map_err(io::Error::other)?;
    text.push('\n');
    Ok(text)
}

impl Journal {
    /// Makes a journal, which is locked.
    pub(super) fn create(journals: &Journals, place: Place) -> io::Result<Self> {
        let folder = &journals.folder;
        owned_path::judge(folder, Owner::RootOrSelf)?;
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        owned_path::judge(folder, Owner::RootOrSelf)?;
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let head = written(&Head {
            v: VERSION,
            boot: place.boot,
            namespace: place.namespace,
            pid: std::process::id(),
            since: since.map_or(0, |since| since.as_secs()),
            plugin: journals.plugin.clone(),
        })?;
        for _ in 0..TRIES {
            let mut random = [0; 8];
            rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::empty())?;
            let path = folder.join(format!("{:016x}{SUFFIX}", u64::from_ne_bytes(random)));
            let flags = OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let file = OpenOptions::new()
                .append(true)
                .create_new(true)
                .mode(0o600)
                .custom_flags(flags.bits().cast_signed())
                .open(&path)?;
            // Another broker that starts just now may take the empty file for one that was left behind.
            if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err()
                || file.metadata()?.nlink() == 0
            {
                continue;
            }
            let mut journal = Self {
                file,
                path,
                before: 0,
                length: 0,
            };
            journal.append(&head)?;
            sync_folder(folder)?;
            return Ok(journal);
        }
        Err(Errno::BUSY.into())
    }

    /// Adds a line. It is on disk when this returns.
    pub(super) fn append(&mut self, line: &str) -> io::Result<()> {
        let added = self.file.write_all(line.as_bytes());
        if let Err(error) = added.and_then(|()| self.file.sync_data()) {
            // A part of a line would spoil the next one.
            self.file.set_len(self.length)?;
            return Err(error);
        }
        self.before = self.length;
        self.length += line.len() as u64;
        Ok(())
    }

    /// Takes the last line back.
    pub(super) fn take_back(&mut self) -> io::Result<()> {
        self.file.set_len(self.before)?;
        self.length = self.before;
        self.file.sync_data()
    }

    /// Nothing is to be undone any more.
    pub(super) fn remove(&self) -> io::Result<()> {
        remove(&self.path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Takes over a journal whose broker is gone, to add lines.
    pub(super) fn over(file: File, path: PathBuf) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self {
            file,
            path,
            before: length,
            length,
        })
    }
}

/// Removes a journal.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    std::fs::remove_file(path)?;
    path.parent().map_or(Ok(()), sync_folder)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Opens a journal and locks it. None if the broker that writes it lives, or it was removed meanwhile.
pub(super) fn take_over(path: &Path) -> Result<Option<File>, Unfit> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let opened = OpenOptions::new()
        .read(true)
        .append(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path);
    let file = match opened {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let facts = file.metadata()?;
    if !facts.is_file() {
        return Err(Unfit::Kind);
    }
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK) => return Ok(None),
        locked => locked.map_err(io::Error::from)?,
    }
    let facts = file.metadata()?;
    let own = rustix::process::geteuid().as_raw();
    match facts.nlink() {
        0 => return Ok(None),
        1 => {}
        _ => return Err(Unfit::Kind),
    }
    if facts.uid() != own {
        return Err(Unfit::Owner(facts.uid(), own));
    }
    if facts.mode() & 0o7777 != 0o600 {
        return Err(Unfit::Mode(facts.mode() & 0o7777));
    }
    if facts.len() > 2 * LONGEST as u64 {
        return Err(Unfit::Long);
    }
    Ok(Some(file))
}

/// Reads a journal. None if its first line is not complete: nothing had been changed yet.
pub(super) fn read(file: &File) -> Result<Option<Pending>, Unfit> {
    let mut text = String::new();
    file.take(2 * LONGEST as u64 + 1)
        .read_to_string(&mut text)?;
    // A line without an end was being written, so what it says had not happened.
    let Some((text, _)) = text.rsplit_once('\n') else {
        return Ok(None);
    };
    let bad = |number: usize, why: &dyn std::fmt::Display| {
        Unfit::Line(number + 1, nethost_core::text::line(&why.to_string()))
    };
    let mut lines = text.lines().enumerate();
    let (_, first) = lines.next().unwrap_or_default();
    let head: Head = serde_json::from_str(first).map_err(|why| bad(0, &why))?;
    if head.v != VERSION {
        return Err(bad(0, &format!("its version is {}, not {VERSION}", head.v)));
    }
    let mut changes: Vec<Undoing> = Vec::new();
    for (number, line) in lines {
        match serde_json::from_str(line).map_err(|why| bad(number, &why))? {
            Line::Change(undoing) if undoing.message().is_err() => {
                return Err(bad(number, &"such a change cannot be undone"));
            }
            Line::Change(_) if changes.len() >= CHANGES => return Err(Unfit::Long),
            Line::Change(undoing) => changes.push(*undoing),
            Line::Belongings { of, found } => match changes.get_mut(of) {
                Some(change) => change.note_belongings(found),
                None => return Err(bad(number, &"there is no such change")),
            },
        }
    }
    Ok(Some(Pending {
        place: Place {
            boot: head.boot,
            namespace: head.namespace,
        },
        pid: head.pid,
        plugin: head.plugin,
        changes,
    }))
}

/// Says what is wrong with a journal.
pub(super) fn complain(path: &Path, why: &dyn std::fmt::Display) {
    let path = path.display();
    // The broker does not wait for a terminal.
    output::say_at_once("nethost", &format!("undo journal {path}: {why}"));
}
