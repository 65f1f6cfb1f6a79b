//! A grant as a policy file has it, for policies that nethost suggests.

use std::fmt;

use crate::console::printable;

/// One element of `allow`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    fields: Vec<(&'static str, String)>,
}

impl Entry {
    /// A grant of this capability, for any target.
    pub fn new(capability: &str) -> Self {
        Self {
            fields: vec![("cap", quoted(capability))],
        }
    }

    /// The same with one more field, a list of texts.
    #[must_use]
    pub fn with(self, field: &'static str, values: &[String]) -> Self {
        self.list(field, values.iter().map(|value| quoted(value)))
    }

    /// The same with one more field, a list of numbers.
    #[must_use]
    pub fn with_numbers(self, field: &'static str, values: &[u16]) -> Self {
        self.list(field, values.iter().map(u16::to_string))
    }

    fn list(mut self, field: &'static str, values: impl Iterator<Item = String>) -> Self {
        let values: Vec<_> = values.collect();
        self.fields
            .push((field, format!("[{}]", values.join(", "))));
        self
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (field, value)) in self.fields.iter().enumerate() {
            let before = if number == 0 { "{ " } else { ", " };
            write!(f, "{before}{field} = {value}")?;
        }
        f.write_str(" }")
    }
}

/// A text as TOML has it, on one line, with nothing in it that a terminal would obey.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            _ if printable(character) == character => quoted.push(character),
            _ => quoted += &format!("\\U{:08X}", u32::from(character)),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn it_is_toml_whatever_its_text() {
        let odd = "a\"b\\c\n# \u{1b}\u{202e} \u{9b}?";
        let entry = Entry::new("file.read")
            .with("to", &[odd.to_owned()])
            .with_numbers("ports", &[53, 443]);
        let line = format!("allow = [{entry}]");
        let read: toml::Table = toml::from_str(&line).unwrap();
        assert_eq!(read["allow"][0]["to"][0].as_str(), Some(odd));
        assert_eq!(read["allow"][0]["ports"][1].as_integer(), Some(443));
        assert!(
            line.chars()
                .all(|character| printable(character) == character)
        );
    }
}
