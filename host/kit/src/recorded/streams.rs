//! Streams of a run that is recorded, and of one that is replayed.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use nethost_record::{Bytes, Event, Moved, Turn};
use wasmtime::component::{
    Destination, FutureReader, Source, StreamConsumer, StreamProducer, StreamReader, StreamResult,
    VecBuffer,
};
use wasmtime::{AsContextMut as _, StoreContextMut};

use super::{Damaged, FromRecord, Malformed, Tape, ToRecord as _, Value};
use crate::component_stream::Ended;
use crate::stream::CHUNK;
use crate::types::ErrorCode;

/// A stream whose bytes are noted in the record.
pub struct Noted {
    tape: Arc<Tape>,
    number: u64,
    waited: bool,
}

impl Noted {
    pub(crate) fn new(tape: &Arc<Tape>, number: u64) -> Self {
        Self {
            tape: Arc::clone(tape),
            number,
            waited: false,
        }
    }

    /// The plugin waits.
    pub(crate) fn waits(&mut self) {
        self.waited = true;
    }

    /// The plugin has got these bytes.
    pub(crate) fn received(&mut self, bytes: &[u8]) {
        self.moved(Moved::Received(Bytes(bytes.to_vec())));
    }

    /// These bytes were taken from the plugin.
    pub(crate) fn sent(&mut self, bytes: &[u8]) {
        self.moved(Moved::Sent(Bytes(bytes.to_vec())));
    }

    /// The plugin gave up waiting.
    pub(crate) fn given_up(&mut self) {
        self.moved(Moved::GivenUp);
    }

    /// The host closes its end.
    pub(crate) fn closed(&mut self) {
        self.moved(Moved::Closed);
    }

    fn moved(&mut self, moved: Moved) {
        let waited = std::mem::take(&mut self.waited);
        self.note(|number| Event::Stream {
            number,
            moved,
            waited,
            idle: false,
        });
    }

    /// Waits for the result of a stream, and notes it.
    pub(crate) async fn result(
        mut self,
        result: impl Future<Output = Result<(), ErrorCode>>,
    ) -> Result<(), ErrorCode> {
        let mut result = std::pin::pin!(result);
        let result = poll_fn(|context| {
            let polled = result.as_mut().poll(context);
            self.waited |= polled.is_pending();
            polled
        })
        .await;
        let (value, waited) = (result.to_record(&self.tape), self.waited);
        self.note(|number| Event::Result {
            number,
            value,
            waited,
            idle: false,
        });
        result
    }

    fn note(&self, event: impl FnOnce(u64) -> Event) {
        if let Some(recorder) = self.tape.recorder() {
            recorder.note(event(self.number));
        }
    }
}

/// The streams of a call that is answered from a record.
pub trait Streams {
    /// A stream of what was received.
    fn receive(&mut self, number: u64) -> Result<StreamReader<u8>, Malformed>;

    /// The result of a stream.
    fn result(&mut self, number: u64) -> Result<Ended, Malformed>;

    /// Takes from the plugin what was sent; nothing if the call was not accepted.
    fn send(&mut self, data: StreamReader<u8>, number: u64, accepted: bool)
    -> wasmtime::Result<()>;
}

/// The streams of the plugin in this store.
pub(super) struct Replayed<'a, T: 'static> {
    pub(super) store: StoreContextMut<'a, T>,
    pub(super) tape: &'a Arc<Tape>,
    /// What is sent goes to standard output.
    pub(super) printed: bool,
}

impl<T: 'static> Replayed<'_, T> {
    /// The number must be the one that this stream has in any run with the same calls.
    fn end(&self, number: u64) -> Result<End, Malformed> {
        match self.tape.number() == number {
            true => Ok(End::new(self.tape, number)),
            false => Err(Malformed::expected("the number of the next stream")),
        }
    }
}

impl<T: 'static> Streams for Replayed<'_, T> {
    fn receive(&mut self, number: u64) -> Result<StreamReader<u8>, Malformed> {
        let receiver = Receiver(self.end(number)?);
        StreamReader::new(self.store.as_context_mut(), receiver)
            .map_err(|error| Malformed::engine(&error))
    }

    fn result(&mut self, number: u64) -> Result<Ended, Malformed> {
        let end = self.end(number)?;
        FutureReader::new(self.store.as_context_mut(), end.result())
            .map_err(|error| Malformed::engine(&error))
    }

    fn send(
        &mut self,
        mut data: StreamReader<u8>,
        number: u64,
        accepted: bool,
    ) -> wasmtime::Result<()> {
        if !accepted {
            return data.close(self.store.as_context_mut());
        }
        let sender = Sender {
            end: End::new(self.tape, number),
            printed: self.printed,
        };
        data.pipe(self.store.as_context_mut(), sender)
    }
}

/// No streams: a value that has none.
struct Without;

impl Streams for Without {
    fn receive(&mut self, _: u64) -> Result<StreamReader<u8>, Malformed> {
        Err(Malformed::expected("no stream"))
    }

    fn result(&mut self, _: u64) -> Result<Ended, Malformed> {
        Err(Malformed::expected("no stream"))
    }

    fn send(&mut self, _: StreamReader<u8>, _: u64, _: bool) -> wasmtime::Result<()> {
        Ok(())
    }
}

/// The host's end of a stream, as it was.
struct End {
    tape: Arc<Tape>,
    number: u64,
    waited: bool,
}

impl End {
    fn new(tape: &Arc<Tape>, number: u64) -> Self {
        Self {
            tape: Arc::clone(tape),
            number,
            waited: false,
        }
    }

    fn moved(&mut self, gives_up: bool, context: &Context<'_>) -> Poll<Moved> {
        match self.tape.player() {
            Some(player) => player.moved(self.number, &mut self.waited, gives_up, context),
            None => Poll::Pending,
        }
    }

    async fn result(mut self) -> wasmtime::Result<Result<(), ErrorCode>> {
        let value: Value = poll_fn(|context| match self.tape.player() {
            Some(player) => player.result(self.number, &mut self.waited, context),
            None => Poll::Pending,
        })
        .await;
        let result = FromRecord::from_record(&value, &mut Without);
        result.map_err(|malformed| self.damaged(&malformed.to_string()))
    }

    fn differs(&self, differs: impl FnOnce(&nethost_record::Player) -> Turn) -> wasmtime::Error {
        self.tape.player().map_or(Turn::Differs, differs).into()
    }

    fn damaged(&self, why: &str) -> wasmtime::Error {
        Damaged {
            what: format!("stream {}", self.number),
            why: why.into(),
        }
        .into()
    }
}

type Produced = Poll<wasmtime::Result<StreamResult>>;

struct Receiver(End);

impl<D: 'static> StreamProducer<D> for Receiver {
    type Item = u8;
    type Buffer = VecBuffer<u8>;

    fn poll_produce<'a>(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut store: StoreContextMut<'a, D>,
        destination: Destination<'a, u8, VecBuffer<u8>>,
        finish: bool,
    ) -> Produced {
        if destination.remaining(store.as_context_mut()) == Some(0) {
            return Poll::Ready(Ok(StreamResult::Completed));
        }
        let end = &mut self.0;
        let bytes = match end.moved(finish, context) {
            Poll::Ready(Moved::Received(bytes)) => bytes.0,
            Poll::Ready(Moved::Sent(_)) => {
                return Poll::Ready(Err(end.damaged("it only receives")));
            }
            other => return without_bytes(&other, finish),
        };
        let mut destination = destination.as_direct(store, CHUNK.max(bytes.len()));
        let room = destination.remaining();
        let Some(part) = room.get_mut(..bytes.len()) else {
            let (number, room) = (end.number, room.len());
            let differs = end.differs(|player| player.reads(number, bytes.len(), room));
            return Poll::Ready(Err(differs));
        };
        part.copy_from_slice(&bytes);
        destination.mark_written(bytes.len());
        Poll::Ready(Ok(StreamResult::Completed))
    }
}

struct Sender {
    end: End,
    printed: bool,
}

impl<D: 'static> StreamConsumer<D> for Sender {
    type Item = u8;

    fn poll_consume(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        store: StoreContextMut<'_, D>,
        source: Source<'_, u8>,
        finish: bool,
    ) -> Produced {
        let mut source = source.as_direct(store);
        if source.remaining().is_empty() {
            return Poll::Ready(Ok(StreamResult::Completed));
        }
        let printed = self.printed;
        let end = &mut self.end;
        let bytes = match end.moved(finish, context) {
            Poll::Ready(Moved::Sent(bytes)) => bytes.0,
            Poll::Ready(Moved::Received(_)) => {
                return Poll::Ready(Err(end.damaged("it only sends")));
            }
            other => return without_bytes(&other, finish),
        };
        let offered = source.remaining();
        if !offered.starts_with(&bytes) {
            let now = offered.get(..bytes.len()).unwrap_or(offered);
            let number = end.number;
            let differs = end.differs(|player| player.sends(number, &bytes, now));
            return Poll::Ready(Err(differs));
        }
        if let Some(console) = end.tape.console().filter(|_| printed) {
            console.print_bytes(&bytes)?;
        }
        source.mark_read(bytes.len());
        Poll::Ready(Ok(StreamResult::Completed))
    }
}

fn without_bytes(moved: &Poll<Moved>, finish: bool) -> Produced {
    match moved {
        Poll::Ready(Moved::Closed) => Poll::Ready(Ok(StreamResult::Dropped)),
        Poll::Ready(_) => Poll::Ready(Ok(StreamResult::Cancelled)),
        // The plugin gives up where it did not before: its next call shows it.
        Poll::Pending if finish => Poll::Ready(Ok(StreamResult::Cancelled)),
        Poll::Pending => Poll::Pending,
    }
}
