//! Names that others chose, such as those of processes and files, as one printable field: what is not printable is
//! escaped as lsof(8) escapes it.

use std::fmt::Write as _;

use nethost_core::text::is_plain;

/// The field.
pub(super) fn printable(name: &[u8]) -> String {
    let mut shown = String::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        for character in chunk.valid().chars() {
            push(&mut shown, character);
        }
        push_bytes(&mut shown, chunk.invalid());
    }
    shown
}

fn push(shown: &mut String, character: char) {
    let short = match character {
        '\u{8}' => "\\b",
        '\t' => "\\t",
        '\n' => "\\n",
        '\u{c}' => "\\f",
        '\r' => "\\r",
        '\0'..='\u{1f}' => {
            shown.push('^');
            shown.push(char::from(character as u8 + 0x40));
            return;
        }
        _ if is_plain(character) => {
            shown.push(character);
            return;
        }
        _ => return push_bytes(shown, character.encode_utf8(&mut [0; 4]).as_bytes()),
    };
    shown.push_str(short);
}

fn push_bytes(shown: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a String does not fail.
        let _ = write!(shown, "\\x{byte:02x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_printable_is_escaped() {
        for (name, shown) in [
            (&b"sshd"[..], "sshd"),
            (b"a b\\n", "a b\\n"),
            (b"a\nb\x1b[2J\x7f", "a\\nb^[[2J\\x7f"),
            (b"\xff\xc3\xa9\xe2\x80\xae", "\\xff\u{e9}\\xe2\\x80\\xae"),
            (b"\0\x01\r\t\x08\x0c", "^@^A\\r\\t\\b\\f"),
        ] {
            assert_eq!(printable(name), shown);
        }
        let long = vec![b'\n'; 300];
        assert_eq!(printable(&long).len(), 600);
    }
}
