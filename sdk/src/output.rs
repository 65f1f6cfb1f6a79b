//! Standard output and standard error.
//!
//! [`Output`] writes facts in two formats: lines of text, and JSON lines. Neither is derived from the other. Text
//! that is not a fact, such as a heading, is written unchanged. Tools must not use `print!` and `println!`, because
//! these panic if the disk is full.

use std::fmt::{self, Display};
use std::io::{self, Stdout, Write};

use serde::Serialize;

use crate::Exit;

/// The format of facts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// `Display`.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// Writes facts to a stream. A failed write ends the run: its [`Exit`] reports a full disk, and is silent if the
/// reader has closed the pipe.
///
/// ```
/// use nethost_sdk::output::{Format, Output};
/// #[derive(serde::Serialize)]
/// struct Seen { host: String }
/// impl std::fmt::Display for Seen {
///     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
///         writeln!(f, "{} is alive", self.host)
///     }
/// }
/// let mut written = Vec::new();
/// Output::new(&mut written, Format::Json).fact(&Seen { host: "a".into() }).unwrap();
/// assert_eq!(written, b"{\"host\":\"a\"}\n");
/// ```
#[derive(Debug)]
pub struct Output<W> {
    stream: W,
    format: Format,
}

impl Output<Stdout> {
    /// Facts for standard output. A complete line is passed on at once.
    #[must_use]
    pub fn stdout(format: Format) -> Self {
        Self::new(io::stdout(), format)
    }
}

impl<W: Write> Output<W> {
    /// Facts for this stream.
    pub fn new(stream: W, format: Format) -> Self {
        Self { stream, format }
    }

    /// The current format.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Writes one fact. Its text includes its line ends, so it can be empty.
    ///
    /// # Errors
    /// The stream's.
    pub fn fact(&mut self, fact: &(impl Serialize + Display)) -> Result<(), Exit> {
        match self.format {
            Format::Text => self.text(fact),
            Format::Json => self.json(fact),
        }
    }

    /// Writes text in both formats. It includes its line ends.
    ///
    /// # Errors
    /// The stream's.
    pub fn text(&mut self, text: impl Display) -> Result<(), Exit> {
        self.format_text(format_args!("{text}"))
    }

    /// Writes a line of text in both formats.
    ///
    /// # Errors
    /// The stream's.
    pub fn line(&mut self, text: impl Display) -> Result<(), Exit> {
        self.format_text(format_args!("{text}\n"))
    }

    /// One function for all types of text, so that a tool contains it once.
    fn format_text(&mut self, text: fmt::Arguments<'_>) -> Result<(), Exit> {
        Ok(self.stream.write_fmt(text)?)
    }

    /// Writes a line of JSON in both formats.
    ///
    /// # Errors
    /// The stream's.
    pub fn json(&mut self, value: &impl Serialize) -> Result<(), Exit> {
        serde_json::to_writer(&mut self.stream, value).map_err(io::Error::from)?;
        Ok(self.stream.write_all(b"\n")?)
    }

    /// Writes octets unchanged.
    ///
    /// # Errors
    /// The stream's.
    pub fn octets(&mut self, octets: &[u8]) -> Result<(), Exit> {
        Ok(self.stream.write_all(octets)?)
    }

    /// Flushes the buffer.
    ///
    /// # Errors
    /// The stream's.
    pub fn flush(&mut self) -> Result<(), Exit> {
        Ok(self.stream.flush()?)
    }
}

/// Writes text to standard output and flushes it, for text that appears bit by bit.
///
/// # Errors
/// The stream's.
pub fn show(text: impl Display) -> Result<(), Exit> {
    let mut output = Output::stdout(Format::Text);
    output.text(text)?;
    output.flush()
}

/// Writes a line to standard error. A failure is ignored.
pub fn complain(text: impl Display) {
    fn format_line(text: fmt::Arguments<'_>) {
        let _ = io::stderr().write_fmt(text);
    }
    format_line(format_args!("{text}\n"));
}

/// The error of a stream as the text of strerror(3), without a number.
pub(crate) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull => "No space left on device".into(),
        io::ErrorKind::QuotaExceeded => "Disk quota exceeded".into(),
        io::ErrorKind::FileTooLarge => "File too large".into(),
        _ => {
            let text = error.to_string();
            match text.split_once(" (os error ") {
                Some((reason, _)) => reason.to_owned(),
                None => text,
            }
        }
    }
}

/// A duration as a JSON number of milliseconds with three decimals, for `#[serde(serialize_with)]`.
///
/// # Errors
/// The serializer's.
pub fn milliseconds<S: serde::Serializer>(
    duration: &std::time::Duration,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_micros() as f64 / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk with space for a few octets.
    struct Disk(usize);

    impl Write for Disk {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            match octets.len().min(self.0) {
                0 => Err(io::ErrorKind::StorageFull.into()),
                count => {
                    self.0 -= count;
                    Ok(count)
                }
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_ends_the_run() {
        let full = Exit::failed(1, "write error: No space left on device");
        for format in [Format::Text, Format::Json] {
            let mut output = Output::new(Disk(3), format);
            assert_eq!(output.fact(&"fact"), Err(full.clone()));
        }
        assert_eq!(Output::new(Disk(4), Format::Text).fact(&"fact"), Ok(()));
        assert_eq!(Output::new(Disk(4), Format::Text).line("fact"), Err(full));
    }
}
