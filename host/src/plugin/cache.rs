//! The cache of compiled forms. It holds native code, so an entry is loaded only when nobody but root or
//! this user can have written it, and when it is whole; anything else is compiled again.
//!
//! An entry is the compiled form and nothing else, so that it can be mapped and only the pages that a run
//! touches are read. A checksum would read all of them at every start. Instead an entry is written to disk
//! before it gets its name, and then sealed: its modification time is set to a moment computed from its
//! length, and whoever writes to it or cuts it off later breaks that seal.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use wasmtime::Engine;
use wasmtime::component::Component;

use super::sys::{self, Trusted, TrustedFile};
use crate::owned_path::{self, Owner};

/// The seal of an entry of no bytes, in seconds since 1970; each byte more is a second later.
const SEAL: u64 = 1_000_000_000;
const SUFFIX: &str = "cwasm";
/// The folder of what was installed.
const INSTALLED: &str = "compiled";

/// A folder of compiled forms.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
}

/// An entry, for `nethost cache`.
#[derive(Debug, serde::Serialize)]
pub struct Entry {
    /// Digest of the component.
    pub digest: String,
    /// Bytes on disk.
    pub bytes: u64,
    /// Made with the engine settings of this nethost.
    pub current: bool,
}

impl Cache {
    /// The user's cache, or root's.
    pub fn of_user() -> Self {
        let named = |variable| {
            std::env::var_os(variable)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let folder = named("NETHOST_CACHE_DIR").unwrap_or_else(|| {
            if rustix::process::geteuid().is_root() {
                return PathBuf::from("/var/cache/nethost");
            }
            let home = || named("HOME").map(|home| home.join(".cache"));
            named("XDG_CACHE_HOME")
                .or_else(home)
                .unwrap_or_else(|| PathBuf::from("/var/empty"))
                .join("nethost")
        });
        Self { folder }
    }

    /// What was installed with this nethost: compiled forms for any processor, which nobody writes to.
    pub fn installed() -> Vec<Self> {
        let beside = std::env::current_exe().map(|program| program.with_file_name(INSTALLED));
        let packaged = Path::new("/usr/libexec/nethost").join(INSTALLED);
        let folders = beside.into_iter().chain([packaged]);
        folders.map(|folder| Self { folder }).collect()
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The compiled form of the component with this digest, if there is one that can be trusted.
    pub fn get(&self, engine: &Engine, digest: &str) -> Option<Component> {
        let entry = self.open(digest).ok().flatten()?;
        // Stale ones, of another processor for instance, are refused here.
        sys::map(engine, &TrustedFile(&entry)).ok()
    }

    /// Keeps what the compiler has just made, and loads it. Failing to keep it is only slow, so it is
    /// no error; a reason that the operator should know of is returned.
    pub fn put(
        &self,
        engine: &Engine,
        digest: &str,
        compiled: &[u8],
    ) -> wasmtime::Result<(Component, Option<io::Error>)> {
        let component = sys::load(engine, &Trusted(compiled))?;
        Ok((component, self.write(digest, compiled).err()))
    }

    fn open(&self, digest: &str) -> io::Result<Option<File>> {
        if !trustworthy(&fs::symlink_metadata(&self.folder)?) {
            return Ok(None);
        }
        owned_path::judge(&self.folder, Owner::RootOrSelf)?;
        let no_links = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        let file = OpenOptions::new()
            .read(true)
            .custom_flags(no_links.bits().cast_signed())
            .open(self.path(digest))?;
        let facts = file.metadata()?;
        let whole = facts.modified()? == seal(facts.len());
        Ok((facts.is_file() && trustworthy(&facts) && whole).then_some(file))
    }

    /// Keeps a compiled form.
    pub fn write(&self, digest: &str, compiled: &[u8]) -> io::Result<()> {
        owned_path::judge(&self.folder, Owner::RootOrSelf)?;
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)?;
        owned_path::judge(&self.folder, Owner::RootOrSelf)?;
        if !trustworthy(&fs::symlink_metadata(&self.folder)?) {
            return Err(io::Error::other(
                "its folder is a symbolic link, or others can write to it",
            ));
        }
        // Written under another name first: a run that starts meanwhile sees all of it or nothing.
        let draft = self.folder.join(format!(".draft-{}", std::process::id()));
        let written =
            draft_into(&draft, compiled).and_then(|()| fs::rename(&draft, self.path(digest)));
        if written.is_err() {
            let _ = fs::remove_file(&draft);
        }
        written
    }

    /// What is in it.
    pub fn entries(&self) -> io::Result<Vec<Entry>> {
        let settings = nethost_engine::settings_fingerprint();
        let mut entries = Vec::new();
        for file in self.files()? {
            let Some((digest, fingerprint)) = file
                .file_stem()
                .and_then(|stem| stem.to_str())
                .and_then(|stem| stem.split_once('.'))
            else {
                continue;
            };
            let facts = fs::symlink_metadata(&file)?;
            entries.push(Entry {
                digest: format!("sha256:{digest}"),
                bytes: facts.len(),
                current: fingerprint == settings,
            });
        }
        entries.sort_by(|a, b| a.digest.cmp(&b.digest));
        Ok(entries)
    }

    /// Removes all entries, and returns how many there were.
    pub fn clear(&self) -> io::Result<usize> {
        let files = self.files()?;
        files.iter().try_for_each(fs::remove_file)?;
        Ok(files.len())
    }

    fn files(&self) -> io::Result<Vec<PathBuf>> {
        let listing = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            listing => listing?,
        };
        let paths = listing
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<io::Result<Vec<_>>>()?;
        Ok(paths
            .into_iter()
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension == SUFFIX)
            })
            .collect())
    }

    fn path(&self, digest: &str) -> PathBuf {
        let hexadecimal = digest.strip_prefix("sha256:").unwrap_or(digest);
        self.folder.join(format!(
            "{hexadecimal}.{}.{SUFFIX}",
            nethost_engine::settings_fingerprint()
        ))
    }
}

fn draft_into(draft: &Path, compiled: &[u8]) -> io::Result<()> {
    // A draft of this name can only be left over from a process that was killed.
    let _ = fs::remove_file(draft);
    let mut file: File = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(draft)?;
    file.write_all(compiled)?;
    // A name must not outlive what it names when the power fails.
    file.sync_all()?;
    file.set_modified(seal(compiled.len() as u64))
}

fn seal(length: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(SEAL + length)
}

/// Only root or this user can have written it.
pub(super) fn trustworthy(facts: &Metadata) -> bool {
    let own = facts.uid() == 0 || facts.uid() == rustix::process::geteuid().as_raw();
    own && facts.mode() & 0o022 == 0 && !facts.is_symlink()
}
