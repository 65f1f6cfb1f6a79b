//! What may be shown of a stranger's text: no control character, nothing that reorders what is read.

use std::io::{self, Write};

/// Lets text through, and no control character beyond those that lines of text need.
#[derive(Debug, Default)]
pub struct Filter {
    /// The beginning of a character that a write cut in two.
    partial: Vec<u8>,
}

impl Filter {
    /// What may be shown of these bytes, which follow those of the call before.
    pub fn pass(&mut self, bytes: &[u8]) -> String {
        let mut pending = std::mem::take(&mut self.partial);
        pending.extend_from_slice(bytes);
        let mut shown = String::with_capacity(pending.len());
        for chunk in pending.utf8_chunks() {
            shown.extend(chunk.valid().chars().map(|character| match character {
                '\n' | '\t' | '\r' | '\x08' | '\x07' => character,
                other => printable(other),
            }));
            let rest = chunk.invalid();
            if !rest.is_empty() {
                let cut_in_two =
                    std::str::from_utf8(rest).is_err_and(|error| error.error_len().is_none());
                if cut_in_two && pending.ends_with(rest) {
                    self.partial = rest.to_vec();
                } else {
                    shown.push('\u{fffd}');
                }
            }
        }
        shown
    }
}

/// A character as it may be shown within a line.
pub fn printable(character: char) -> char {
    match character {
        control if control.is_control() => '?',
        // Marks that reorder the text around them (UAX #9): what is read is not what is there.
        '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{061c}' => '?',
        other => other,
    }
}

/// Says one line on standard error. Where nobody reads it, nothing is lost but the line.
pub fn say(who: &str, message: &str) {
    let _ = writeln!(io::stderr(), "{}: {}", line(who), line(message));
}

/// A stranger's text as one line of a message: no line break, no control character.
pub fn line(text: &str) -> String {
    text.chars().map(printable).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_passes_and_escapes_do_not() {
        let mut filter = Filter::default();
        assert_eq!(filter.pass(b"64 bytes\n"), "64 bytes\n");
        assert_eq!(filter.pass(b"\x1b[2J\x9b1A\x7f"), "?[2J\u{fffd}1A?");
        assert_eq!(filter.pass("\u{9b}31m\u{202e}".as_bytes()), "?31m?");
    }

    #[test]
    fn a_line_stays_one_line() {
        assert_eq!(line("a\nb\r\u{1b}[2K\tc"), "a?b??[2K?c");
    }

    #[test]
    fn a_character_cut_by_a_write_is_whole_again() {
        let mut filter = Filter::default();
        let text = "größe".as_bytes();
        assert_eq!(filter.pass(&text[..3]) + &filter.pass(&text[3..]), "größe");
        assert_eq!(filter.pass(b"\xe2\x82") + &filter.pass(b"x"), "\u{fffd}x");
    }
}
