//! Sockets as they close.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::{SocketsRead, sys};
use crate::bindings::nethost::cap::sock_diag as wit;
use nethost_broker::Broker;
use nethost_gate::Permit;
use nethost_kit::types::ErrorCode;
use nethost_net::register;

/// A subscription to their closing.
pub struct Closings {
    broker: Arc<Broker>,
    /// Becomes readable when the broker has something to read.
    readiness: AsyncFd<OwnedFd>,
    permit: Permit<SocketsRead>,
}

/// The type in the table of a run; a waiting call holds it too.
pub type Watch = Arc<Closings>;

impl Closings {
    pub(super) fn new(
        broker: Arc<Broker>,
        readiness: OwnedFd,
        permit: Permit<SocketsRead>,
    ) -> io::Result<Self> {
        Ok(Self {
            broker,
            readiness: register(readiness, Interest::READABLE)?,
            permit,
        })
    }

    pub(super) async fn next(&self, timeout: u64) -> Result<wit::Batch, ErrorCode> {
        let timeout = Duration::from_nanos(timeout);
        let batch = match tokio::time::timeout(timeout, self.wait()).await {
            Ok(batch) => batch.inspect_err(|error| self.permit.failed(error))?,
            Err(_) => nethost_broker::SocketBatch::default(),
        };
        Ok(wit::Batch {
            messages: batch.messages,
            interrupted: batch.interrupted,
            last: false,
        })
    }

    async fn wait(&self) -> io::Result<nethost_broker::SocketBatch> {
        loop {
            let mut ready = self.readiness.readable().await?;
            let batch = sys::next(&self.permit, &self.broker)?;
            if !batch.messages.is_empty() || batch.interrupted {
                return Ok(batch);
            }
            ready.clear_ready();
        }
    }
}

impl std::fmt::Debug for Closings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Closings({:?})", self.readiness.get_ref().as_fd())
    }
}
