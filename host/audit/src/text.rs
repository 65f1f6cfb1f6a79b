//! Text from strangers in records: bounded, and without control characters even in the file, so that
//! looking at a log with any tool is harmless.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::record::Text;
use nethost_core::event::{LONGEST_CHANGES, LONGEST_RULE};
use nethost_core::text::is_plain;
pub use nethost_core::text::line as plain;

/// Names, rules, reasons.
pub(super) const LONGEST_TEXT: usize = LONGEST_RULE;
/// All arguments of a run together.
pub(super) const LONGEST_LIST: usize = 8 << 10;

/// The text, or its beginning and how much more there was.
pub(super) fn bounded(text: &str) -> Text<'_> {
    cut(text, LONGEST_TEXT)
}

/// What a write changes. A field that occurs several times, as a next hop does, has all its values. The
/// names come from the capabilities; only the values come from plugins.
pub(super) fn bounded_changes<'a>(
    changes: &'a [(&'static str, String)],
) -> BTreeMap<Text<'a>, Text<'a>> {
    let mut room = LONGEST_CHANGES;
    let mut kept: BTreeMap<Text<'a>, Text<'a>> = BTreeMap::new();
    for (index, (field, value)) in changes.iter().enumerate() {
        if room == 0 {
            let more = format!("({} more)", changes.len() - index);
            kept.insert(Cow::Borrowed("…"), Cow::Owned(more));
            break;
        }
        let value = cut(value, room);
        room = room.saturating_sub(field.len() + value.len() + 2);
        kept.entry(Cow::Borrowed(*field))
            .and_modify(|all| *all = Cow::Owned(format!("{all}, {value}")))
            .or_insert(value);
    }
    kept
}

fn cut(text: &str, longest: usize) -> Text<'_> {
    if text.len() <= longest {
        return Cow::Borrowed(text);
    }
    let kept = &text[..text.floor_char_boundary(longest)];
    Cow::Owned(format!("{kept}… ({} more bytes)", text.len() - kept.len()))
}

/// The texts, until they are too long together; then how many more there were.
pub(super) fn bounded_list(texts: &[String]) -> Vec<Text<'_>> {
    let mut room = LONGEST_LIST;
    let mut kept = Vec::with_capacity(texts.len().min(64));
    for (index, text) in texts.iter().enumerate() {
        let text = bounded(text);
        // An empty argument takes room too.
        let Some(rest) = room.checked_sub(text.len() + 8) else {
            kept.push(Cow::Owned(format!("… ({} more)", texts.len() - index)));
            break;
        };
        room = rest;
        kept.push(text);
    }
    kept
}

/// JSON with every character that could disturb a terminal written as `\uXXXX`. The serializer has done
/// so with those below U+0020 alone.
pub fn escape(json: Vec<u8>) -> Vec<u8> {
    if !json.iter().any(|byte| *byte >= 0x7f) {
        return json;
    }
    let Ok(text) = std::str::from_utf8(&json) else {
        return json;
    };
    let mut escaped = String::with_capacity(text.len() + 64);
    for character in text.chars() {
        if is_plain(character) {
            escaped.push(character);
        } else {
            // All of them are in the basic plane, and JSON has none outside its strings.
            escaped.push_str(&format!("\\u{:04x}", u32::from(character)));
        }
    }
    escaped.into_bytes()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn long_text_is_cut_and_says_so() {
        let text = "ä".repeat(1000);
        let cut = bounded(&text);
        assert!(
            cut.len() < 1100 && cut.ends_with("… (976 more bytes)"),
            "{cut}"
        );
        let list = vec!["x".repeat(1000); 20];
        let kept = bounded_list(&list);
        assert_eq!(kept.len(), 9);
        assert_eq!(kept[8], "… (12 more)");
        assert!(bounded_list(&vec![String::new(); 100_000]).len() < 1100);
    }

    #[test]
    fn no_control_character_is_in_the_file_and_each_is_there_for_a_reader() {
        let text = "a\x1b[2J\x7f\u{9b}31m\u{202e}ü\n";
        let json = escape(serde_json::to_vec(text).unwrap());
        let shown = String::from_utf8(json).unwrap();
        assert!(shown.chars().all(is_plain), "{shown}");
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
    }
}
