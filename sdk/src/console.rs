//! Standard output on a terminal: colours, the bell, and erasing. Requires no request.

use crate::Error;
use crate::bindings::nethost::cap::console;

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
