//! The components, each in a file that is named by its digest, with its signature beside it.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::{Error, Installed, LARGEST, Plugin};
use nethost_core::owned_path::{self, Owner};
use nethost_core::{digest, regular};
use nethost_package::{LONGEST_SIGNATURE, beside};
use rustix::fs::OFlags;

/// The bytes of an installed component, and the text of its signature.
#[derive(Debug)]
pub struct Stored {
    /// The component.
    pub component: Vec<u8>,
    /// Its signature.
    pub signature: Option<String>,
}

impl Installed {
    /// The component that a plugin's name leads to: read once, and compared with what was pinned when it was installed.
    pub fn component(&self, plugin: &Plugin) -> Result<Stored, Error> {
        let release = &plugin.current;
        let pinned = &release.component.digest;
        let path = self.file(pinned);
        let read = || -> io::Result<Stored> {
            let file = regular::open_with(&path, OFlags::NOFOLLOW)?;
            owned_path::judge(&path, Owner::RootOrSelf)?;
            let mut component = Vec::new();
            file.take(LARGEST + 1).read_to_end(&mut component)?;
            Ok(Stored {
                component,
                signature: signature_of(&path)?,
            })
        };
        let stored =
            read().map_err(|error| plugin.altered(format!("{}: {error}", path.display())))?;
        let found = digest(&stored.component);
        if found != *pinned {
            let problem = format!("{} has {found}, and {pinned} was installed", path.display());
            return Err(plugin.altered(problem));
        }
        let signature = stored.signature.as_deref();
        let signer = match signature.map(|text| nethost_package::signer(&found, text)) {
            Some(Err(refusal)) => return Err(plugin.altered(format!("its signature: {refusal}"))),
            Some(Ok(signer)) => Some(signer.to_string()),
            None => None,
        };
        if signer != release.signer {
            return Err(
                plugin.altered("its signature is another than it was installed with".into())
            );
        }
        Ok(stored)
    }

    /// The file of a component. A digest is hexadecimal digits, so it names no other place.
    pub(super) fn file(&self, digest: &str) -> PathBuf {
        let hexadecimal = digest.strip_prefix("sha256:").unwrap_or(digest);
        let plain: String = hexadecimal
            .chars()
            .filter(char::is_ascii_hexdigit)
            .collect();
        self.folder.join(format!("sha256-{plain}.wasm"))
    }

    /// Writes a component, and its signature before it: what is there is complete.
    pub(super) fn put(&self, digest: &str, stored: &Stored) -> Result<(), Error> {
        let path = self.file(digest);
        let signature = beside(&path);
        match &stored.signature {
            Some(text) => write(&signature, text.as_bytes())?,
            None => remove(&signature)?,
        }
        write(&path, &stored.component)
    }

    /// Removes all components but these, and what a process that was killed has left.
    pub(super) fn keep_only(&self, digests: &[&str]) -> Result<(), Error> {
        let kept: Vec<PathBuf> = digests
            .iter()
            .map(|digest| self.file(digest))
            .flat_map(|file| [beside(&file), file])
            .collect();
        let failed = |source| system(&self.folder, source);
        for entry in fs::read_dir(&self.folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let ours = name.starts_with("sha256-") || name.ends_with(DRAFT);
            if ours && !kept.contains(&path) {
                remove(&path)?;
            }
        }
        Ok(())
    }
}

fn signature_of(component: &Path) -> io::Result<Option<String>> {
    let file = match regular::open_with(&beside(component), OFlags::NOFOLLOW) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    regular::rest_of(file, LONGEST_SIGNATURE as u64).map(Some)
}

const DRAFT: &str = ".draft";

/// Written under another name first, so that a reader sees the whole file or none. Only under the lock of the folder.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(DRAFT);
    let draft = PathBuf::from(draft);
    remove(&draft)?;
    let write = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)?;
        file.write_all(bytes)?;
        // The name must not be on the disk before the contents, in case of a power failure.
        file.sync_all()?;
        fs::rename(&draft, path)
    };
    write().map_err(|source| {
        // The error of the write is the one to tell.
        let _ = fs::remove_file(&draft);
        system(path, source)
    })
}

fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(system(path, error)),
        _ => Ok(()),
    }
}

pub(super) fn system(path: &Path, source: io::Error) -> Error {
    Error::System {
        path: path.into(),
        source,
    }
}
