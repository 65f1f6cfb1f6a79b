//! A witness: it remembers one checkpoint of each log that it was told of, and cosigns another one only when
//! that goes on from it. What it has cosigned is on the disk before anybody hears of it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::checkpoint::{Checkpoint, Request};
use super::note::LONGEST;
use super::origin::{new_key, read_key};
use super::store;
use super::tree::{TreeHead, consistent};
use super::vkey::{BadKey, BadSignature, Purpose, SignerKey, VerifierKey, is_key_name};
use crate::chain::Hash;
use crate::place;

/// A witness and its folder.
pub struct Witness {
    folder: PathBuf,
    key: SignerKey,
}

/// A log as its witness knows it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Known {
    /// The log's verifier key.
    key: String,
    #[serde(flatten)]
    head: TreeHead,
    /// When the witness cosigned that, in seconds since 1970.
    time: u64,
    /// The checkpoint with its signatures.
    note: String,
}

/// The witness does not cosign.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Its state cannot be read or written.
    #[error(transparent)]
    State(#[from] io::Error),
    /// Nobody told it of this log.
    #[error(
        "this witness does not know the log {0}; `nethost audit witness add KEY` makes it known"
    )]
    Unknown(String),
    /// The log has not signed.
    #[error(
        "the log {0} has not signed the checkpoint: no signature in it is by the key that is known here"
    )]
    Unsigned(String),
    /// Somebody has not.
    #[error(transparent)]
    Signature(#[from] BadSignature),
    /// The request is older than itself.
    #[error("the request goes from {0} lines to {1}, which is backwards")]
    Backwards(u64, u64),
    /// The request begins elsewhere.
    #[error(
        "the request goes on from {asked} lines, but the last checkpoint that this witness cosigned is of {size}; ask for a proof from there (--from {size})"
    )]
    Conflict {
        /// What the request says.
        asked: u64,
        /// What the witness knows.
        size: u64,
    },
    /// The witness has forgotten.
    #[error(
        "this witness has cosigned a checkpoint of {0} lines, which its state does not know: the state is older than that, as after a backup was restored; move its folder away and make a new witness (`nethost audit witness init`)"
    )]
    RolledBack(u64),
    /// Two trees of one size.
    #[error(
        "the log has signed two different trees of {0} lines: it was rewritten; both checkpoints are kept in {1}"
    )]
    Fork(u64, PathBuf),
    /// No proof.
    #[error(
        "the proof does not show that the tree of {new} lines goes on from the one of {old}: the log was rewritten, or the proof is of other trees"
    )]
    Inconsistent {
        /// The tree that the witness knows.
        old: u64,
        /// The one that it is to cosign.
        new: u64,
    },
    /// Not the hash of nothing.
    #[error("the root of no lines is the hash of nothing, and this is another")]
    Empty,
}

/// Nothing can be done with the witness's folder.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// It cannot be read or written.
    #[error(transparent)]
    State(#[from] io::Error),
    /// Nobody has made one.
    #[error("there is no witness here; `nethost audit witness init NAME` makes one")]
    None,
    /// It has another name.
    #[error("there already is a witness here: {0}")]
    Exists(String),
    /// No key.
    #[error(transparent)]
    Key(#[from] BadKey),
    /// The log is known by another one.
    #[error("the log {0} is known by another key; two keys of one log would be two logs")]
    AnotherKey(String),
    /// Nobody told it of this log.
    #[error("this witness does not know the log {0}")]
    Unknown(String),
    /// It was told, and nothing more.
    #[error("this witness has cosigned nothing of the log {0} so far")]
    Nothing(String),
}

impl Witness {
    /// Makes a witness with this name. One that is there already stays as it is.
    pub fn init(folder: &Path, name: &str) -> Result<Self, SetupError> {
        if !is_key_name(name) {
            return Err(BadKey::Name.into());
        }
        place::create_folder(&folder.join("logs"))?;
        let _lock = store::lock(folder)?;
        match Self::open(folder) {
            Ok(there) if there.key.verifier().name() == name => Ok(there),
            Ok(there) => Err(SetupError::Exists(there.verifier_key().to_string())),
            Err(SetupError::None) => {
                new_key(&folder.join("key"), name)?;
                Self::open(folder)
            }
            Err(error) => Err(error),
        }
    }

    /// The witness in this folder.
    pub fn open(folder: &Path) -> Result<Self, SetupError> {
        let key = read_key(&folder.join("key"), Purpose::Witness)?;
        Ok(Self {
            folder: folder.to_owned(),
            key: key.ok_or(SetupError::None)?,
        })
    }

    /// What a policy names it by.
    pub fn verifier_key(&self) -> &VerifierKey {
        self.key.verifier()
    }

    /// Makes a log known by its key.
    pub fn add(&self, key: &str) -> Result<VerifierKey, SetupError> {
        let key = key.parse::<VerifierKey>()?.of(Purpose::Log)?;
        let _lock = store::lock(&self.folder)?;
        match self.known(key.name())? {
            // What was cosigned stays.
            Some(known) if known.key == key.to_string() => {}
            Some(_) => return Err(SetupError::AnotherKey(key.name().to_owned())),
            None => {
                let known = Known {
                    key: key.to_string(),
                    head: TreeHead::empty(),
                    time: 0,
                    note: String::new(),
                };
                self.keep(key.name(), &known)?;
            }
        }
        Ok(key)
    }

    /// Cosigns, if the log was only added to. Returns the line to append to the checkpoint.
    pub fn cosign(&self, request: &Request) -> Result<String, Refusal> {
        let checkpoint = &request.checkpoint;
        let (origin, note, new) = (&checkpoint.origin, &checkpoint.note, checkpoint.head);
        // From here to the end: nobody else reads what is about to be replaced.
        let _lock = store::lock(&self.folder)?;
        let known = self.known(origin)?;
        let known = known.ok_or_else(|| Refusal::Unknown(origin.clone()))?;
        let log = known.log()?;
        if log.signed(note)?.is_none() {
            return Err(Refusal::Unsigned(origin.clone()));
        }
        if request.old > new.size {
            return Err(Refusal::Backwards(request.old, new.size));
        }
        let old = known.head;
        if self.verifier_key().signed(note)?.is_some() && new.size > old.size {
            return Err(Refusal::RolledBack(new.size));
        }
        if request.old != old.size {
            return Err(Refusal::Conflict {
                asked: request.old,
                size: old.size,
            });
        }
        if new.size == 0 && new.root != TreeHead::empty().root {
            return Err(Refusal::Empty);
        }
        if old.size == new.size && old.size > 0 && old.root != new.root {
            return Err(self.fork(origin, &known, checkpoint)?);
        }
        if !consistent(&old, &new, &request.proof) {
            return Err(Refusal::Inconsistent {
                old: old.size,
                new: new.size,
            });
        }
        // A clock that was set back does not make this one older than the last.
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let time = now.map_or(1, |now| now.as_secs()).max(known.time).max(1);
        let signature = self.key.sign(note.text(), time);
        let mut cosigned = super::note::Note::unsigned(note.text().to_owned());
        let own = note
            .signatures()
            .iter()
            .filter(|signature| log.names(signature));
        own.for_each(|signature| cosigned.add(signature.clone()));
        cosigned.add(signature.clone());
        let known = Known {
            key: known.key,
            head: new,
            time,
            note: cosigned.to_string(),
        };
        self.keep(origin, &known)?;
        Ok(signature.to_string())
    }

    /// Keeps the evidence: two checkpoints of one size, both signed by the log.
    fn fork(&self, origin: &str, known: &Known, other: &Checkpoint) -> io::Result<Refusal> {
        let path = self.path(origin).with_extension("fork");
        let text = format!("{}\n{}", known.note, other.note);
        store::replace(&path, text.as_bytes())?;
        Ok(Refusal::Fork(other.head.size, path))
    }

    /// The last checkpoint of this log that was cosigned.
    pub fn last(&self, origin: &str) -> Result<String, SetupError> {
        let known = self.known(origin)?;
        let known = known.ok_or_else(|| SetupError::Unknown(origin.to_owned()))?;
        match known.note.is_empty() {
            true => Err(SetupError::Nothing(origin.to_owned())),
            false => Ok(known.note),
        }
    }

    /// The logs that it knows.
    pub fn logs(&self) -> io::Result<Vec<Known>> {
        let mut logs = Vec::new();
        for entry in self.folder.join("logs").read_dir()? {
            let path = entry?.path();
            if path.extension().is_none()
                && let Some(known) = read(&path)?
            {
                logs.push(known);
            }
        }
        logs.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(logs)
    }

    fn path(&self, origin: &str) -> PathBuf {
        let name = Hash::of(origin.as_bytes()).to_string();
        self.folder.join("logs").join(name)
    }

    fn known(&self, origin: &str) -> io::Result<Option<Known>> {
        read(&self.path(origin))
    }

    fn keep(&self, origin: &str, known: &Known) -> io::Result<()> {
        store::replace(&self.path(origin), &serde_json::to_vec(known)?)
    }
}

/// A note, and the rest of a log's file.
fn read(path: &Path) -> io::Result<Option<Known>> {
    let bytes = store::read(path, 2 * LONGEST)?;
    let damaged = |error: serde_json::Error| {
        let why = format!("{} is damaged: {error}", path.display());
        io::Error::new(io::ErrorKind::InvalidData, why)
    };
    let known = bytes.map(|bytes| serde_json::from_slice(&bytes).map_err(damaged));
    known.transpose()
}

impl Known {
    fn log(&self) -> io::Result<VerifierKey> {
        let damaged = |error| io::Error::new(io::ErrorKind::InvalidData, error);
        self.key.parse().map_err(damaged)
    }

    /// The log's verifier key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// How many lines the last cosigned tree has, and when that was, if any was.
    pub fn cosigned(&self) -> Option<(u64, u64)> {
        (self.time > 0).then_some((self.head.size, self.time))
    }
}
