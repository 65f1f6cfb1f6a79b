//! A grant in the format of a policy file, for suggested policies.

use std::fmt;

use nethost_manifest::Ports;

use nethost_core::text::is_plain;

/// One element of `allow`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    fields: Vec<(&'static str, String)>,
}

impl Entry {
    /// A grant of this capability for all targets.
    pub fn new(capability: &str) -> Self {
        Self {
            fields: vec![("cap", quoted(capability))],
        }
    }

    /// The same with an additional list of texts.
    #[must_use]
    pub fn with(self, field: &'static str, values: &[String]) -> Self {
        self.list(field, values.iter().map(|value| quoted(value)))
    }

    /// The same for these ports.
    #[must_use]
    pub fn with_ports(self, ports: &[Ports]) -> Self {
        let shown = |ports: &Ports| match ports.only() {
            Some(port) => port.to_string(),
            None => quoted(&ports.to_string()),
        };
        self.list("ports", ports.iter().map(shown))
    }

    /// The same with an additional number.
    #[must_use]
    pub fn with_number(self, field: &'static str, value: u64) -> Self {
        self.field(field, value.to_string())
    }

    /// The same with an additional text.
    #[must_use]
    pub fn with_text(self, field: &'static str, value: &str) -> Self {
        self.field(field, quoted(value))
    }

    fn list(self, field: &'static str, values: impl Iterator<Item = String>) -> Self {
        let values: Vec<_> = values.collect();
        self.field(field, format!("[{}]", values.join(", ")))
    }

    fn field(mut self, field: &'static str, value: String) -> Self {
        self.fields.push((field, value));
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

/// A text as a TOML string on one line, without control characters.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            _ if is_plain(character) => quoted.push(character),
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
            .with_ports(&[Ports(53..=53), Ports(8000..=8080)])
            .with_number("packets", 7);
        let line = format!("allow = [{entry}]");
        let read: toml::Table = toml::from_str(&line).unwrap();
        assert_eq!(read["allow"][0]["to"][0].as_str(), Some(odd));
        assert_eq!(read["allow"][0]["ports"][0].as_integer(), Some(53));
        assert_eq!(read["allow"][0]["ports"][1].as_str(), Some("8000-8080"));
        assert_eq!(read["allow"][0]["packets"].as_integer(), Some(7));
        assert!(line.chars().all(is_plain));
    }
}
