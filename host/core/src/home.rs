//! `~/`: the user's home, with the same meaning in policies, manifests and requests.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::User;

/// The user whose home it is, if this process acts for another user.
static THEIRS: OnceLock<Option<OsString>> = OnceLock::new();

/// Sets the home, or that there is none, regardless of the environment.
pub fn is(theirs: Option<OsString>) {
    // A process acts for only one user.
    let _ = THEIRS.set(theirs);
}

/// The home of the user of this process: from the environment, or from the password file.
pub fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("HOME").map(PathBuf::from);
    let listed = || User::home(rustix::process::geteuid().as_raw()).map(PathBuf::from);
    named
        .filter(|home| home.is_absolute())
        .or_else(|| listed().filter(|home| home.is_absolute()))
}

/// A path with `~/` at its start replaced by the user's home. Unchanged if there is no home.
pub fn expand(path: &str) -> PathBuf {
    let theirs = THEIRS.get().cloned();
    expand_with(
        path,
        theirs.unwrap_or_else(|| folder().map(PathBuf::into_os_string)),
    )
}

fn expand_with(path: &str, home: Option<OsString>) -> PathBuf {
    match (path.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) if Path::new(&home).is_absolute() => {
            // An absolute path would replace the home.
            Path::new(&home).join(rest.trim_start_matches('/'))
        }
        _ => path.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_tilde_of_its_own_is_a_home() {
        let with = |path: &str, home: &str| expand_with(path, Some(home.into()));
        assert_eq!(with("~/.digrc", "/home/a"), Path::new("/home/a/.digrc"));
        assert_eq!(
            with("~//etc/passwd", "/home/a"),
            Path::new("/home/a/etc/passwd")
        );
        assert_eq!(with("~b/.digrc", "/home/a"), Path::new("~b/.digrc"));
        assert_eq!(with("/x/~/y", "/home/a"), Path::new("/x/~/y"));
        assert_eq!(with("~/.digrc", "here"), Path::new("~/.digrc"));
        assert_eq!(expand_with("~/.digrc", None), Path::new("~/.digrc"));
    }
}
