//! Standard output for text that appears bit by bit. Whoever stops reading ends the tool, quietly.

use std::io::{self, Write};

/// Nobody reads any more.
#[derive(Debug)]
pub(crate) struct Closed;

/// Writes and flushes.
pub(crate) fn write(text: &str) -> Result<(), Closed> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(|_| Closed)
}
