//! Styles that a tool sets in its output (ECMA-48, SGR), for -c. Other sequences are left out.

use std::str::Chars;

use nethost_sdk::terminal::Style;

/// The longest sequence; what is longer is text.
const LONGEST: usize = 100;

/// What is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Styles {
    bold: bool,
    dim: bool,
    reverse: bool,
    color: Option<Style>,
}

impl Styles {
    /// The style of the screen that comes closest: it shows one at a time, and three colours.
    pub(crate) fn style(self) -> Style {
        match self {
            Self { reverse: true, .. } => Style::Reverse,
            Self {
                color: Some(color), ..
            } => color,
            Self { bold: true, .. } => Style::Bold,
            Self { dim: true, .. } => Style::Dim,
            _ => Style::Plain,
        }
    }

    /// Obeys the sequence whose escape character was read.
    pub(crate) fn obey(&mut self, rest: &mut Chars<'_>) {
        match rest.clone().next() {
            Some('(') => {
                // The character set.
                rest.next();
                rest.next();
                return;
            }
            Some('[') => {
                rest.next();
            }
            _ => return,
        }
        let mut parameters = String::new();
        while parameters.len() < LONGEST {
            match rest.next() {
                Some('m') => return self.set(&parameters),
                Some(next) if next.is_ascii_digit() || next == ';' => parameters.push(next),
                _ => return,
            }
        }
    }

    fn set(&mut self, parameters: &str) {
        let mut numbers = parameters
            .split(';')
            .map(|number| number.parse().unwrap_or(0_u32));
        while let Some(number) = numbers.next() {
            match number {
                0 => *self = Self::default(),
                1 => self.bold = true,
                2 => self.dim = true,
                7 => self.reverse = true,
                21 => self.bold = false,
                22 => (self.bold, self.dim) = (false, false),
                27 => self.reverse = false,
                30..=37 => self.color = color(number - 30),
                90..=97 => self.color = color(number - 90),
                39 => self.color = None,
                // A colour by its number, or by its parts, which no style is near.
                38 | 48 => match numbers.next() {
                    Some(5) => {
                        let chosen = numbers.next().unwrap_or(u32::MAX);
                        if number == 38 {
                            self.color = if chosen < 16 { color(chosen % 8) } else { None };
                        }
                    }
                    Some(2) => drop(numbers.by_ref().take(3).count()),
                    _ => return,
                },
                _ => {}
            }
        }
    }
}

fn color(number: u32) -> Option<Style> {
    match number {
        1 => Some(Style::Red),
        2 => Some(Style::Green),
        3 => Some(Style::Yellow),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_set_styles_and_leave_no_text() {
        for (text, style, left) in [
            ("[31mx", Style::Red, "x"),
            ("[1;92mx", Style::Green, "x"),
            ("[1mx", Style::Bold, "x"),
            ("[2mx", Style::Dim, "x"),
            ("[7;33mx", Style::Reverse, "x"),
            ("[38;5;3mx", Style::Yellow, "x"),
            ("[38;2;1;7;1mx", Style::Plain, "x"),
            ("[48;5;1mx", Style::Plain, "x"),
            ("[31;0mx", Style::Plain, "x"),
            ("[31m", Style::Red, ""),
            ("[mx", Style::Plain, "x"),
            ("[2Jx", Style::Plain, "x"),
            ("(Bx", Style::Plain, "x"),
            ("x", Style::Plain, "x"),
            ("", Style::Plain, ""),
        ] {
            let (mut styles, mut rest) = (Styles::default(), text.chars());
            styles.obey(&mut rest);
            assert_eq!(
                (styles.style(), rest.collect::<String>().as_str()),
                (style, left),
                "{text}"
            );
        }
    }
}
