//! The keys that may have signed a log, and from which record on, where that is known.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::key::PublicKey;
use crate::place;
use crate::record::Keys;

/// Keys that a verifier trusts.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    keys: Vec<Entry>,
}

/// A key, and the number of the record that it came into force with.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    key: PublicKey,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<u64>,
    /// The file that was complete when it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    closed: Option<ClosedFile>,
}

/// A file of the log that is complete.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct ClosedFile {
    /// Number of its first record.
    pub(crate) first: u64,
    /// When it was closed.
    pub(crate) at: Timestamp,
}

impl Entry {
    fn of(key: PublicKey) -> Self {
        Self {
            key,
            from: None,
            closed: None,
        }
    }
}

/// Whether a key is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// At this record.
    At,
    /// But it was not in force at this record.
    Elsewhere,
    No,
}

/// A text that is no list of keys.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: neither 64 hexadecimal digits nor a line of `nethost audit keys`")]
pub struct BadKeys {
    line: usize,
}

const FILE: &str = "keys";

impl Trust {
    /// Keys in hexadecimal, or what `nethost audit keys` prints: one a line.
    pub fn parse(text: &str) -> Result<Self, BadKeys> {
        let mut keys = Vec::new();
        for (index, line) in text.lines().map(str::trim).enumerate() {
            if line.is_empty() {
                continue;
            }
            let entry = match line.parse() {
                Ok(key) => Entry::of(key),
                Err(_) => serde_json::from_str(line).map_err(|_| BadKeys { line: index + 1 })?,
            };
            keys.push(entry);
        }
        Ok(Self { keys })
    }

    /// This key, from whenever on.
    pub fn only(key: PublicKey) -> Self {
        Self {
            keys: vec![Entry::of(key)],
        }
    }

    /// Adds the keys of another.
    pub fn extend(&mut self, other: Self) {
        self.keys.extend(other.keys);
    }

    /// True when there is no key in it.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(super) fn knows(&self, key: &PublicKey, seq: u64) -> Known {
        let mut entries = self.keys.iter().peekable();
        let mut known = Known::No;
        while let Some(entry) = entries.next() {
            if entry.key != *key {
                continue;
            }
            // The next key's first record is the one after that which announces it.
            let next = entries.peek().filter(|next| next.key != *key);
            let until = next.and_then(|next| next.from);
            let begun = entry.from.is_none_or(|from| seq >= from);
            let over = entry.from.is_some() && until.is_some_and(|until| seq >= until);
            if begun && !over {
                return Known::At;
            }
            known = Known::Elsewhere;
        }
        known
    }

    /// The keys whose first record is known: with that record's number, which each of them signed.
    pub(super) fn begun(&self) -> impl Iterator<Item = (PublicKey, u64)> {
        self.keys
            .iter()
            .filter_map(|entry| Some((entry.key, entry.from?)))
    }

    /// Whether what this record says of its keys is noted.
    pub(crate) fn has(&self, keys: &Keys, seq: u64) -> bool {
        self.keys.iter().any(|entry| {
            let next = keys.next == Some(entry.key) && entry.from == Some(seq.saturating_add(1));
            next || (entry.key == keys.signer && entry.from == Some(seq))
        })
    }

    /// The complete files of the log, oldest first.
    pub(crate) fn closed_files(&self) -> Vec<ClosedFile> {
        let mut files: Vec<_> = self.keys.iter().filter_map(|entry| entry.closed).collect();
        files.sort_by_key(|file| file.first);
        files
    }

    /// The keys of a log that this machine writes.
    pub fn of_state(state: &Path) -> io::Result<Self> {
        let mut text = String::new();
        match place::open_own(&state.join(FILE), OpenOptions::new().read(true)) {
            Ok(file) => file
                .take(nethost_core::regular::SOME)
                .read_to_string(&mut text)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error),
        };
        // What a killed writer left of a line is no key; its successor has noted it again.
        let keys = text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        Ok(Self { keys })
    }

    /// Notes that a key signs from this record on, and the number of the first record of the file that was
    /// complete then.
    pub(crate) fn note(
        state: &Path,
        key: PublicKey,
        from: u64,
        closed: Option<u64>,
    ) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true).mode(0o600);
        let mut file = place::open_own(&state.join(FILE), &mut options)?;
        let entry = Entry {
            key,
            from: Some(from),
            closed: closed.map(|first| ClosedFile {
                first,
                at: Timestamp::now(),
            }),
        };
        let mut line = serde_json::to_string(&entry)?;
        line.push('\n');
        if !ends_a_line(&file)? {
            line.insert(0, '\n');
        }
        file.write_all(line.as_bytes())
    }

    /// As [`parse`](Self::parse) reads them.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.keys
            .iter()
            .map(|entry| serde_json::to_string(entry).unwrap_or_default())
    }
}

/// False when a writer was killed in the middle of one.
fn ends_a_line(file: &File) -> io::Result<bool> {
    let Some(last) = file.metadata()?.len().checked_sub(1) else {
        return Ok(true);
    };
    let mut octet = [0];
    file.read_exact_at(&mut octet, last)?;
    Ok(octet == *b"\n")
}
