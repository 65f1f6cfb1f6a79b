//! The part of a text that can be printed safely, whatever its source: printable characters, line ends and tabs.
//! Other characters, which can control a terminal or reorder text, are printed as an escape of JSON and TOML, such as
//! `\u001b`. So a document in either format keeps its meaning.

use std::fmt::Write as _;

/// True for characters that are printed as themselves within a line.
pub fn is_plain(character: char) -> bool {
    !(character.is_control()
        || matches!(character,
            // Marks that reorder the text around them (UAX #9), and one that changes its shape.
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}'
            // Separators of lines and paragraphs, the byte order mark, and annotations.
            | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'))
}

/// Text as one line of a message, without line breaks and control characters.
pub fn line(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    text.chars()
        .for_each(|character| push(&mut shown, character));
    shown
}

/// Appends a character, or its escape. All escaped characters are in the basic multilingual plane.
pub fn push(shown: &mut String, character: char) {
    match character {
        '\n' => shown.push_str("\\n"),
        '\r' => shown.push_str("\\r"),
        '\t' => shown.push_str("\\t"),
        plain if is_plain(plain) => shown.push(plain),
        // Writing to a string cannot fail.
        other => drop(write!(shown, "\\u{:04x}", u32::from(other))),
    }
}

/// Filters lines of text: passes what [`line`] passes, line ends and tabs.
#[derive(Debug, Default)]
pub struct Filter {
    /// The incomplete end of a write: the beginning of a character or of a line end.
    pending: Vec<u8>,
}

impl Filter {
    /// The printable form of these bytes, which follow the bytes of the previous call.
    pub fn pass(&mut self, bytes: &[u8]) -> String {
        let mut all = std::mem::take(&mut self.pending);
        all.extend_from_slice(bytes);
        let mut shown = String::with_capacity(all.len());
        let mut chunks = all.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            let (valid, invalid) = (chunk.valid(), chunk.invalid());
            let is_last = chunks.peek().is_none();
            let whole = match valid.strip_suffix('\r') {
                Some(rest) if is_last && invalid.is_empty() => {
                    self.pending = b"\r".to_vec();
                    rest
                }
                _ => valid,
            };
            push_lines(&mut shown, whole);
            let is_cut =
                std::str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
            if is_last && is_cut {
                self.pending = invalid.to_vec();
            } else {
                push_bytes(&mut shown, invalid);
            }
        }
        shown
    }

    /// The rest, if nothing follows.
    pub fn end(&mut self) -> String {
        let mut shown = String::new();
        match std::mem::take(&mut self.pending).as_slice() {
            b"\r" => push(&mut shown, '\r'),
            cut => push_bytes(&mut shown, cut),
        }
        shown
    }
}

fn push_lines(shown: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(|character| !is_plain(character)) {
        shown.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("\r\n") {
            shown.push_str("\r\n");
            rest = after;
            continue;
        }
        let mut characters = rest.chars();
        match characters.next() {
            Some(kept @ ('\n' | '\t')) => shown.push(kept),
            Some(other) => push(shown, other),
            None => {}
        }
        rest = characters.as_str();
    }
    shown.push_str(rest);
}

/// Bytes that are not UTF-8.
fn push_bytes(shown: &mut String, bytes: &[u8]) {
    for byte in bytes {
        let _ = write!(shown, "\\x{byte:02x}");
    }
}

/// A text with each character that controls a terminal or reorders text, for tests.
#[cfg(test)]
pub fn hostile() -> String {
    let controls = (0..0x20).chain(0x7f..0xa0).filter_map(char::from_u32);
    let marks = "\u{61c}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\
                 \u{2068}\u{2069}\u{feff}";
    controls.chain(marks.chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_passes_and_escapes_do_not() {
        let mut filter = Filter::default();
        assert_eq!(filter.pass("64 bytes\tö漢\n".as_bytes()), "64 bytes\tö漢\n");
        let shown = filter.pass(b"\x1b[2J\x9b1A\x7f");
        assert_eq!(shown, "\\u001b[2J\\x9b1A\\u007f");
        assert_eq!(
            filter.pass("\u{9b}31m\u{202e}".as_bytes()),
            "\\u009b31m\\u202e"
        );
    }

    #[test]
    fn what_is_shown_has_nothing_else_in_it_however_it_was_cut() {
        let text = hostile();
        assert!(line(&text).chars().all(is_plain));
        let bytes = [text.as_bytes(), &[0x80, 0x9b, 0xff, 0xe2, 0x80]].concat();
        for size in 1..=bytes.len() {
            let mut filter = Filter::default();
            let mut shown: String = bytes.chunks(size).map(|part| filter.pass(part)).collect();
            shown += &filter.end();
            let kept = |character| is_plain(character) || "\n\t".contains(character);
            assert!(shown.chars().all(kept), "{shown:?}");
            assert!(shown.ends_with("\\x80\\x9b\\xff\\xe2\\x80"), "{shown:?}");
        }
    }

    #[test]
    fn json_means_the_same_afterwards() {
        let text = hostile();
        let json = serde_json::to_string(&text).unwrap_or_default();
        let shown = Filter::default().pass(json.as_bytes());
        assert_eq!(serde_json::from_str::<String>(&shown).ok(), Some(text));
        assert!(shown.chars().all(is_plain));
    }

    #[test]
    fn a_line_stays_one_line() {
        assert_eq!(line("a\nb\r\u{1b}[2K\tc"), "a\\nb\\r\\u001b[2K\\tc");
    }

    #[test]
    fn a_carriage_return_is_part_of_a_line_end_or_shown() {
        let mut filter = Filter::default();
        assert_eq!(filter.pass(b"a\r\nb\rc\r"), "a\r\nb\\rc");
        assert_eq!(filter.pass(b"\nd\r"), "\r\nd");
        assert_eq!(filter.pass(b"e\r\r\n\r"), "\\re\\r\r\n");
        assert_eq!(filter.end(), "\\r");
    }

    #[test]
    fn a_character_cut_by_a_write_is_whole_again() {
        let mut filter = Filter::default();
        let text = "größe".as_bytes();
        assert_eq!(filter.pass(&text[..3]) + &filter.pass(&text[3..]), "größe");
        let shown = filter.pass(b"\xe2\x82") + &filter.pass(b"x");
        assert_eq!(shown, "\\xe2\\x82x");
    }
}
