//! The cache of compiled forms. It holds native code, so an entry is loaded only if nobody but root or this user can
//! have written it and its seal is intact. Otherwise the component is compiled again.
//!
//! An entry is the compiled form followed by its seal, so that it can be mapped and only the pages that a run touches
//! are copied. The seal covers the whole entry. It is checked at every start, before anything of the entry is used.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::compile::Target;
use super::compiled::Compiled;
use super::seal::{self, Notes};
use super::sys::Mapping;
use nethost_core::regular;

use nethost_core::owned_path::{self, Owner};

const SUFFIX: &str = "cwasm";
/// The environment variable with the folder.
pub(super) const CACHE_DIR: &str = "NETHOST_CACHE_DIR";
/// The folder of installed compiled forms.
const INSTALLED: &str = "compiled";
/// The maximum size of a compiled form.
const LARGEST: usize = 1 << 30;

/// A folder of compiled forms.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
    /// Which processors its entries are for.
    target: Target,
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
    /// The cache of this user or of root.
    pub fn of_user() -> Self {
        let named = |variable| {
            std::env::var_os(variable)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let folder = named(CACHE_DIR).unwrap_or_else(|| {
            if rustix::process::geteuid().is_root() {
                return PathBuf::from("/var/cache/nethost");
            }
            let home = || nethost_core::home::folder().map(|home| home.join(".cache"));
            named("XDG_CACHE_HOME")
                .or_else(home)
                .unwrap_or_else(|| PathBuf::from("/var/empty"))
                .join("nethost")
        });
        Self {
            folder,
            target: Target::ThisProcessor,
        }
    }

    /// The compiled forms that were installed with this nethost. They run on any processor, and nobody writes to them.
    pub fn installed() -> Vec<Self> {
        let beside = std::env::current_exe().map(|program| program.with_file_name(INSTALLED));
        let packaged = Path::new("/usr/libexec/nethost").join(INSTALLED);
        let folders = beside.into_iter().chain([packaged]);
        let target = Target::AnyProcessor;
        folders.map(|folder| Self { folder, target }).collect()
    }

    /// The path of the folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The same folder for the installation: its entries run on any processor.
    #[must_use]
    pub fn portable(self) -> Self {
        Self {
            target: Target::AnyProcessor,
            ..self
        }
    }

    /// The compiled form of the component with this digest, if there is a trusted one. Nothing of it is mapped as code
    /// yet.
    pub fn get(&self, digest: &str) -> Option<Compiled> {
        // Entries for the installation run on this processor too.
        let targets = match self.target {
            Target::ThisProcessor => &[Target::ThisProcessor, Target::AnyProcessor][..],
            Target::AnyProcessor => &[Target::AnyProcessor],
        };
        targets
            .iter()
            .find_map(|target| self.open(&self.path(digest, *target)).ok().flatten())
    }

    fn open(&self, path: &Path) -> io::Result<Option<Compiled>> {
        if !trustworthy(&fs::symlink_metadata(&self.folder)?) {
            return Ok(None);
        }
        owned_path::judge(&self.folder, Owner::RootOrSelf)?;
        let file = regular::open_with(path, rustix::fs::OFlags::NOFOLLOW)?;
        let facts = file.metadata()?;
        let length = usize::try_from(facts.len()).unwrap_or(usize::MAX);
        if !trustworthy(&facts) || !(seal::SHORTEST..=LARGEST).contains(&length) {
            return Ok(None);
        }
        let entry = Mapping::of(&file, length)?;
        let Some(notes) = seal::open(entry.bytes()) else {
            return Ok(None);
        };
        let own = path.file_name().is_some_and(|name| *name == *notes.name);
        Ok(own.then(|| Compiled::kept(file, notes.imports)))
    }

    /// Stores a compiled form of a component with these imports.
    pub fn write(&self, digest: &str, compiled: &[u8], imports: &[String]) -> io::Result<()> {
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
        let path = self.path(digest, self.target);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let notes = Notes {
            name: name.into_owned(),
            imports: imports.to_vec(),
        };
        let entry = seal::seal(compiled, &notes)?;
        // Written under another name first, so that a run that starts at the same time sees the whole entry or none.
        let draft = self.folder.join(format!(".draft-{}", std::process::id()));
        let written = draft_into(&draft, &entry).and_then(|()| fs::rename(&draft, &path));
        if written.is_err() {
            let _ = fs::remove_file(&draft);
        }
        written
    }

    /// The entries of the cache.
    pub fn entries(&self) -> io::Result<Vec<Entry>> {
        let current = [Target::ThisProcessor, Target::AnyProcessor].map(fingerprint);
        let mut entries = Vec::new();
        for file in self.files()? {
            let Some((digest, made_for)) = file
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
                current: current.iter().any(|current| current == made_for),
            });
        }
        entries.sort_by(|a, b| a.digest.cmp(&b.digest));
        Ok(entries)
    }

    /// Removes all entries, and returns their number.
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

    fn path(&self, digest: &str, target: Target) -> PathBuf {
        let hexadecimal = digest.strip_prefix("sha256:").unwrap_or(digest);
        self.folder
            .join(format!("{hexadecimal}.{}.{SUFFIX}", fingerprint(target)))
    }
}

/// What an entry was made for: the settings of the engine, and the processor if it runs only on this one.
fn fingerprint(target: Target) -> String {
    let settings = nethost_engine::settings_fingerprint();
    match target {
        Target::ThisProcessor => {
            format!("{settings}-{}", nethost_engine::processor_fingerprint())
        }
        Target::AnyProcessor => settings + "-any",
    }
}

fn draft_into(draft: &Path, entry: &[u8]) -> io::Result<()> {
    // An existing draft with this name was left by a process that was killed.
    let _ = fs::remove_file(draft);
    let mut file: File = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(draft)?;
    file.write_all(entry)?;
    // The name must not be on the disk before the contents, in case of a power failure.
    file.sync_all()
}

/// Whether only root or this user can have written the file.
pub(super) fn trustworthy(facts: &Metadata) -> bool {
    let own = facts.uid() == 0 || facts.uid() == rustix::process::geteuid().as_raw();
    own && facts.mode() & 0o022 == 0 && !facts.is_symlink()
}
