//! Standard output in colours. Raises no request.

use crate::Error;
use crate::bindings::nethost::cap::console;

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
