//! A path in a rule, and its real path. A request is judged by its real path, so a rule is, too.

use std::fmt;
use std::path::Path;

use nethost_core::AbsolutePath;
use nethost_core::home;

/// A path.
#[derive(Clone)]
pub struct PathPattern {
    written: AbsolutePath,
    /// The path without symbolic links. Unchanged until links are resolved.
    real: AbsolutePath,
    /// It was written relative to a folder or a home.
    relative: bool,
}

/// Two ways to write a path are one pattern.
impl PartialEq for PathPattern {
    fn eq(&self, other: &Self) -> bool {
        self.forms() == other.forms()
    }
}

impl Eq for PathPattern {}

impl fmt::Debug for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PathPattern{:?}", self.forms())
    }
}

impl PathPattern {
    /// A path as written, relative to the folder of this process.
    pub(super) fn new(text: &str) -> Option<Self> {
        let path = home::expand(text);
        let written = match path.is_absolute() {
            true => AbsolutePath::absolute(&path),
            false => AbsolutePath::new(&std::env::current_dir().ok()?, &path),
        }?;
        Some(Self {
            real: written.clone(),
            written,
            relative: !text.starts_with('/'),
        })
    }

    /// Stores the real path.
    pub(super) fn leads_to(&mut self, real: AbsolutePath) {
        self.real = real;
    }

    /// Whether what it means depends on the folder, or the home, of who runs a plugin.
    pub(super) fn is_relative(&self) -> bool {
        self.relative
    }

    /// The path as written.
    pub(super) fn written(&self) -> &AbsolutePath {
        &self.written
    }

    /// Its own forms.
    pub(super) fn forms(&self) -> [&AbsolutePath; 2] {
        [&self.written, &self.real]
    }

    /// Whether it is this file.
    pub(super) fn is(&self, path: &AbsolutePath) -> bool {
        self.forms().contains(&path)
    }

    /// Whether it is the folder of this file, or that folder.
    pub(super) fn holds(&self, path: &AbsolutePath) -> bool {
        let parent = path.parent();
        let is_folder = |folder: &Path| parent == Some(folder);
        self.is(path) || self.forms().iter().any(|form| is_folder(form.as_path()))
    }
}
