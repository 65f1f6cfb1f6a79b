//! A small file of one length that is written anew in place: a write needs no room on a full disk, and leaves
//! nothing of what the file held before.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::FallocateFlags;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::place;

/// The file, and what it held when it was last read or written.
pub(super) struct Slot<T> {
    file: File,
    length: usize,
    text: Vec<u8>,
    value: Option<T>,
}

impl<T: Serialize + DeserializeOwned> Slot<T> {
    /// Opens it; the file and the folders above it are made when they are not there.
    pub(super) fn open(path: &Path, length: usize) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).mode(0o600);
        let file = match place::open_own(path, &mut options) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                place::create_folder(path.parent().unwrap_or(path))?;
                place::open_own(path, &mut options)?
            }
            opened => opened?,
        };
        Ok(Self::of(file, length))
    }

    /// What the file at this path holds, if it is there.
    pub(super) fn peek(path: &Path, length: usize) -> io::Result<Option<T>> {
        match place::open_own(path, OpenOptions::new().read(true)) {
            Ok(file) => {
                let mut slot = Self::of(file, length);
                slot.read()?;
                Ok(slot.value)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn of(file: File, length: usize) -> Self {
        Self {
            file,
            length,
            text: Vec::new(),
            value: None,
        }
    }

    /// What it holds now. None when it is new, or damaged.
    pub(super) fn read(&mut self) -> io::Result<Option<&T>> {
        let mut buffer = [0; 1024];
        let text = buffer.get_mut(..self.length).unwrap_or_default();
        let mut length = 0;
        while let Some(rest) = text.get_mut(length..).filter(|rest| !rest.is_empty()) {
            match self.file.read_at(rest, length as u64)? {
                0 => break,
                read => length += read,
            }
        }
        let text = text.get(..length).unwrap_or_default();
        // Unless another process has written meanwhile, it is known already.
        if self.text != text {
            self.text = text.to_vec();
            self.value = serde_json::from_slice(text).ok();
        }
        Ok(self.value.as_ref())
    }

    pub(super) fn value(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// Takes the room that it needs, so that no write fails for want of it.
    pub(super) fn reserve(&self) -> io::Result<()> {
        match rustix::fs::fallocate(&self.file, FallocateFlags::empty(), 0, self.length as u64) {
            // Not every file system can; the first write takes it then.
            Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) => Ok(()),
            done => Ok(done?),
        }
    }

    pub(super) fn write(&mut self, value: T) -> io::Result<()> {
        let mut text = serde_json::to_vec(&value)?;
        if text.len() >= self.length {
            return Err(io::Error::other("it does not fit into its file"));
        }
        text.resize(self.length - 1, b' ');
        text.push(b'\n');
        self.file.write_all_at(&text, 0)?;
        self.text = text;
        self.value = Some(value);
        Ok(())
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_written_anew_leaves_nothing_of_before() {
        let folder = super::super::tests::Folder::new("slot");
        let path = folder.0.join("there/slot");
        assert_eq!(Slot::<String>::peek(&path, 64).unwrap(), None);
        let mut slot = Slot::open(&path, 64).unwrap();
        slot.reserve().unwrap();
        assert_eq!(slot.read().unwrap(), None);
        slot.write("a longer secret".to_owned()).unwrap();
        slot.write("short".to_owned()).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.len(), 64);
        assert!(!text.contains("secret"), "{text}");
        let held: Option<String> = Slot::peek(&path, 64).unwrap();
        assert_eq!(held.as_deref(), Some("short"));
        assert!(slot.write("x".repeat(64)).is_err());
    }
}
