//! The path of an FTP URL: folders to enter, a file, and how it is transferred (RFC 1738 section 3.2.2).

use crate::failure::{Failure, Result};
use crate::settings::{FtpMethod, Operation};
use crate::url::decoded;

/// A path on a server: its folders, and the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) folders: Vec<String>,
    pub(crate) file: Option<String>,
    /// Text, with line ends of the network on the wire.
    pub(crate) ascii: bool,
    /// A list of the folder is asked for.
    pub(crate) list: bool,
    /// What a list is asked of by name.
    pub(crate) listed: Option<String>,
    /// Where one is when all folders were entered.
    pub(crate) within: String,
    /// The path begins at the root, and no folder is entered.
    pub(crate) absolute: bool,
}

impl Place {
    pub(crate) fn of(op: &Operation, path: &str) -> Result<Self> {
        let (path, kind) = match path.rsplit_once(";type=") {
            Some((path, kind)) => (path, kind.chars().next()),
            None => (path, None),
        };
        let path = path.strip_prefix('/').unwrap_or(path);
        let whole = decoded(path).ok_or_else(Failure::url)?;
        let mut place = Self {
            ascii: match kind {
                None => op.ascii,
                Some(kind) => kind.eq_ignore_ascii_case(&'a'),
            },
            ..Self::default()
        };
        let file = match op.ftp_method {
            FtpMethod::Multi => {
                let mut parts = whole.split('/').peekable();
                let mut file = "";
                while let Some(part) = parts.next() {
                    if parts.peek().is_none() {
                        file = part;
                    } else if !part.is_empty() {
                        place.folders.push(part.to_owned());
                    } else if place.folders.is_empty() {
                        // `//etc` is the root's.
                        place.folders.push("/".to_owned());
                    }
                }
                file
            }
            FtpMethod::Single => match whole.rsplit_once('/') {
                Some((folder, file)) => {
                    let folder = if folder.is_empty() { "/" } else { folder };
                    place.folders.push(folder.to_owned());
                    file
                }
                None => &whole,
            },
            FtpMethod::No => {
                place.listed = whole.rsplit_once('/').map(|(folder, _)| match folder {
                    "" => "/".to_owned(),
                    folder => folder.to_owned(),
                });
                place.absolute = whole.starts_with('/');
                if whole.ends_with('/') { "" } else { &whole }
            }
        };
        if op.ftp_method != FtpMethod::No {
            let end = whole.len() - file.len();
            place.within = whole.get(..end).unwrap_or_default().to_owned();
        }
        place.file = Some(file.to_owned()).filter(|file| !file.is_empty());
        let asked = op.list_only || kind.is_some_and(|kind| kind.eq_ignore_ascii_case(&'d'));
        place.list = asked || place.file.is_none();
        Ok(place)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of(method: FtpMethod, path: &str) -> Place {
        let op = Operation {
            ftp_method: method,
            ..Operation::default()
        };
        Place::of(&op, path).unwrap()
    }

    #[test]
    fn a_path_has_folders_and_a_file() {
        let place = of(FtpMethod::Multi, "/%2ftmp//moo/f%20g;type=a");
        assert_eq!(place.folders, ["/", "tmp", "moo"]);
        assert_eq!(place.file.as_deref(), Some("f g"));
        assert!(place.ascii && !place.list);
        assert_eq!(place.within, "/tmp//moo/");
        let place = of(FtpMethod::Single, "/a/b/");
        assert_eq!((place.folders, place.list), (vec!["a/b".into()], true));
        let place = of(FtpMethod::No, "//a/b/");
        assert_eq!(place.listed.as_deref(), Some("/a/b"));
        assert!(place.absolute && place.folders.is_empty() && place.within.is_empty());
        assert!(Place::of(&Operation::default(), "/%00a").is_err());
    }
}
