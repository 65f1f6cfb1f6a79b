//! Standard input and output of a run: the input comes from the scenario, the output is kept for the report.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use nethost_kit::stream::Duplex;
use tokio::io::AsyncWrite;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError, StreamResult};

/// The most that a plugin may write to one stream in one case.
const LARGEST: usize = 16 << 20;
/// The bytes that a stream takes at once.
const AT_ONCE: usize = 1 << 16;

/// The plugin wrote too much.
#[derive(Debug, thiserror::Error)]
#[error("it wrote more than {} MiB", LARGEST >> 20)]
struct TooMuch;

/// What was written to a stream.
#[derive(Clone, Default)]
pub(crate) struct Capture(Arc<Mutex<Vec<u8>>>);

impl Capture {
    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.bytes())
    }

    fn put(&self, bytes: &[u8]) -> io::Result<()> {
        let mut all = self.bytes();
        if all.len() + bytes.len() > LARGEST {
            return Err(io::Error::other(TooMuch));
        }
        all.extend_from_slice(bytes);
        Ok(())
    }
}

impl IsTerminal for Capture {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Capture {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait]
impl Pollable for Capture {
    async fn ready(&mut self) {}
}

impl OutputStream for Capture {
    fn write(&mut self, bytes: bytes::Bytes) -> StreamResult<()> {
        self.put(&bytes)
            .map_err(|_| StreamError::Trap(TooMuch.into()))
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(AT_ONCE)
    }
}

impl AsyncWrite for Capture {
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

/// Both streams, as `console` passes them on.
pub(crate) struct Standard {
    input: Mutex<io::Cursor<Vec<u8>>>,
    output: Capture,
    /// The streams of the contract name a descriptor; this one leads nowhere.
    null: std::fs::File,
}

impl Standard {
    pub(crate) fn new(input: &[u8], output: &Capture) -> io::Result<Self> {
        Ok(Self {
            input: Mutex::new(io::Cursor::new(input.to_vec())),
            output: output.clone(),
            null: std::fs::File::open("/dev/null")?,
        })
    }
}

impl Duplex for Standard {
    fn poll_read(&self, _: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut input = self.input.lock().unwrap_or_else(PoisonError::into_inner);
        Poll::Ready(io::Read::read(&mut *input, into))
    }

    fn poll_write(&self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.output.put(bytes).map(|()| bytes.len()))
    }

    fn poll_flush(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn socket(&self) -> BorrowedFd<'_> {
        self.null.as_fd()
    }
}
