//! A plugin's standard output and standard error. On a terminal, whatever it could act on is shown as an escape,
//! whoever it came from (see [`crate::text`]); into a file or a pipe, bytes pass as they are.
//!
//! A terminal that is held, or a pipe that is full, is waited for where the plugin awaits it, so that meanwhile the
//! run can be ended.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncWrite, Interest};
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError, StreamResult};

use crate::bindings::nethost::cap::console::{Color, Span};
use crate::limits::{Exceeded, Pulse};
use crate::output::Stream;
use crate::text::Filter;

/// So much is written at once: no more than a pipe takes whole when it takes anything (pipe(7), PIPE_BUF).
const AT_ONCE: usize = 4096;

/// The reader of a pipe is gone: the run ends, quietly, as a native tool ends by SIGPIPE.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the reader of the output is gone")]
pub struct BrokenPipe;

/// One of the two output streams.
#[derive(Clone)]
pub struct Console {
    stream: Stream,
    filter: Option<Arc<Mutex<Filter>>>,
    pulse: Arc<Pulse>,
}

impl Console {
    /// Standard output.
    pub fn output(pulse: Arc<Pulse>) -> Self {
        Self::of(Stream::Output, pulse)
    }

    /// Standard error.
    pub fn error(pulse: Arc<Pulse>) -> Self {
        Self::of(Stream::Error, pulse)
    }

    fn of(stream: Stream, pulse: Arc<Pulse>) -> Self {
        Self {
            stream,
            filter: stream.is_terminal().then(Arc::default),
            pulse,
        }
    }

    fn put(&self, bytes: &[u8]) -> io::Result<()> {
        let Some(filter) = &self.filter else {
            return self.write(bytes);
        };
        let safe = filter
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pass(bytes);
        self.write(safe.as_bytes())
    }

    /// Text in colours, on a terminal: the sequences are the host's, those in the text are filtered out.
    pub fn print(&self, spans: &[Span]) -> io::Result<()> {
        let Some(filter) = &self.filter else {
            return Err(io::Error::from_raw_os_error(libc::EOPNOTSUPP));
        };
        let mut bytes = Vec::new();
        let mut filter = filter.lock().unwrap_or_else(PoisonError::into_inner);
        for span in spans {
            colored(&mut bytes, span.color, &filter.pass(span.text.as_bytes()))?;
        }
        drop(filter);
        self.write(&bytes)
    }

    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        self.pulse
            .wrote(bytes.len(), self.filter.is_some())
            .map_err(io::Error::other)?;
        self.stream.write_all(bytes)
    }

    /// Waits until a write is taken, or fails at once.
    async fn taken(&self) -> io::Result<()> {
        if self.stream.is_ready() {
            return Ok(());
        }
        let stream = self.stream.as_fd().try_clone_to_owned()?;
        let watched = crate::sys::register(stream, Interest::WRITABLE)?;
        while !self.stream.is_ready() {
            watched.writable().await?.clear_ready();
        }
        Ok(())
    }
}

/// SGR, and its end (console_codes(4)).
fn colored(bytes: &mut Vec<u8>, color: Color, text: &str) -> io::Result<()> {
    let code = match color {
        Color::Plain => return bytes.write_all(text.as_bytes()),
        Color::Red => 31,
        Color::Green => 32,
        Color::Yellow => 33,
        Color::Blue => 34,
        Color::Magenta => 35,
        Color::Cyan => 36,
    };
    write!(bytes, "\x1b[{code}m{text}\x1b[0m")
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
    async fn ready(&mut self) {
        // What cannot be waited for is written to, and that waits or fails.
        let _ = self.taken().await;
    }
}

impl OutputStream for Console {
    fn write(&mut self, bytes: bytes::Bytes) -> StreamResult<()> {
        self.put(&bytes).map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => StreamError::Trap(BrokenPipe.into()),
            _ if error.get_ref().is_some_and(|inner| inner.is::<Exceeded>()) => StreamError::Trap(
                error
                    .into_inner()
                    .map_or_else(|| BrokenPipe.into(), wasmtime::Error::from_boxed),
            ),
            _ => StreamError::LastOperationFailed(error.into()),
        })
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        // None, and the plugin awaits it; otherwise this process would wait in write(2), and nothing could end the run.
        Ok(if self.stream.is_ready() { AT_ONCE } else { 0 })
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
