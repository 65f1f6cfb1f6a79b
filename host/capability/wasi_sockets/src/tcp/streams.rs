//! The two directions of a connection, as WASI streams.

use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::{InputStream, OutputStream, Pollable, StreamError, StreamResult};

use super::connection::{Connection, Writable};

/// The maximum size of one read or write.
const CHUNK: usize = 64 << 10;

/// The receiving direction.
pub(super) struct Incoming(pub(super) Arc<Connection>);

/// The sending direction.
pub(super) struct Outgoing(pub(super) Arc<Connection>);

fn failed(error: io::Error) -> StreamError {
    match error.kind() {
        io::ErrorKind::BrokenPipe => StreamError::Closed,
        _ => StreamError::LastOperationFailed(error.into()),
    }
}

#[async_trait]
impl InputStream for Incoming {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        if self.0.is_deaf() {
            return Err(StreamError::Closed);
        }
        if size == 0 {
            return Ok(Bytes::new());
        }
        let mut bytes = BytesMut::zeroed(size.min(CHUNK));
        match self.0.receive(&mut bytes) {
            Ok(0) => Err(StreamError::Closed),
            Ok(count) => {
                bytes.truncate(count);
                Ok(bytes.freeze())
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Bytes::new()),
            Err(error) => Err(failed(error)),
        }
    }
}

#[async_trait]
impl Pollable for Incoming {
    async fn ready(&mut self) {
        if !self.0.is_deaf() {
            // The next read reports an error.
            let _ = self.0.stream.readable().await;
        }
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        self.0.end_receiving();
    }
}

#[async_trait]
impl OutputStream for Outgoing {
    fn check_write(&mut self) -> StreamResult<usize> {
        match self.0.may_write().map_err(failed)? {
            Writable::Now => Ok(CHUNK),
            Writable::Later => Ok(0),
            Writable::Never => Err(StreamError::Closed),
        }
    }

    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        match self.0.may_write().map_err(failed)? {
            Writable::Never => Err(StreamError::Closed),
            Writable::Now if bytes.len() <= CHUNK => self.0.send(bytes).map_err(failed),
            _ => Err(StreamError::trap(
                "a write of more than check-write allowed",
            )),
        }
    }

    fn flush(&mut self) -> StreamResult<()> {
        // Nothing is buffered here; `ready` waits for bytes that are being written.
        match self.0.may_write().map_err(failed)? {
            Writable::Never => Err(StreamError::Closed),
            _ => Ok(()),
        }
    }

    async fn cancel(&mut self) {
        // Bytes that the plugin has written are sent, as the plugin was told.
        self.0.until_writable().await;
    }
}

#[async_trait]
impl Pollable for Outgoing {
    async fn ready(&mut self) {
        self.0.until_writable().await;
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        self.0.end_sending();
    }
}
