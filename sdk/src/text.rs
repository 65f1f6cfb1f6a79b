//! Text from the network or a file, made safe for a terminal.

use std::borrow::Cow;

/// The text with `?` in place of whatever a terminal could act on: control characters (C0, DEL, C1),
/// line and paragraph separators, and marks that change the direction of writing.
///
/// ```
/// use nethost_sdk::text::printable;
/// assert_eq!(printable("evil\x1b[2J.example"), "evil?[2J.example");
/// ```
pub fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().any(acts_on_terminals) {
        text.chars()
            .map(|c| if acts_on_terminals(c) { '?' } else { c })
            .collect::<String>()
            .into()
    } else {
        text.into()
    }
}

fn acts_on_terminals(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{206f}' | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_direction_marks_are_replaced() {
        assert_eq!(printable("a\nb\u{9b}c\u{7f}d\u{202e}e"), "a?b?c?d?e");
        assert!(matches!(
            printable("münchen.example"),
            Cow::Borrowed("münchen.example")
        ));
    }
}
