//! Standard input and output as streams of bytes; on a terminal colours, the bell, and erasing. Requires no request.

use crate::Error;
use crate::bindings::nethost::cap::console;
use crate::bindings::nethost::cap::types::ErrorCode;
use crate::stream::{ByteStream, Connection, Ended, Received};
use wit_bindgen::StreamReader;

pub use console::{Color, Span};

/// Prints to standard output, which must be a terminal. The host writes the control sequences, because those of a
/// plugin are never passed to a terminal.
///
/// ```no_run
/// use nethost_sdk::console::{Color, Span, print};
///
/// let up = Span { text: "UP".into(), color: Color::Green };
/// let rest = Span { text: " since yesterday\n".into(), color: Color::Plain };
/// print(&[up, rest])?;
/// # Ok::<(), nethost_sdk::Error>(())
/// ```
///
/// # Errors
/// `NotSupported` (standard output is no terminal); the system's.
pub fn print(spans: &[Span]) -> Result<(), Error> {
    Ok(console::print(spans)?)
}

/// Erases the last printed characters of this line, at most `count`. Returns how many: only printable ASCII that this
/// plugin printed. Flush the buffer of `std` first.
///
/// # Errors
/// `NotSupported` (standard output is no terminal); the system's.
pub fn erase(count: u32) -> Result<u32, Error> {
    Ok(console::erase(count)?)
}

/// Sounds the terminal's bell.
///
/// # Errors
/// `NotSupported` (standard output is no terminal); the system's.
pub fn bell() -> Result<(), Error> {
    Ok(console::bell()?)
}

/// Standard input, to read, and standard output, to write, at the same time and without blocking the rest of the tool.
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// let mut standard = nethost_sdk::console::standard_streams();
/// let (input, output) = standard.split();
/// futures::io::copy_buf(input, output).await?;
/// # Ok(())
/// # }
/// ```
pub type StandardStreams = ByteStream<Standard>;

/// What [`StandardStreams`] are made of.
#[doc(hidden)]
#[derive(Debug)]
pub struct Standard;

/// The standard streams. What `std` buffers is to be flushed first.
#[must_use]
pub fn standard_streams() -> StandardStreams {
    ByteStream::new(Standard)
}

impl Connection for Standard {
    fn receive(&self) -> Result<Received, ErrorCode> {
        console::input()
    }

    fn send(&self, bytes: StreamReader<u8>) -> Result<Ended, ErrorCode> {
        console::output(bytes)
    }

    /// Standard output stays open for what is printed otherwise.
    async fn shutdown(&self) -> Result<(), ErrorCode> {
        Ok(())
    }
}
