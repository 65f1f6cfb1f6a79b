//! Reads the values of a stream: JSON lines, one document over many lines, or a list of values.

use serde_json::Value;

/// The maximum size of an input.
pub const LONGEST: usize = 64 << 20;
/// So many values of an input are taken.
const MOST_VALUES: usize = 1_000_000;

/// An input that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadInput {
    /// It is longer than [`LONGEST`].
    #[error("it is longer than {} MiB", LONGEST >> 20)]
    TooLong,
    /// It has no value.
    #[error("it is no stream of JSON: {0}")]
    NoJson(String),
    /// It has nothing.
    #[error("it is empty")]
    Empty,
}

/// What a tool printed.
#[derive(Debug)]
pub struct Input {
    /// Its name: a file's, without folders.
    pub name: String,
    /// Its values.
    pub values: Vec<Value>,
    /// Lines that are none.
    pub bad_lines: usize,
    /// Values beyond those that are taken.
    pub more_values: usize,
}

impl Input {
    /// Reads a text. A line that is no JSON is counted and left out; an input of nothing else is an error.
    pub fn read(name: &str, text: &[u8]) -> Result<Self, BadInput> {
        if text.len() > LONGEST {
            return Err(BadInput::TooLong);
        }
        let mut input = Self {
            name: name.to_owned(),
            values: Vec::new(),
            bad_lines: 0,
            more_values: 0,
        };
        let mut first_error = None;
        let mut rest = text;
        while !rest.trim_ascii().is_empty() {
            let mut stream = serde_json::Deserializer::from_slice(rest).into_iter::<Value>();
            let mut error = None;
            for value in &mut stream {
                match value {
                    Ok(value) => input.take(value),
                    Err(bad) => {
                        error = Some(bad);
                        break;
                    }
                }
            }
            let Some(error) = error else { break };
            input.bad_lines += 1;
            let begin = stream.byte_offset();
            first_error.get_or_insert_with(|| error.to_string());
            // Goes on behind the line with the mistake, which may not be the one where the value begins.
            let bad = rest.get(begin..).unwrap_or_default();
            let lines = error.line().saturating_sub(rest_lines(rest, begin)).max(1);
            rest = behind_lines(bad, lines);
        }
        match (input.values.is_empty(), first_error) {
            (true, Some(error)) => Err(BadInput::NoJson(error)),
            (true, None) => Err(BadInput::Empty),
            (false, _) => Ok(input),
        }
    }

    /// A list is its elements: ip(8) prints all objects as one.
    fn take(&mut self, value: Value) {
        match value {
            Value::Array(elements) => {
                for element in elements {
                    self.push(element);
                }
            }
            other => self.push(other),
        }
    }

    fn push(&mut self, value: Value) {
        match self.values.len() < MOST_VALUES {
            true => self.values.push(value),
            false => self.more_values += 1,
        }
    }
}

/// How many lines end before a place.
fn rest_lines(text: &[u8], place: usize) -> usize {
    let before = text.get(..place).unwrap_or_default();
    before.iter().filter(|byte| **byte == b'\n').count()
}

/// What follows so many lines.
fn behind_lines(text: &[u8], lines: usize) -> &[u8] {
    let mut ends = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    match ends.nth(lines - 1) {
        Some((end, _)) => &text[end + 1..],
        None => &[],
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn lines_documents_and_lists_are_values() {
        for (text, count, bad) in [
            ("{\"a\":1}\n{\"a\":2}\n", 2, 0),
            ("{\n \"a\": 1\n}\n", 1, 0),
            ("[{\"a\":1},{\"a\":2}]", 2, 0),
            ("{\"a\":1}\nPING x\n{\"a\":2}\n{\"a\":", 2, 2),
            ("noise\n{\"a\":1}", 1, 1),
            ("{\"a\":1}{\"a\":2}", 2, 0),
        ] {
            let input = Input::read("x", text.as_bytes()).unwrap();
            assert_eq!(
                (input.values.len(), input.bad_lines),
                (count, bad),
                "{text}"
            );
        }
        for text in ["", " \n", "PING x\n", "\u{1b}[2J"] {
            assert!(Input::read("x", text.as_bytes()).is_err(), "{text:?}");
        }
    }

    /// Each mistake is passed once, however many there are.
    #[test]
    fn a_stream_of_mistakes_takes_no_time() {
        let begun = std::time::Instant::now();
        for junk in ["[\n", "x\n", "{\"a\":\n", "\"\n", "[1,\n", "\u{0}\n"] {
            let text = junk.repeat(200_000);
            assert!(Input::read("x", text.as_bytes()).is_err());
        }
        assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
    }
}
