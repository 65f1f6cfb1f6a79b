//! A log goes on in a new file when one is long enough, and the old one is never written again: it is
//! renamed after the number of its first record. With each file the key changes.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Journal, Result, SyncMode, step};
use crate::audit::event::of_log;
use crate::audit::record::{Keys, Kind, LogFacts, Lost, Policy};
use crate::audit::witness;

/// No file is begun to be removed after this time.
const REMOVING: Duration = Duration::from_secs(1);

/// Where a complete file goes whose first record has this number.
pub(in crate::audit) fn file_name(log: &Path, first: u64) -> PathBuf {
    let mut name = log.as_os_str().to_owned();
    name.push(format!(".{first:012}"));
    name.into()
}

/// The complete files of a log, oldest first, with the numbers of their first records.
pub(in crate::audit) fn complete_files(log: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let folder = log
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let name = log.file_name().unwrap_or_default().as_encoded_bytes();
    let mut files = Vec::new();
    for entry in folder.read_dir()? {
        let entry = entry?;
        let found = entry.file_name();
        let number = found
            .as_encoded_bytes()
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix(b"."))
            .filter(|digits| digits.len() >= 12 && digits.iter().all(u8::is_ascii_digit))
            .and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
        if let Some(number) = number {
            files.push((number, entry.path()));
        }
    }
    files.sort();
    Ok(files)
}

impl Journal {
    /// Ends the current file: the last signature of its key, which announces the next key.
    pub(super) fn close_file(&mut self) -> Result<()> {
        self.find_key()?;
        let Some(secret) = &self.secret else {
            return Ok(());
        };
        let next = self.keys.prepare().map_err(step("make its key"))?;
        let writer = Arc::clone(&self.writer);
        let mut record = of_log(&writer, Kind::Key);
        record.key = Some(Keys {
            signer: secret.public(),
            next: Some(next.public()),
            lost: None,
        });
        self.put(record)?;
        self.secret = Some(next);
        self.install_key()?;
        self.put_signed(of_log(&writer, Kind::LogClose))?;
        if self.settings.sync >= SyncMode::Checkpoint {
            self.sync()?;
        }
        Ok(())
    }

    /// Gives the closed file its last name, under the lock on it.
    pub(super) fn move_away(&mut self) -> Result<()> {
        let path = &self.settings.path;
        let to = file_name(path, self.position()?.first);
        let flags = rustix::fs::RenameFlags::NOREPLACE;
        rustix::fs::renameat_with(rustix::fs::CWD, path, rustix::fs::CWD, &to, flags)
            .map_err(step("rotate"))
    }

    /// Goes on in an empty file after the one before was closed.
    pub(super) fn next_file(&mut self) -> Result<()> {
        let id = self.position()?.log.clone();
        self.open_file(&id, 0, b"", None)
    }

    /// Writes what a file begins with; it stands after `offset` bytes of others, and `lead`.
    pub(super) fn open_file(
        &mut self,
        id: &str,
        offset: u64,
        lead: &[u8],
        lost: Option<Lost>,
    ) -> Result<()> {
        let before = self.head.head().map(|head| head.position.clone());
        let superfluous = self.superfluous()?;
        let writer = Arc::clone(&self.writer);
        let mut record = of_log(&writer, Kind::LogOpen);
        record.policy = self.settings.site_policy.clone().map(|digest| Policy {
            digest: Some(digest.into()),
            ..Policy::default()
        });
        record.log = Some(LogFacts {
            id: id.to_owned(),
            removed_before: superfluous.0,
        });
        record.lost = lost;
        let wanted = before.as_ref().map(|before| before.key);
        self.secret = match wanted.flatten() {
            // Where it is gone, the next signature says so.
            Some(wanted) => self.load_key(&wanted)?,
            None => Some(self.keys.prepare().map_err(step("make its key"))?),
        };
        record.key = self.secret.as_ref().map(|secret| Keys {
            signer: secret.public(),
            next: None,
            lost: None,
        });
        self.put_after(before, offset, lead, record)?;
        if wanted.flatten().is_none() {
            self.install_key()?;
        }
        if self.settings.sync >= SyncMode::Checkpoint {
            self.sync()?;
            let folder = self.settings.path.parent().unwrap_or(Path::new("."));
            let synced = File::open(folder).and_then(|folder| folder.sync_all());
            synced.map_err(step("sync its folder"))?;
        }
        self.remove(id, &superfluous.1, superfluous.0.unwrap_or_default());
        Ok(())
    }

    /// Removes files, oldest first, up to the record that is the first to stay. That they go is on record. One
    /// that stays is tried again with the next file.
    fn remove(&self, id: &str, files: &[(u64, PathBuf)], kept: u64) {
        let begun = Instant::now();
        for (at, (first, path)) in files.iter().enumerate() {
            let next = files.get(at + 1).map_or(kept, |(next, _)| *next);
            // What witnesses know of the log stays comparable; but other writers wait meanwhile.
            let known = witness::before_removal(&self.settings.state, id, path, *first, next);
            if known.is_err() || std::fs::remove_file(path).is_err() || begun.elapsed() > REMOVING {
                break;
            }
        }
    }

    /// The number of the first record that is kept, where files are removed, and the files to remove.
    fn superfluous(&self) -> Result<(Option<u64>, Vec<(u64, PathBuf)>)> {
        let Some(keep) = self.settings.keep else {
            return Ok((None, Vec::new()));
        };
        let mut files = complete_files(&self.settings.path).map_err(step("list its files"))?;
        let kept = files.split_off(files.len().saturating_sub(keep));
        let next = || self.head.head().map(|head| head.position.seq + 1);
        let oldest = kept.first().map(|(first, _)| *first).or_else(next);
        Ok((oldest.filter(|oldest| *oldest > 1), files))
    }
}
