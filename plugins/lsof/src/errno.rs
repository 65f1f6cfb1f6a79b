//! The words of strerror(3) for what an operator meets here.

use nethost_sdk::Error;

/// For an errno.
pub(crate) fn words(errno: u32) -> String {
    match errno {
        1 => "Operation not permitted".into(),
        2 => "No such file or directory".into(),
        5 => "Input/output error".into(),
        13 => "Permission denied".into(),
        20 => "Not a directory".into(),
        40 => "Too many levels of symbolic links".into(),
        116 => "Stale file handle".into(),
        other => format!("errno {other}"),
    }
}

/// For what a capability answered.
pub(crate) fn of(error: &Error) -> String {
    match error {
        Error::NotFound => words(2),
        Error::AccessDenied => words(13),
        other => other.to_string(),
    }
}
