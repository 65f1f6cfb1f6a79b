//! One model of facts, two forms: lines of text for people, JSON lines for programs. Neither is made
//! out of the other.

use std::fmt::Display;
use std::io::{self, Write};

use serde::Serialize;

/// How facts are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// `Display`.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Writes facts to a stream.
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
    /// The stream's, such as a broken pipe.
    pub fn fact(&mut self, fact: &(impl Serialize + Display)) -> io::Result<()> {
        match self.format {
            Format::Text => write!(self.stream, "{fact}"),
            Format::Json => {
                serde_json::to_writer(&mut self.stream, fact).map_err(io::Error::from)?;
                self.stream.write_all(b"\n")
            }
        }
    }

    /// Hands over what is buffered.
    ///
    /// # Errors
    /// The stream's.
    pub fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
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
