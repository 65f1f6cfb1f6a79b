//! The ends to which the streams of a plugin are connected. Each moves bytes when the plugin reads or writes, directly
//! into or out of its memory, and reports the result at the end.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll};

use tokio::sync::oneshot;
use wasmtime::component::{
    Destination, Source, StreamConsumer, StreamProducer, StreamResult, VecBuffer,
};
use wasmtime::{AsContextMut as _, StoreContextMut};

use super::{Duplex, Use};
use crate::recorded::Noted;

/// The maximum size of one read if the reader brings no buffer.
pub(crate) const CHUNK: usize = 64 << 10;

/// The result of a transfer, available when the stream has ended.
pub type Ending = oneshot::Receiver<io::Result<()>>;

/// A direction in use; dropping it frees the direction for the next user.
struct Direction {
    duplex: Arc<dyn Duplex>,
    use_of: Arc<Use>,
    claimed: fn(&Use) -> &AtomicBool,
    ended: Option<oneshot::Sender<io::Result<()>>>,
    /// Notes what is moved, in a run that is recorded.
    noted: Option<Noted>,
}

/// Reads for a plugin.
pub struct Receiver(Direction);

/// Writes for a plugin.
pub struct Sender {
    direction: Direction,
    /// Bytes that were taken from the plugin but perhaps not written yet.
    kept_back: usize,
}

impl Direction {
    fn new(
        duplex: Arc<dyn Duplex>,
        use_of: Arc<Use>,
        claimed: fn(&Use) -> &AtomicBool,
    ) -> (Self, Ending) {
        let (ended, ending) = oneshot::channel();
        let direction = Self {
            duplex,
            use_of,
            claimed,
            ended: Some(ended),
            noted: None,
        };
        (direction, ending)
    }

    fn waits(&mut self) -> Poll<wasmtime::Result<StreamResult>> {
        if let Some(noted) = &mut self.noted {
            noted.waits();
        }
        Poll::Pending
    }

    fn given_up(&mut self) -> Poll<wasmtime::Result<StreamResult>> {
        if let Some(noted) = &mut self.noted {
            noted.given_up();
        }
        Poll::Ready(Ok(StreamResult::Cancelled))
    }

    /// Ends the stream and sends the result to the waiting call.
    fn end(&mut self, result: io::Result<()>) -> Poll<wasmtime::Result<StreamResult>> {
        if let Some(ended) = self.ended.take() {
            // The plugin may have dropped its end; then nobody needs the result.
            let _ = ended.send(result);
        }
        if let Some(noted) = &mut self.noted {
            noted.closed();
        }
        Poll::Ready(Ok(StreamResult::Dropped))
    }
}

impl Drop for Direction {
    fn drop(&mut self) {
        (self.claimed)(&self.use_of).store(false, Relaxed);
        if let Some(ended) = self.ended.take() {
            let _ = ended.send(Ok(()));
        }
    }
}

impl Receiver {
    pub(super) fn new(duplex: Arc<dyn Duplex>, use_of: Arc<Use>) -> (Self, Ending) {
        let (direction, ending) = Direction::new(duplex, use_of, |use_of| &use_of.receiving);
        (Self(direction), ending)
    }

    /// Notes what is received in the record of the run.
    pub(crate) fn note(&mut self, noted: Noted) {
        self.0.noted = Some(noted);
    }
}

impl Sender {
    pub(super) fn new(duplex: Arc<dyn Duplex>, use_of: Arc<Use>) -> (Self, Ending) {
        let (direction, ending) = Direction::new(duplex, use_of, |use_of| &use_of.sending);
        let sender = Self {
            direction,
            kept_back: 0,
        };
        (sender, ending)
    }

    /// Notes what is sent in the record of the run.
    pub(crate) fn note(&mut self, noted: Noted) {
        self.direction.noted = Some(noted);
    }
}

const MOVED: Poll<wasmtime::Result<StreamResult>> = Poll::Ready(Ok(StreamResult::Completed));

impl<D: 'static> StreamProducer<D> for Receiver {
    type Item = u8;
    type Buffer = VecBuffer<u8>;

    fn poll_produce<'a>(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut store: StoreContextMut<'a, D>,
        destination: Destination<'a, u8, VecBuffer<u8>>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        if destination.remaining(store.as_context_mut()) == Some(0) {
            // The plugin only asks whether a read would block. The read itself may answer that.
            return MOVED;
        }
        let mut destination = destination.as_direct(store, CHUNK);
        match self.0.duplex.poll_read(context, destination.remaining()) {
            Poll::Ready(Ok(0)) => self.0.end(Ok(())),
            Poll::Ready(Ok(count)) => {
                if let Some(noted) = &mut self.0.noted {
                    noted.received(destination.remaining().get(..count).unwrap_or_default());
                }
                destination.mark_written(count);
                MOVED
            }
            Poll::Ready(Err(error)) => self.0.end(Err(error)),
            Poll::Pending if finish => self.0.given_up(),
            Poll::Pending => self.0.waits(),
        }
    }
}

impl<D: 'static> StreamConsumer<D> for Sender {
    type Item = u8;

    fn poll_consume(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        store: StoreContextMut<'_, D>,
        source: Source<'_, u8>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        let this = &mut *self;
        let duplex = Arc::clone(&this.direction.duplex);
        let mut source = source.as_direct(store);
        if source.remaining().is_empty() {
            return MOVED;
        }
        if this.kept_back == 0 {
            match duplex.poll_write(context, source.remaining()) {
                Poll::Ready(Ok(count)) => this.kept_back = count,
                Poll::Ready(Err(error)) => return this.direction.end(Err(error)),
                Poll::Pending if finish => return this.direction.given_up(),
                Poll::Pending => return this.direction.waits(),
            }
        }
        match duplex.poll_flush(context) {
            Poll::Ready(Err(error)) => return this.direction.end(Err(error)),
            // These bytes have been taken; the next write, or the end, writes them.
            Poll::Ready(Ok(())) => {}
            Poll::Pending if finish => {}
            Poll::Pending => return this.direction.waits(),
        }
        if let Some(noted) = &mut this.direction.noted {
            noted.sent(source.remaining().get(..this.kept_back).unwrap_or_default());
        }
        source.mark_read(std::mem::take(&mut this.kept_back));
        MOVED
    }
}
