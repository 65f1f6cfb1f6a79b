//! Where a plugin is from: a file, a folder, or a place in a registry.

use std::fmt;
use std::io::{self, Read};
use std::path::Path;

use nethost_core::regular;
use nethost_package::{LONGEST_SIGNATURE, beside};
use nethost_registry::{Place, SCHEME};
use nethost_service::installed::LARGEST;
use rustix::fs::OFlags;

/// The manifest of a folder.
const MANIFEST: &str = "plugin.toml";

/// Where a plugin is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// A component, with its signature beside it.
    File(String),
    /// A folder with one component, its signature and its manifest.
    Folder(String),
    /// A repository of a registry.
    Registry(Place),
}

/// The files of a plugin.
pub(super) struct Files {
    /// The component.
    pub(super) component: Vec<u8>,
    /// The text of its signature.
    pub(super) signature: Option<String>,
    /// The text of the manifest beside it, in a folder.
    pub(super) manifest: Option<String>,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) | Self::Folder(path) => f.write_str(path),
            Self::Registry(place) => place.fmt(f),
        }
    }
}

impl Source {
    /// What an operator has typed, or what is in the list of installed plugins.
    pub(super) fn parse(text: &str) -> io::Result<Self> {
        let wrong = |why: &dyn fmt::Display| io::Error::other(format!("{text}: {why}"));
        if text.starts_with(SCHEME) {
            return text
                .parse()
                .map(Self::Registry)
                .map_err(|error| wrong(&error));
        }
        if text.contains("://") {
            return Err(wrong(
                &"a plugin is installed from a file, a folder or oci://HOST/REPOSITORY; `nethost curl` fetches others",
            ));
        }
        let path = std::path::absolute(text).map_err(|error| wrong(&error))?;
        let facts = std::fs::metadata(&path).map_err(|error| wrong(&error))?;
        let path = path
            .into_os_string()
            .into_string()
            .map_err(|_| wrong(&"its path is not UTF-8"))?;
        Ok(match facts.is_dir() {
            true => Self::Folder(path),
            false => Self::File(path),
        })
    }

    /// Whether this is where that is from, whatever version it is.
    pub(super) fn is_that_of(&self, other: &str) -> bool {
        match (self, other.parse::<Place>()) {
            (Self::Registry(own), Ok(other)) => own.is_beside(&other),
            _ => self.to_string() == other,
        }
    }
}

/// Reads a file that the operator has named, and its signature.
pub(super) fn file(path: &Path) -> io::Result<Files> {
    Ok(Files {
        component: component(path, OFlags::empty())?,
        signature: text(&beside(path), LONGEST_SIGNATURE as u64, OFlags::empty())?,
        manifest: None,
    })
}

/// Reads a folder. Whoever made it chose the names of its files, so no link is followed: it could lead to any file of
/// this user.
pub(super) fn folder(folder: &Path) -> io::Result<Files> {
    let mut components = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| told(folder, &error))? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "wasm")
        {
            components.push(path);
        }
    }
    components.sort();
    let [path] = components.as_slice() else {
        let problem = match components.len() {
            0 => "there is no .wasm file in it".to_owned(),
            count => format!("there are {count} .wasm files in it; name one of them"),
        };
        return Err(told(folder, &problem));
    };
    let manifest = folder.join(MANIFEST);
    Ok(Files {
        component: component(path, OFlags::NOFOLLOW)?,
        signature: text(&beside(path), LONGEST_SIGNATURE as u64, OFlags::NOFOLLOW)?,
        manifest: text(
            &manifest,
            nethost_manifest::LARGEST as u64,
            OFlags::NOFOLLOW,
        )?,
    })
}

fn told(path: &Path, why: &dyn fmt::Display) -> io::Error {
    io::Error::other(format!("{}: {why}", path.display()))
}

fn component(path: &Path, flags: OFlags) -> io::Result<Vec<u8>> {
    let read = || {
        let mut bytes = Vec::new();
        let file = regular::open_with(path, flags)?;
        file.take(LARGEST + 1).read_to_end(&mut bytes)?;
        match bytes.len() as u64 > LARGEST {
            true => Err(io::Error::other(format!(
                "larger than {} MiB",
                LARGEST >> 20
            ))),
            false => Ok(bytes),
        }
    };
    read().map_err(|error| told(path, &error))
}

fn text(path: &Path, most: u64, flags: OFlags) -> io::Result<Option<String>> {
    match regular::open_with(path, flags) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        opened => opened
            .and_then(|file| regular::rest_of(file, most))
            .map(Some)
            .map_err(|error| told(path, &error)),
    }
}
