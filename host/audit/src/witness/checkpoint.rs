//! Checkpoints (c2sp.org/tlog-checkpoint): a note whose text is a log's name, and the size and the root of its
//! tree; and how one is sent to a witness (c2sp.org/tlog-witness, `add-checkpoint`).

use std::fmt::{self, Write as _};

use data_encoding::BASE64;

use super::note::{BadNote, Note};
use super::tree::TreeHead;
use crate::chain::Hash;

/// What a note says of a log, as long as nobody has checked its signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub(super) origin: String,
    pub(super) head: TreeHead,
    pub(super) note: Note,
}

/// A text that is no checkpoint, or no request with one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCheckpoint {
    /// No note.
    #[error(transparent)]
    Note(#[from] BadNote),
    /// The note's text is something else.
    #[error("its text is not a checkpoint: {0}")]
    Text(&'static str),
    /// No request.
    #[error("line {0} of the request is {1}")]
    Request(usize, &'static str),
}

impl Checkpoint {
    /// Reads a note that is a checkpoint.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadCheckpoint> {
        let note = Note::parse(bytes)?;
        let mut lines = note.text().lines();
        let mut line = |missing| lines.next().ok_or(BadCheckpoint::Text(missing));
        let origin = line("it has no origin")?.to_owned();
        if origin.is_empty() {
            return Err(BadCheckpoint::Text("its origin is empty"));
        }
        let size = number(line("it has no tree size")?);
        let root = hash(line("it has no root hash")?);
        let size = size.ok_or(BadCheckpoint::Text("its second line is no tree size"))?;
        let root = root.ok_or(BadCheckpoint::Text("its third line is no hash in base64"))?;
        if lines.any(str::is_empty) {
            return Err(BadCheckpoint::Text("it has an empty line"));
        }
        let head = TreeHead { size, root };
        Ok(Self { origin, head, note })
    }

    /// One that nobody has signed yet.
    pub(super) fn unsigned(origin: &str, head: TreeHead) -> Self {
        let root = BASE64.encode(&head.root.0);
        Self {
            origin: origin.to_owned(),
            head,
            note: Note::unsigned(format!("{origin}\n{}\n{root}\n", head.size)),
        }
    }
}

/// The signed note.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(f)
    }
}

/// A decimal number as C2SP writes it.
pub(super) fn number(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let leads = text.len() > 1 && text.starts_with('0');
    (digits && !leads).then(|| text.parse().ok()).flatten()
}

fn hash(text: &str) -> Option<Hash> {
    let bytes = BASE64.decode(text.as_bytes()).ok()?;
    bytes.try_into().ok().map(Hash)
}

/// What a witness is asked: to cosign this checkpoint, which goes on from one that it has cosigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The size of the tree that the witness knows.
    pub(super) old: u64,
    pub(super) proof: Vec<Hash>,
    pub(super) checkpoint: Checkpoint,
}

/// A tree of 2^63 leaves needs no more.
const LONGEST_PROOF: usize = 63;

/// The longest request: a proof's lines before a note.
pub(crate) const LONGEST_REQUEST: usize = super::note::LONGEST + 64 * 64;

impl Request {
    /// Reads a request.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadCheckpoint> {
        if bytes.len() > LONGEST_REQUEST {
            return Err(BadNote::TooLong.into());
        }
        let mut rest = bytes;
        let mut proof = Vec::new();
        let mut old = None;
        for at in 1.. {
            let end = rest.iter().position(|byte| *byte == b'\n');
            let (line, after) = end
                .and_then(|end| rest.split_at_checked(end + 1))
                .ok_or(BadCheckpoint::Request(at, "not there, or has no end"))?;
            rest = after;
            let line = std::str::from_utf8(line.strip_suffix(b"\n").unwrap_or(line));
            let line = line.map_err(|_| BadNote::NotUtf8)?;
            if at == 1 {
                let size = line.strip_prefix("old ").and_then(number);
                old = Some(size.ok_or(BadCheckpoint::Request(at, "not `old SIZE`"))?);
            } else if line.is_empty() {
                break;
            } else if proof.len() == LONGEST_PROOF {
                let problem = "one more than a proof has";
                return Err(BadCheckpoint::Request(at, problem));
            } else {
                let problem = BadCheckpoint::Request(at, "no hash in base64");
                proof.push(hash(line).ok_or(problem)?);
            }
        }
        Ok(Self {
            old: old.unwrap_or_default(),
            proof,
            checkpoint: Checkpoint::parse(rest)?,
        })
    }

    /// As a witness takes it.
    pub fn text(&self) -> String {
        let mut text = format!("old {}\n", self.old);
        for hash in &self.proof {
            // Writing into a string does not fail.
            let _ = writeln!(text, "{}", BASE64.encode(&hash.0));
        }
        text + "\n" + &self.checkpoint.to_string()
    }
}
