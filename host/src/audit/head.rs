//! A log's head: how far it is written. It is kept apart from the log, so that a log that lost its tail,
//! or all of it, is noticed by the next writer and by verification.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::place;
use super::position::Position;

/// The file has one length, so that writing it anew leaves nothing of before and never needs room.
const LENGTH: usize = 1024;

/// How far a log is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// After its last record.
    #[serde(flatten)]
    pub position: Position,
    /// Length of its current file.
    pub offset: u64,
}

impl Head {
    /// The head as text, as `nethost audit head` prints it and its file holds it.
    pub fn parse(text: &[u8]) -> Option<Self> {
        serde_json::from_slice(text).ok()
    }
}

/// The file that a head is in.
pub(super) struct HeadFile {
    file: File,
    /// What it held when it was last read or written.
    text: Vec<u8>,
    head: Option<Head>,
}

impl HeadFile {
    /// Opens it in this folder; both are made when they are not there.
    pub(super) fn open(state: &Path) -> io::Result<Self> {
        let path = state.join("head");
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).mode(0o600);
        let file = match place::open_own(&path, &mut options) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                place::create_folder(state)?;
                place::open_own(&path, &mut options)?
            }
            opened => opened?,
        };
        Ok(Self {
            file,
            text: Vec::new(),
            head: None,
        })
    }

    /// What it says now. None when it is new, or damaged.
    pub(super) fn read(&mut self) -> io::Result<Option<&Head>> {
        let mut text = [0; LENGTH];
        let mut length = 0;
        while let Some(rest) = text.get_mut(length..).filter(|rest| !rest.is_empty()) {
            match self.file.read_at(rest, length as u64)? {
                0 => break,
                read => length += read,
            }
        }
        // Unless another run has written meanwhile, it is known already.
        if self.text != text[..length] {
            self.text = text[..length].to_vec();
            self.head = Head::parse(&self.text);
        }
        Ok(self.head.as_ref())
    }

    pub(super) fn head(&self) -> Option<&Head> {
        self.head.as_ref()
    }

    pub(super) fn write(&mut self, head: Head) -> io::Result<()> {
        let mut text = serde_json::to_vec(&head)?;
        if text.len() >= LENGTH {
            return Err(io::Error::other("the head is too long"));
        }
        text.resize(LENGTH - 1, b' ');
        text.push(b'\n');
        self.file.write_all_at(&text, 0)?;
        self.text = text;
        self.head = Some(head);
        Ok(())
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

/// The head of a log that nobody is about to write, for verification.
pub fn read(state: &Path) -> io::Result<Option<Head>> {
    match place::open_own(&state.join("head"), OpenOptions::new().read(true)) {
        Ok(file) => {
            let mut reader = HeadFile {
                file,
                text: Vec::new(),
                head: None,
            };
            Ok(reader.read()?.cloned())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
