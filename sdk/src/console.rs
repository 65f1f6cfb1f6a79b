//! Standard input and output as streams of bytes; on a terminal colours, the bell, and taking back what was printed.
//! Raises no request.

use crate::Error;
use crate::bindings::nethost::cap::console;
use crate::bindings::nethost::cap::types::ErrorCode;
use crate::stream::{ByteStream, Connection, Ended, Received};
use wit_bindgen::StreamReader;

pub use console::{Color, Span};

/// Prints to standard output, which must be a terminal: the host writes its control sequences, because
/// those that a plugin writes never reach one.
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

/// Takes back the characters that were printed last on this line, at most `count`. Returns how many: only what this
/// plugin printed, and only printable ASCII. What `std` buffers is to be flushed first.
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
