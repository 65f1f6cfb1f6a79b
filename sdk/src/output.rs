//! Standard output and standard error.
//!
//! [`Output`] is one model of facts in two forms: lines of text for people, JSON lines for programs. Neither is made out
//! of the other. Text that is no fact, such as a heading, is written as it is. `print!` and `println!` are not for tools:
//! they panic when the disk is full.

use std::fmt::{self, Display};
use std::io::{self, Stdout, Write};

use serde::Serialize;

use crate::Exit;

/// How facts are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// `Display`.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Writes facts to a stream. What cannot be written ends the run: the error is an [`Exit`] that tells a full disk, and
/// is silent when the reader has left.
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
    /// Facts for standard output. A line that is complete is handed over at once.
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

    /// The format in force.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Writes one fact. Its text brings its own line ends, so it may be empty.
    ///
    /// # Errors
    /// The stream's.
    pub fn fact(&mut self, fact: &(impl Serialize + Display)) -> Result<(), Exit> {
        match self.format {
            Format::Text => self.text(fact),
            Format::Json => self.json(fact),
        }
    }

    /// Writes text, whatever the format. It brings its own line ends.
    ///
    /// # Errors
    /// The stream's.
    pub fn text(&mut self, text: impl Display) -> Result<(), Exit> {
        self.format_text(format_args!("{text}"))
    }

    /// Writes a line of text, whatever the format.
    ///
    /// # Errors
    /// The stream's.
    pub fn line(&mut self, text: impl Display) -> Result<(), Exit> {
        self.format_text(format_args!("{text}\n"))
    }

    /// One for all types of text, so that a tool carries it once.
    fn format_text(&mut self, text: fmt::Arguments<'_>) -> Result<(), Exit> {
        Ok(self.stream.write_fmt(text)?)
    }

    /// Writes a line of JSON, whatever the format.
    ///
    /// # Errors
    /// The stream's.
    pub fn json(&mut self, value: &impl Serialize) -> Result<(), Exit> {
        serde_json::to_writer(&mut self.stream, value).map_err(io::Error::from)?;
        Ok(self.stream.write_all(b"\n")?)
    }

    /// Writes octets as they are.
    ///
    /// # Errors
    /// The stream's.
    pub fn octets(&mut self, octets: &[u8]) -> Result<(), Exit> {
        Ok(self.stream.write_all(octets)?)
    }

    /// Hands over what is buffered.
    ///
    /// # Errors
    /// The stream's.
    pub fn flush(&mut self) -> Result<(), Exit> {
        Ok(self.stream.flush()?)
    }
}

/// Writes text to standard output and hands it over, for text that appears bit by bit.
///
/// # Errors
/// The stream's.
pub fn show(text: impl Display) -> Result<(), Exit> {
    let mut output = Output::stdout(Format::Text);
    output.text(text)?;
    output.flush()
}

/// Writes a line to standard error. Where that cannot be written, nobody is there to be told.
pub fn complain(text: impl Display) {
    fn format_line(text: fmt::Arguments<'_>) {
        let _ = io::stderr().write_fmt(text);
    }
    format_line(format_args!("{text}\n"));
}

/// Why a stream failed, in the words of strerror(3) and without a number.
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

/// A duration as a JSON number of milliseconds with microseconds behind the point, for
/// `#[serde(serialize_with)]`.
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

    /// A disk with room for a few octets.
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
