//! A plugin's standard output and standard error. On a terminal, control characters that could move the
//! cursor, change settings or answer back are shown as `?`, whoever they came from; into a file or a
//! pipe, bytes pass as they are.

use std::io::{self, Write};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError, StreamResult};

use crate::bindings::nethost::cap::console::{Color, Span};
use crate::limits::{Exceeded, Pulse};
pub use crate::text::{Filter, line};

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
    async fn ready(&mut self) {}
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
