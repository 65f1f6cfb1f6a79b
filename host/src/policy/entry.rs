//! A grant as a policy file has it, for policies that nethost suggests.

use std::fmt;

use toml::Value;

/// One element of `allow`.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    fields: Vec<(&'static str, Value)>,
}

impl Entry {
    /// A grant of this capability, for any target.
    pub fn new(capability: &str) -> Self {
        Self {
            fields: vec![("cap", capability.into())],
        }
    }

    /// The same with one more field.
    #[must_use]
    pub fn with(mut self, field: &'static str, value: impl Into<Value>) -> Self {
        self.fields.push((field, value.into()));
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn it_is_toml_whatever_its_text() {
        let odd = "a\"b\\c\n# \u{1b}";
        let entry = Entry::new("file.read").with("to", vec![odd.to_owned()]);
        let line = format!("allow = [{entry}]");
        assert_eq!(line.lines().count(), 1, "{line}");
        let read: toml::Table = toml::from_str(&line).unwrap();
        assert_eq!(read["allow"][0]["to"][0].as_str(), Some(odd));
        assert!(line.chars().all(|character| !character.is_control()));
    }
}
