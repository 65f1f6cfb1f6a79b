//! Variables for NEW-ENVIRON (RFC 1572): those that the operator defined, and of them those that may be told. A value
//! that begins with `-` is refused: servers have taken it for an option of login (CVE-2026-24061).

/// RFC 1572.
const VAR: u8 = 0;
const VALUE: u8 = 1;
const ESC: u8 = 2;
const USERVAR: u8 = 3;

/// The terminal that text is filtered for.
const TERMINAL: &str = "DUMB";
/// The well-known names; others are the user's.
const KNOWN: [&str; 6] = ["USER", "JOB", "ACCT", "PRINTER", "SYSTEMTYPE", "DISPLAY"];

/// The variables, in the order in which they were defined.
#[derive(Debug, Default)]
pub(crate) struct Environment(Vec<(String, String, bool)>);

impl Environment {
    /// Defines a variable. Whether it may be told is another matter, and stays as it is.
    pub(crate) fn define(&mut self, name: &str, value: &str) -> Result<(), String> {
        if value.starts_with('-') {
            return Err(format!("{name}: a value that begins with '-' is not sent"));
        }
        if name.is_empty() || (name.len() + value.len()) > 256 {
            return Err(format!("{name}: too long, or no name"));
        }
        match self.0.iter_mut().find(|(known, ..)| known == name) {
            Some((_, old, _)) => *old = value.into(),
            None => self.0.push((name.into(), value.into(), false)),
        }
        Ok(())
    }

    pub(crate) fn undefine(&mut self, name: &str) {
        self.0.retain(|(known, ..)| known != name);
    }

    pub(crate) fn export(&mut self, name: &str, told: bool) {
        for (known, _, exported) in &mut self.0 {
            if known == name {
                *exported = told;
            }
        }
    }

    /// One line for each, with `*` for those that are told.
    pub(crate) fn list(&self) -> String {
        let line = |(name, value, told): &(String, String, bool)| {
            format!("{} {name:<20} {value}\n", if *told { '*' } else { ' ' })
        };
        self.0.iter().map(line).collect()
    }

    /// The type of the terminal (RFC 1091).
    pub(crate) fn terminal(&self) -> String {
        let mut all = self.0.iter();
        let own = all.find(|(name, ..)| name == "TERM");
        own.map_or(TERMINAL.into(), |(_, value, _)| value.to_uppercase())
    }

    /// What is told to a server that asks for these, or for all.
    pub(crate) fn answer(&self, asked: &[u8]) -> Vec<u8> {
        let names: Vec<&[u8]> = asked
            .split(|byte| matches!(*byte, VAR | USERVAR))
            .filter(|name| !name.is_empty())
            .collect();
        let mut answer = Vec::new();
        for (name, value, told) in &self.0 {
            if !told || (!names.is_empty() && !names.contains(&name.as_bytes())) {
                continue;
            }
            answer.push(if KNOWN.contains(&name.as_str()) {
                VAR
            } else {
                USERVAR
            });
            quoted(name, &mut answer);
            answer.push(VALUE);
            quoted(value, &mut answer);
        }
        answer
    }
}

fn quoted(text: &str, into: &mut Vec<u8>) {
    for byte in text.bytes() {
        if byte <= USERVAR {
            into.push(ESC);
        }
        into.push(byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_look_like_options_are_refused() {
        let mut environment = Environment::default();
        assert!(environment.define("USER", "-f root").is_err());
        assert!(environment.define("USER", "joe").is_ok());
        assert!(environment.answer(&[]).is_empty());
        environment.export("USER", true);
        assert!(environment.answer(b"\0JOB").is_empty());
        assert_eq!(environment.answer(b"\0USER"), b"\0USER\x01joe");
    }
}
