//! Colours on a terminal. What a component prints reaches a terminal without its control sequences, so coloured text
//! goes there as spans.

use nethost_sdk::Error;
use nethost_sdk::console::{self, Color, Span};

/// Prints text with SGR sequences in it.
///
/// # Errors
/// The terminal's.
pub(crate) fn print(text: &[u8]) -> Result<(), Error> {
    let text = String::from_utf8_lossy(text);
    let mut spans = Vec::new();
    let mut color = Color::Plain;
    for part in text.split("\x1b[") {
        let rest = match part.split_once('m') {
            Some((codes, rest)) if codes.bytes().all(|b| b.is_ascii_digit() || b == b';') => {
                color = named(codes);
                rest
            }
            _ => part,
        };
        if !rest.is_empty() {
            spans.push(Span {
                text: rest.to_owned(),
                color,
            });
        }
    }
    console::print(&spans)
}

fn named(codes: &str) -> Color {
    match codes.rsplit(';').next() {
        Some("31" | "91") => Color::Red,
        Some("32" | "92") => Color::Green,
        Some("33" | "93") => Color::Yellow,
        Some("34" | "94") => Color::Blue,
        Some("35" | "95") => Color::Magenta,
        Some("36" | "96") => Color::Cyan,
        _ => Color::Plain,
    }
}
