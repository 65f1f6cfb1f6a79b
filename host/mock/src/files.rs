//! The files of a scenario, in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nethost_core::{AbsolutePath, home};
use nethost_kit::types::{ErrorCode, from_errno, invalid};

/// All files.
#[derive(Debug)]
pub(crate) struct Files {
    /// What relative paths are relative to: the same folder as for `$args`.
    pub(crate) folder: PathBuf,
    state: Mutex<State>,
}

/// What there is.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) files: BTreeMap<PathBuf, File>,
    pub(crate) folders: BTreeSet<PathBuf>,
}

/// A regular file.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) bytes: Arc<Vec<u8>>,
    /// In seconds since 1970.
    pub(crate) modified: i64,
}

impl Files {
    pub(crate) fn new<'a>(
        files: impl Iterator<Item = (&'a str, &'a [u8])>,
        now: i64,
    ) -> Result<Self, String> {
        let folder = std::env::current_dir().map_err(|error| error.to_string())?;
        let files_at = |(path, bytes): (&str, &[u8])| {
            let path = AbsolutePath::new(&folder, &home::expand(path))
                .ok_or_else(|| format!("files: \"{path}\" is not a path"))?;
            let file = File {
                bytes: Arc::new(bytes.to_vec()),
                modified: now,
            };
            Ok((path.as_path().to_owned(), file))
        };
        let state = State {
            files: files.map(files_at).collect::<Result<_, String>>()?,
            folders: BTreeSet::from([folder.clone()]),
        };
        Ok(Self {
            state: Mutex::new(state),
            folder,
        })
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The contents of a file after the run.
    pub(crate) fn contents(&self, path: &str) -> Option<Arc<Vec<u8>>> {
        let path = AbsolutePath::new(&self.folder, &home::expand(path))?;
        let state = self.state();
        state
            .files
            .get(path.as_path())
            .map(|file| Arc::clone(&file.bytes))
    }
}

impl State {
    pub(crate) fn is_folder(&self, path: &Path) -> bool {
        let below = |file: &Path| file != path && file.starts_with(path);
        path == Path::new("/")
            || self.folders.iter().any(|folder| folder.starts_with(path))
            || self.files.keys().any(|file| below(file))
    }

    pub(crate) fn file(&self, path: &AbsolutePath) -> Result<&File, ErrorCode> {
        match self.files.get(path.as_path()) {
            Some(file) => Ok(file),
            None if self.is_folder(path.as_path()) => {
                Err(invalid(format!("{path} is not a regular file")))
            }
            None => Err(ErrorCode::NotFound),
        }
    }

    /// Whether a file can be made at this path.
    pub(crate) fn has_place(&self, path: &AbsolutePath) -> Result<(), ErrorCode> {
        if self.is_folder(path.as_path()) {
            return Err(from_errno(libc::EISDIR));
        }
        match path.parent().is_some_and(|folder| self.is_folder(folder)) {
            true => Ok(()),
            false => Err(ErrorCode::NotFound),
        }
    }

    pub(crate) fn put(&mut self, path: &AbsolutePath, bytes: Vec<u8>, now: i64) {
        let file = File {
            bytes: Arc::new(bytes),
            modified: now,
        };
        self.files.insert(path.as_path().to_owned(), file);
    }
}
