//! A log among witnesses: the name and the key that it signs checkpoints with, the last one that it signed,
//! and what is left of the leaves whose files were removed. All of it is in the log's state folder, which
//! whoever writes only the log cannot read.

use std::io;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use super::Error;
use super::checkpoint::Checkpoint;
use super::leaves::{self, Beginning};
use super::store;
use super::tree::{Frontier, TreeHead};
use super::vkey::{Purpose, SignerKey, VerifierKey, is_key_name};
use crate::chain::{self, Hash};
use crate::place;
use crate::snapshot::{Snapshot, whole};

/// Longer than any file here.
const LONGEST: usize = 16 << 10;

/// What witnesses and verifiers need of a log that this machine writes.
pub struct Origin {
    log: PathBuf,
    folder: PathBuf,
    key: SignerKey,
}

/// The leaves that come before those in the log's files.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Removed {
    pub(super) frontier: Frontier,
    /// The number of the first record after them; 0 when that is not known.
    pub(super) first: u64,
}

/// One folder for each log: a new one at the same path is another one for its witnesses.
fn folder(state: &Path, id: &str) -> PathBuf {
    let name = Hash::of(id.as_bytes()).to_string();
    state.join(format!("note-{}", &name[..16]))
}

impl Removed {
    /// None unless this log has a key for witnesses.
    pub(super) fn read(state: &Path, id: &str) -> io::Result<Option<Self>> {
        let bytes = store::read(&folder(state, id).join("removed"), LONGEST)?;
        let read = bytes.map(|bytes| serde_json::from_slice(&bytes));
        read.transpose().map_err(io::Error::from)
    }

    /// What is wrong when a pass that goes on from here began there.
    pub(super) fn fits(&self, beginning: Beginning) -> Result<(), Error> {
        match beginning.first {
            Some(first) if self.first != 0 && first > self.first => {
                Err(Error::Missing(self.first, first - 1))
            }
            _ => Ok(()),
        }
    }
}

impl Origin {
    /// The origin of this log. It is made at its first use, under this name or one made of the machine's.
    pub fn open(log: &Path, state: &Path, id: &str, name: Option<&str>) -> Result<Self, Error> {
        if let Some(origin) = Self::load(log, state, id)? {
            let own = origin.key.verifier().name();
            return match name {
                Some(name) if name != own => Err(Error::Named(own.to_owned())),
                _ => Ok(origin),
            };
        }
        let folder = folder(state, id);
        place::create_folder(&folder)?;
        let name = name.map_or_else(|| default_name(id), str::to_owned);
        if !is_key_name(&name) {
            return Err(super::vkey::BadKey::Name.into());
        }
        // Meanwhile nobody can remove a file: the tree begins with what there is.
        Snapshot::take(log, |snapshot| {
            snapshot.there()?;
            let removed = Removed {
                first: leaves::first(snapshot)?.unwrap_or_default(),
                ..Removed::default()
            };
            store::replace(&folder.join("removed"), &serde_json::to_vec(&removed)?)
        })?;
        new_key(&folder.join("key"), &name)?;
        let made = Self::load(log, state, id)?;
        made.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound).into())
    }

    /// The origin of this log, if it has one.
    pub fn load(log: &Path, state: &Path, id: &str) -> Result<Option<Self>, Error> {
        let folder = folder(state, id);
        let Some(key) = read_key(&folder.join("key"), Purpose::Log)? else {
            return Ok(None);
        };
        let log = log.to_owned();
        Ok(Some(Self { log, folder, key }))
    }

    /// What a witness and a verifier know this log by.
    pub fn verifier_key(&self) -> &VerifierKey {
        self.key.verifier()
    }

    fn removed(&self) -> io::Result<Removed> {
        let bytes = store::read(&self.folder.join("removed"), LONGEST)?;
        let bytes = bytes.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        Ok(serde_json::from_slice(&bytes)?)
    }

    /// Signs the tree over all lines that the log has now. Never one that is not the continuation of the
    /// last: that would be the fork that witnesses look for.
    pub fn checkpoint(&self) -> Result<Checkpoint, Error> {
        let _lock = store::lock(&self.folder)?;
        let path = self.folder.join("signed");
        let last = match store::read(&path, LONGEST)? {
            Some(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::from)?,
            None => TreeHead::empty(),
        };
        let removed = |snapshot: &Snapshot| {
            snapshot.there()?;
            self.removed()
        };
        let head = whole(&self.log, removed, |snapshot, removed| {
            goes_on_from(&last, snapshot, &removed)
        })?;
        store::replace(&path, &serde_json::to_vec(&head)?)?;
        let mut checkpoint = Checkpoint::unsigned(self.key.verifier().name(), head);
        let signature = self.key.sign(checkpoint.note.text(), 0);
        checkpoint.note.add(signature);
        Ok(checkpoint)
    }
}

/// The tree over all lines, if it is a continuation of this one.
fn goes_on_from(
    last: &TreeHead,
    snapshot: &Snapshot,
    removed: &Removed,
) -> Result<TreeHead, Error> {
    let mut tree = removed.frontier.clone();
    let mut root = (tree.size() == last.size).then(|| tree.root());
    let beginning = leaves::each(snapshot, removed.first, |leaf, _| {
        tree.push(leaf, |_, _| {});
        if tree.size() == last.size {
            root = Some(tree.root());
        }
    })?;
    removed.fits(beginning)?;
    match root {
        Some(root) if root != last.root => return Err(Error::Changed(last.size)),
        // They were looked at when they were removed.
        None if last.size < removed.frontier.size() => {}
        None => return Err(Error::Cut(last.size, tree.size())),
        Some(_) => {}
    }
    Ok(TreeHead {
        size: tree.size(),
        root: tree.root(),
    })
}

/// Takes in the leaves of a complete file before it is removed, for whoever holds the log's lock. `next` is
/// the number of the first record after it.
pub(crate) fn before_removal(
    state: &Path,
    id: &str,
    file: &Path,
    first: u64,
    next: u64,
) -> io::Result<()> {
    let Some(mut removed) = Removed::read(state, id)? else {
        return Ok(());
    };
    // A file that could not be removed at once comes again; what comes too early is not the log's next.
    if removed.first != 0 && first != removed.first {
        return Ok(());
    }
    let snapshot = Snapshot::of_file(file)?;
    leaves::each(&snapshot, 0, |leaf, _| {
        removed.frontier.push(leaf, |_, _| {});
    })?;
    removed.first = next;
    let path = folder(state, id).join("removed");
    store::replace(&path, &serde_json::to_vec(&removed)?)
}

fn default_name(id: &str) -> String {
    let system = rustix::system::uname();
    let host = system.nodename().to_string_lossy();
    let plain = |char: char| char.is_ascii_alphanumeric() || char == '.' || char == '-';
    let host = host.replace(|char| !plain(char), "-");
    let host = if host.is_empty() { "localhost" } else { &host };
    format!("{host}/nethost/{}", id.get(..16).unwrap_or(id))
}

/// Makes a key with this name.
pub(super) fn new_key(path: &Path, name: &str) -> io::Result<()> {
    let mut seed = [0; 32];
    rustix::rand::getrandom(&mut seed, rustix::rand::GetRandomFlags::empty())?;
    let text = format!("{name}\n{}\n", HEXLOWER.encode(&seed));
    store::replace(path, text.as_bytes())
}

/// Reads a key that [`new_key`] made.
pub(super) fn read_key(path: &Path, purpose: Purpose) -> io::Result<Option<SignerKey>> {
    let Some(bytes) = store::read(path, LONGEST)? else {
        return Ok(None);
    };
    let text = std::str::from_utf8(&bytes).ok();
    let key = text.and_then(|text| {
        let (name, seed) = text.strip_suffix('\n')?.split_once('\n')?;
        let seed = chain::array(seed.as_bytes())?;
        SignerKey::new(name, purpose, &seed).filter(|_| is_key_name(name))
    });
    let damaged = || {
        let why = format!("the key file {} is damaged", path.display());
        io::Error::new(io::ErrorKind::InvalidData, why)
    };
    key.ok_or_else(damaged).map(Some)
}
