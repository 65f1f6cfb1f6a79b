//! Colours, as iproute2 gives them: what has which, and how they get to where the output goes.

use std::io::{IsTerminal, Stdout, Write};
use std::net::IpAddr;

use nethost_sdk::console::{self, Color, Span};
use nethost_sdk::output::Output;

use crate::value::Address;
use crate::words::Done;

/// What is coloured.
pub(crate) const INTERFACE: Color = Color::Cyan;
pub(crate) const LINK_ADDRESS: Color = Color::Yellow;

/// Addresses of a family.
pub(crate) fn of_family(family: u8) -> Color {
    match family {
        crate::words::INET => Color::Magenta,
        crate::words::INET6 => Color::Blue,
        _ => Color::Plain,
    }
}

/// One address.
pub(crate) fn of(address: IpAddr) -> Color {
    of_family(crate::words::family_of(address))
}

impl Address {
    /// The colour of its family.
    pub(crate) fn color(self) -> Color {
        of(self.0)
    }
}

/// The state of a link.
pub(crate) fn of_state(state: &str) -> Color {
    match state {
        "UP" => Color::Green,
        "DOWN" => Color::Red,
        _ => Color::Plain,
    }
}

/// When there are colours: -c.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum When {
    #[default]
    Never,
    Always,
    /// On a terminal.
    Auto,
}

impl When {
    /// The value of -c, which alone means always.
    pub(crate) fn parse(value: Option<&str>) -> Option<Self> {
        match value {
            None | Some("" | "always") => Some(Self::Always),
            Some("auto") => Some(Self::Auto),
            Some("never") => Some(Self::Never),
            Some(_) => None,
        }
    }

    /// Whether there are any now.
    pub(crate) fn now(self) -> bool {
        match self {
            Self::Never => false,
            Self::Always => true,
            Self::Auto => std::io::stdout().is_terminal(),
        }
    }
}

/// A part of the output that has a colour.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    pub(crate) begin: usize,
    pub(crate) end: usize,
    pub(crate) color: Color,
}

/// Puts text out with its marks, in order. A terminal gets its colours from the host; into a file or a pipe go
/// the same sequences that iproute2 writes.
pub(crate) fn put(output: &mut Output<Stdout>, text: &[u8], marks: &[Mark]) -> Done {
    if !std::io::stdout().is_terminal() {
        return output.octets(&with_sequences(text, marks));
    }
    let span = |(color, part): (Color, &[u8])| Span {
        text: String::from_utf8_lossy(part).into_owned(),
        color,
    };
    let spans: Vec<Span> = parts(text, marks).map(span).collect();
    // A terminal that is gone is noticed by the next write.
    let _ = console::print(&spans);
    Ok(())
}

fn with_sequences(text: &[u8], marks: &[Mark]) -> Vec<u8> {
    let mut all = Vec::with_capacity(text.len() + marks.len() * 9);
    for (color, part) in parts(text, marks) {
        let code = match color {
            Color::Plain => {
                all.extend_from_slice(part);
                continue;
            }
            Color::Red => 31,
            Color::Green => 32,
            Color::Yellow => 33,
            Color::Blue => 34,
            Color::Magenta => 35,
            Color::Cyan => 36,
        };
        let _ = write!(all, "\x1b[{code}m");
        all.extend_from_slice(part);
        all.extend_from_slice(b"\x1b[0m");
    }
    all
}

/// The text cut at the marks.
fn parts<'a>(text: &'a [u8], marks: &'a [Mark]) -> impl Iterator<Item = (Color, &'a [u8])> {
    let mut at = 0;
    let last = Mark {
        begin: text.len(),
        end: text.len(),
        color: Color::Plain,
    };
    marks.iter().copied().chain([last]).flat_map(move |mark| {
        let before = &text[at..mark.begin];
        at = mark.end;
        [
            (Color::Plain, before),
            (mark.color, &text[mark.begin..mark.end]),
        ]
    })
}

#[cfg(test)]
mod tests {
    use super::{Color, Mark, with_sequences};

    #[test]
    fn marks_become_sequences() {
        let mark = |begin, end, color| Mark { begin, end, color };
        let marks = [mark(3, 7, Color::Cyan), mark(7, 9, Color::Red)];
        assert_eq!(
            with_sequences(b"1: lo: UP\n", &marks),
            b"1: \x1b[36mlo: \x1b[0m\x1b[31mUP\x1b[0m\n"
        );
    }
}
