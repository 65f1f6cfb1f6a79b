//! Paths in canonical form: absolute, without `.`, `..`, empty components and a final slash.
//!
//! This is a form of the text only. Symbolic links are resolved earlier, by the process that can read the file
//! system, and files are opened without following links. `..` removes the component before it.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// PATH_MAX without the terminating NUL.
const LONGEST: usize = 4095;

/// A path with the same meaning for every reader.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AbsolutePath(PathBuf);

impl AbsolutePath {
    /// Parses a path relative to this folder. None if the folder is not absolute or the text is not a path.
    pub fn new(folder: &Path, path: &Path) -> Option<Self> {
        let joined = folder.join(path);
        let bytes = joined.as_os_str().as_bytes();
        let fine = joined.is_absolute() && !path.as_os_str().is_empty() && !bytes.contains(&0);
        if !fine || bytes.len() > LONGEST {
            return None;
        }
        let mut canonical = PathBuf::from("/");
        for part in joined.components() {
            match part {
                Component::Normal(part) => canonical.push(part),
                Component::ParentDir => {
                    canonical.pop();
                }
                Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
            }
        }
        Some(Self(canonical))
    }

    /// The same for a text that is absolute itself.
    pub fn absolute(path: &Path) -> Option<Self> {
        Self::new(Path::new(""), path)
    }

    /// A path, relative to this folder.
    pub fn join(&self, path: &Path) -> Option<Self> {
        Self::new(&self.0, path)
    }

    /// The path.
    pub fn as_path(&self) -> &Path {
        &self.0
    }

    /// The parent folder. None for the root.
    pub fn parent(&self) -> Option<&Path> {
        self.0.parent()
    }
}

impl fmt::Display for AbsolutePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(f)
    }
}

impl AsRef<Path> for AbsolutePath {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl Serialize for AbsolutePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0.as_os_str().as_bytes())
    }
}

impl<'de> Deserialize<'de> for AbsolutePath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes: Vec<u8> = serde_bytes::deserialize(deserializer)?;
        let path = Path::new(OsStr::from_bytes(&bytes));
        Self::absolute(path)
            .filter(|canonical| canonical.0.as_os_str() == path.as_os_str())
            .ok_or_else(|| de::Error::custom("that is not an absolute path in its canonical form"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn spellings_of_a_path_are_one() {
        for text in [
            "/etc/shadow",
            "//etc/shadow",
            "/etc//shadow/",
            "/etc/./shadow/.",
            "/etc/../etc/shadow",
            "/../../etc/shadow",
            "/usr/x/../../etc/shadow",
            "../etc/shadow",
            "./../etc/shadow",
        ] {
            let path = AbsolutePath::new(Path::new("/home"), Path::new(text)).unwrap();
            assert_eq!(path.to_string(), "/etc/shadow", "{text}");
        }
        let root = AbsolutePath::absolute(Path::new("/..")).unwrap();
        assert_eq!((root.to_string(), root.parent()), ("/".into(), None));
    }

    #[test]
    fn what_is_no_path_has_no_form() {
        let long = "a/".repeat(2500);
        for text in ["", "a\0b", &long] {
            assert_eq!(
                AbsolutePath::new(Path::new("/"), Path::new(text)),
                None,
                "{text:?}"
            );
        }
        assert_eq!(AbsolutePath::absolute(Path::new("etc/shadow")), None);
        assert_eq!(AbsolutePath::new(Path::new("home"), Path::new("x")), None);
    }

    #[test]
    fn it_travels_in_its_canonical_form_alone() {
        let path = AbsolutePath::absolute(Path::new("/etc/shadow")).unwrap();
        let bytes = postcard::to_allocvec(&path).unwrap();
        assert_eq!(postcard::from_bytes::<AbsolutePath>(&bytes).unwrap(), path);
        for text in [
            "/etc//shadow",
            "/etc/shadow/",
            "etc/shadow",
            "/etc/../etc/shadow",
            "",
        ] {
            let bytes = postcard::to_allocvec(serde_bytes::Bytes::new(text.as_bytes())).unwrap();
            assert!(
                postcard::from_bytes::<AbsolutePath>(&bytes).is_err(),
                "{text}"
            );
        }
    }
}
