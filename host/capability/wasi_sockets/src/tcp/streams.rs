//! The two directions of a connection, as WASI's streams.

use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::{InputStream, OutputStream, Pollable, StreamError, StreamResult};

use super::connection::{Connection, Writable};

/// So much is read or written at once.
const CHUNK: usize = 64 << 10;

/// What comes in.
pub(super) struct Incoming(pub(super) Arc<Connection>);

/// What goes out.
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
            // An error is for the next read to tell.
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
        // Nothing is held back; `ready` waits for what is under way.
        match self.0.may_write().map_err(failed)? {
            Writable::Never => Err(StreamError::Closed),
            _ => Ok(()),
        }
    }

    async fn cancel(&mut self) {
        // What was written is sent, as the plugin was told.
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
