//! `$args+`: files that take turns under a typed name, such as those that a capture is split into.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Whether a file is one of those that take turns under a typed name: in the same folder, with digits behind the name,
/// and with words in place of a `%` and the letter behind it.
pub(super) fn has(typed: &Path, path: &Path) -> bool {
    let name = |path: &Path| path.file_name().map(|name| name.as_bytes().to_vec());
    let (Some(pattern), Some(file)) = (name(typed), name(path)) else {
        return false;
    };
    typed.parent() == path.parent() && matches(&pattern, &file)
}

/// Names have at most 255 bytes, so the square of that bounds the work.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    // The places of the name up to which the pattern, as far as it was read, matches.
    let mut places = vec![false; name.len() + 1];
    if let Some(start) = places.first_mut() {
        *start = true;
    }
    let mut rest = pattern.iter();
    while let Some(byte) = rest.next() {
        let any = *byte == b'%' && rest.next().is_some_and(u8::is_ascii_alphabetic);
        let mut next = vec![false; name.len() + 1];
        let mut seen = false;
        for (place, found) in name.iter().enumerate() {
            seen |= places.get(place).copied().unwrap_or(false);
            let fits = match any {
                // At least one byte, and nothing that begins a name anew.
                true => seen,
                false => places.get(place).copied().unwrap_or(false) && found == byte,
            };
            if let Some(next) = next.get_mut(place + 1) {
                *next = fits;
            }
        }
        places = next;
    }
    let digits = name.iter().rev().take_while(|byte| byte.is_ascii_digit());
    let least = name.len() - digits.count();
    places.iter().skip(least).any(|place| *place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_behind_a_name_and_words_in_it() {
        for (typed, path, expected) in [
            ("/tmp/x", "/tmp/x", true),
            ("/tmp/x", "/tmp/x01", true),
            ("/tmp/x", "/tmp/x1a", false),
            ("/tmp/x", "/tmp/y1", false),
            ("/tmp/x", "/x1", false),
            ("/tmp/d%H-%M.pcap", "/tmp/d22-13.pcap", true),
            ("/tmp/d%H-%M.pcap", "/tmp/d22-13.pcap7", true),
            ("/tmp/d%H-%M.pcap", "/tmp/d-13.pcap", false),
            ("/tmp/d%H-%M.pcap", "/tmp/other", false),
            ("/tmp/%s", "/tmp/1700000000", true),
        ] {
            assert_eq!(
                has(Path::new(typed), Path::new(path)),
                expected,
                "{typed} {path}"
            );
        }
    }
}
