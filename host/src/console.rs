//! A plugin's standard output and standard error. On a terminal, control characters that could move the
//! cursor, change settings or answer back are shown as `?`, whoever they came from; into a file or a
//! pipe, bytes pass as they are.

use std::io::{self, Write};
use std::pin::Pin;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError, StreamResult};

use crate::limits::Pulse;

/// The reader of a pipe is gone: the run ends, quietly, as a native tool ends by SIGPIPE.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the reader of the output is gone")]
pub struct BrokenPipe;

/// One of the two output streams.
#[derive(Clone)]
pub struct Console {
    descriptor: Descriptor,
    filter: Option<Arc<Mutex<Filter>>>,
    pulse: Arc<Pulse>,
}

#[derive(Clone, Copy)]
enum Descriptor {
    Output,
    Error,
}

impl Console {
    /// Standard output.
    pub fn output(pulse: Arc<Pulse>) -> Self {
        Self {
            descriptor: Descriptor::Output,
            filter: io::IsTerminal::is_terminal(&io::stdout()).then(Arc::default),
            pulse,
        }
    }

    /// Standard error.
    pub fn error(pulse: Arc<Pulse>) -> Self {
        Self {
            descriptor: Descriptor::Error,
            filter: io::IsTerminal::is_terminal(&io::stderr()).then(Arc::default),
            pulse,
        }
    }

    fn put(&self, bytes: &[u8]) -> io::Result<()> {
        self.pulse.beats.fetch_add(1, Relaxed);
        let safe;
        let bytes = match &self.filter {
            Some(filter) => {
                safe = filter
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .pass(bytes);
                safe.as_bytes()
            }
            None => bytes,
        };
        match self.descriptor {
            Descriptor::Output => {
                let mut output = io::stdout().lock();
                output.write_all(bytes)?;
                output.flush()
            }
            Descriptor::Error => io::stderr().write_all(bytes),
        }
    }
}

/// Lets text through, and no control character beyond those that lines of text need.
#[derive(Debug, Default)]
pub struct Filter {
    /// The beginning of a character that a write cut in two.
    partial: Vec<u8>,
}

impl Filter {
    /// What may be shown of these bytes, which follow those of the call before.
    pub fn pass(&mut self, bytes: &[u8]) -> String {
        let mut pending = std::mem::take(&mut self.partial);
        pending.extend_from_slice(bytes);
        let mut shown = String::with_capacity(pending.len());
        for chunk in pending.utf8_chunks() {
            shown.extend(chunk.valid().chars().map(|character| match character {
                '\n' | '\t' | '\r' | '\x08' | '\x07' => character,
                other => printable(other),
            }));
            let rest = chunk.invalid();
            if !rest.is_empty() {
                let cut_in_two =
                    std::str::from_utf8(rest).is_err_and(|error| error.error_len().is_none());
                if cut_in_two && pending.ends_with(rest) {
                    self.partial = rest.to_vec();
                } else {
                    shown.push('\u{fffd}');
                }
            }
        }
        shown
    }
}

/// A character as it may be shown within a line.
pub(crate) fn printable(character: char) -> char {
    match character {
        control if control.is_control() => '?',
        // Marks that reorder the text around them (UAX #9): what is read is not what is there.
        '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{061c}' => '?',
        other => other,
    }
}

/// Text as it may be shown within a line: on one line, and without control characters.
pub fn line(text: &str) -> String {
    text.chars().map(printable).collect()
}

impl IsTerminal for Console {
    fn is_terminal(&self) -> bool {
        self.filter.is_some()
    }
}

impl StdoutStream for Console {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait]
impl Pollable for Console {
    async fn ready(&mut self) {}
}

impl OutputStream for Console {
    fn write(&mut self, bytes: bytes::Bytes) -> StreamResult<()> {
        self.put(&bytes).map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => StreamError::Trap(BrokenPipe.into()),
            _ => StreamError::LastOperationFailed(error.into()),
        })
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(64 << 10)
    }
}

impl AsyncWrite for Console {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(self.put(bytes).map(|()| bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_passes_and_escapes_do_not() {
        let mut filter = Filter::default();
        assert_eq!(filter.pass(b"64 bytes\n"), "64 bytes\n");
        assert_eq!(filter.pass(b"\x1b[2J\x9b1A\x7f"), "?[2J\u{fffd}1A?");
        assert_eq!(filter.pass("\u{9b}31m\u{202e}".as_bytes()), "?31m?");
    }

    #[test]
    fn a_character_cut_by_a_write_is_whole_again() {
        let mut filter = Filter::default();
        let text = "größe".as_bytes();
        assert_eq!(filter.pass(&text[..3]) + &filter.pass(&text[3..]), "größe");
        assert_eq!(filter.pass(b"\xe2\x82") + &filter.pass(b"x"), "\u{fffd}x");
    }
}
