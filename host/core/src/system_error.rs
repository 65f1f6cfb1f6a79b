//! Errors of the system as text, without the number that Rust adds. If a limit of setrlimit(2) was reached, its name
//! in the shell is added.

use std::io;

/// The words for an error.
pub fn words(error: &io::Error) -> String {
    let text = error.to_string();
    let plain = text
        .split_once(" (os error ")
        .map_or(&*text, |(words, _)| words);
    match error.raw_os_error().and_then(limit) {
        Some(limit) => format!("{plain}: {limit}"),
        None => plain.to_owned(),
    }
}

/// The limit to raise.
fn limit(errno: i32) -> Option<&'static str> {
    Some(match errno {
        libc::EMFILE => "raise the limit on open files (`ulimit -n`)",
        libc::ENOMEM => "raise the limit on memory (`ulimit -v`), if there is one",
        libc::EFBIG => "raise the limit on the size of files (`ulimit -f`)",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_named_and_a_number_is_not() {
        let told = |errno| words(&io::Error::from_raw_os_error(errno));
        assert_eq!(told(libc::ENOSPC), "No space left on device");
        assert_eq!(
            told(libc::EMFILE),
            "Too many open files: raise the limit on open files (`ulimit -n`)"
        );
        assert_eq!(words(&io::Error::other("odd")), "odd");
    }
}
