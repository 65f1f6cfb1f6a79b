//! What this kernel does not support to confine the runner's access to files (landlock(7)).

use super::sys;

/// What this kernel does not support, in the words of the audit log: `files` if it has no Landlock. The filter of
/// system calls also covers what later versions of Landlock added (landlock(7), VERSIONS), except for files.
pub fn lacking() -> Vec<&'static str> {
    lacking_in(sys::landlock_version())
}

fn lacking_in(version: i32) -> Vec<&'static str> {
    let since = [
        (1, "files"),
        (2, "links"),
        (3, "truncation"),
        (4, "tcp"),
        (5, "devices"),
        (6, "signals"),
    ];
    let missing = since.iter().filter(|(since, _)| version < *since);
    missing.map(|(_, what)| *what).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_kernel_lacks_is_named() {
        let none: [&str; 0] = [];
        assert_eq!(lacking_in(-1)[0], "files");
        assert_eq!(lacking_in(0).len(), 6);
        assert_eq!(lacking_in(2), ["truncation", "tcp", "devices", "signals"]);
        assert_eq!(lacking_in(6), none);
        assert_eq!(lacking_in(9), none);
    }
}
