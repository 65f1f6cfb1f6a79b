//! Connections that carry bytes in both directions, whatever they are made of: what [`crate::tcp::TcpStream`]
//! and its like can do. They are streams of the `futures` crate ([`AsyncBufRead`], [`AsyncWrite`]), so
//! that libraries can sit on them.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use futures::future::LocalBoxFuture;
use futures::io::{AsyncBufRead, AsyncRead, AsyncWrite};
use wit_bindgen::{FutureReader, StreamReader, StreamResult, StreamWriter};

use crate::Error;
use crate::bindings::nethost::cap::types::ErrorCode;
use crate::bindings::wit_stream;

/// What moves at once at most.
const CHUNK: usize = 64 << 10;

/// How a stream ended.
#[doc(hidden)]
pub type Ended = FutureReader<Result<(), ErrorCode>>;
/// A stream of what comes in.
#[doc(hidden)]
pub type Received = (StreamReader<u8>, Ended);

/// What the contract's connections have in common.
#[doc(hidden)]
pub trait Connection: 'static {
    fn receive(&self) -> Result<Received, ErrorCode>;
    fn send(&self, bytes: StreamReader<u8>) -> Result<Ended, ErrorCode>;
    fn shutdown(&self) -> impl Future<Output = Result<(), ErrorCode>>;
}

/// A connection that carries bytes. Reads and writes wait only as long as they must; let a future finish or
/// call again: nothing is lost when one is dropped.
#[derive(Debug)]
pub struct ByteStream<C: Connection> {
    connection: Rc<C>,
    reader: Reader<C>,
    writer: Writer<C>,
}

/// The inward direction.
pub struct Reader<C> {
    connection: Rc<C>,
    state: Reading,
    buffer: Vec<u8>,
    taken: usize,
}

/// The outward direction.
pub struct Writer<C> {
    connection: Rc<C>,
    state: Writing,
}

enum Reading {
    Closed,
    Open(StreamReader<u8>, Ended),
    Busy(LocalBoxFuture<'static, Read>),
    Over,
}

enum Read {
    Some(StreamReader<u8>, Ended, Vec<u8>),
    End(Result<(), ErrorCode>),
}

/// What is open towards the peer: the stream, its end, and an empty buffer for what comes next.
type Outward = (StreamWriter<u8>, Ended, Vec<u8>);

enum Writing {
    Closed,
    Open(Outward),
    Busy(LocalBoxFuture<'static, Result<Outward, Error>>),
    Closing(LocalBoxFuture<'static, Result<(), Error>>),
    Over,
}

impl<C: Connection> ByteStream<C> {
    pub(crate) fn new(connection: C) -> Self {
        let connection = Rc::new(connection);
        let reader = Reader {
            connection: Rc::clone(&connection),
            state: Reading::Closed,
            buffer: Vec::new(),
            taken: 0,
        };
        let writer = Writer {
            connection: Rc::clone(&connection),
            state: Writing::Closed,
        };
        Self {
            connection,
            reader,
            writer,
        }
    }

    pub(crate) fn connection(&self) -> &C {
        &self.connection
    }

    /// Both directions, to be used at the same time.
    pub fn split(&mut self) -> (&mut Reader<C>, &mut Writer<C>) {
        (&mut self.reader, &mut self.writer)
    }

    /// The connection itself, once what was written has left and no read is under way. Bytes that were
    /// received but not read are an error: whoever goes on would miss them.
    pub(crate) async fn into_connection(mut self) -> Result<C, Error> {
        if self.reader.taken < self.reader.buffer.len() {
            return Err(Error::InvalidState);
        }
        match std::mem::replace(&mut self.reader.state, Reading::Over) {
            Reading::Closed => {}
            Reading::Open(stream, ended) => {
                drop(stream);
                ended.await?;
            }
            Reading::Busy(_) | Reading::Over => return Err(Error::InvalidState),
        }
        futures::AsyncWriteExt::flush(&mut self.writer).await?;
        match std::mem::replace(&mut self.writer.state, Writing::Over) {
            Writing::Closed => {}
            Writing::Open((stream, ended, _)) => {
                drop(stream);
                ended.await?;
            }
            _ => return Err(Error::InvalidState),
        }
        let Self {
            connection,
            reader,
            writer,
        } = self;
        drop((reader, writer));
        Rc::into_inner(connection).ok_or(Error::InvalidState)
    }
}

impl<C: Connection> Reader<C> {
    fn poll_more(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        loop {
            match std::mem::replace(&mut self.state, Reading::Over) {
                Reading::Closed => {
                    let (stream, ended) = self.connection.receive()?;
                    self.state = Reading::Open(stream, ended);
                }
                Reading::Open(stream, ended) => {
                    let mut buffer = std::mem::take(&mut self.buffer);
                    buffer.clear();
                    buffer.reserve(CHUNK);
                    self.taken = 0;
                    self.state = Reading::Busy(Box::pin(read(stream, ended, buffer)));
                }
                Reading::Busy(mut reading) => match reading.as_mut().poll(context) {
                    Poll::Pending => {
                        self.state = Reading::Busy(reading);
                        return Poll::Pending;
                    }
                    Poll::Ready(Read::Some(stream, ended, buffer)) => {
                        self.buffer = buffer;
                        self.state = Reading::Open(stream, ended);
                        return Poll::Ready(Ok(()));
                    }
                    Poll::Ready(Read::End(result)) => return Poll::Ready(Ok(result?)),
                },
                Reading::Over => return Poll::Ready(Ok(())),
            }
        }
    }
}

async fn read(mut stream: StreamReader<u8>, ended: Ended, mut buffer: Vec<u8>) -> Read {
    loop {
        let (result, filled) = stream.read(buffer).await;
        buffer = filled;
        if !buffer.is_empty() {
            return Read::Some(stream, ended, buffer);
        }
        if result == StreamResult::Dropped {
            return Read::End(ended.await);
        }
    }
}

impl<C: Connection> Writer<C> {
    /// Waits until what was written is with the host.
    fn poll_idle(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if let Writing::Busy(writing) = &mut self.state {
            let result = ready!(writing.as_mut().poll(context));
            self.state = Writing::Over;
            self.state = Writing::Open(result?);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize, Error>> {
        ready!(self.poll_idle(context))?;
        let mut open = match std::mem::replace(&mut self.state, Writing::Over) {
            Writing::Open(open) => open,
            Writing::Closed => {
                let (writer, reader) = wit_stream::new();
                (writer, self.connection.send(reader)?, Vec::new())
            }
            other => {
                self.state = other;
                return Poll::Ready(Err(Error::ConnectionBroken));
            }
        };
        let count = bytes.len().min(CHUNK);
        open.2
            .extend_from_slice(bytes.get(..count).unwrap_or_default());
        let mut writing = Box::pin(write(open));
        // It is on its way now. A failure is told at the next call.
        self.state = match writing.as_mut().poll(context) {
            Poll::Ready(Ok(open)) => Writing::Open(open),
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Pending => Writing::Busy(writing),
        };
        Poll::Ready(Ok(count))
    }

    fn poll_close(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        ready!(self.poll_idle(context))?;
        loop {
            match std::mem::replace(&mut self.state, Writing::Over) {
                Writing::Closing(mut closing) => {
                    let result = closing.as_mut().poll(context);
                    if result.is_pending() {
                        self.state = Writing::Closing(closing);
                    }
                    return result;
                }
                Writing::Open((stream, ended, _)) => {
                    let closing = close(Rc::clone(&self.connection), Some((stream, ended)));
                    self.state = Writing::Closing(Box::pin(closing));
                }
                Writing::Closed => {
                    let closing = close(Rc::clone(&self.connection), None);
                    self.state = Writing::Closing(Box::pin(closing));
                }
                Writing::Busy(_) | Writing::Over => return Poll::Ready(Ok(())),
            }
        }
    }
}

async fn write((mut stream, ended, buffer): Outward) -> Result<Outward, Error> {
    let rest = stream.write_all(buffer).await;
    if rest.is_empty() {
        return Ok((stream, ended, rest));
    }
    // The host has let go of the stream, so it has said why.
    ended.await?;
    Err(Error::ConnectionBroken)
}

async fn close<C: Connection>(
    connection: Rc<C>,
    open: Option<(StreamWriter<u8>, Ended)>,
) -> Result<(), Error> {
    if let Some((stream, ended)) = open {
        drop(stream);
        ended.await?;
    }
    Ok(connection.shutdown().await?)
}

impl<C: Connection> AsyncBufRead for Reader<C> {
    fn poll_fill_buf(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        if this.taken >= this.buffer.len() {
            this.buffer.clear();
            this.taken = 0;
            ready!(this.poll_more(context))?;
        }
        Poll::Ready(Ok(this.buffer.get(this.taken..).unwrap_or_default()))
    }

    fn consume(self: Pin<&mut Self>, count: usize) {
        let this = self.get_mut();
        this.taken = this.taken.saturating_add(count).min(this.buffer.len());
    }
}

impl<C: Connection> AsyncRead for Reader<C> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut available = ready!(self.as_mut().poll_fill_buf(context))?;
        let count = io::Read::read(&mut available, into)?;
        self.consume(count);
        Poll::Ready(Ok(count))
    }
}

impl<C: Connection> AsyncWrite for Writer<C> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.get_mut()
            .poll_write(context, bytes)
            .map_err(Into::into)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_idle(context).map_err(Into::into)
    }

    /// Tells the peer that nothing more comes. Reading goes on.
    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_close(context).map_err(Into::into)
    }
}

impl<C: Connection> AsyncBufRead for ByteStream<C> {
    fn poll_fill_buf(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        Pin::new(&mut self.get_mut().reader).poll_fill_buf(context)
    }

    fn consume(self: Pin<&mut Self>, count: usize) {
        Pin::new(&mut self.get_mut().reader).consume(count);
    }
}

impl<C: Connection> AsyncRead for ByteStream<C> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().reader).poll_read(context, into)
    }
}

impl<C: Connection> AsyncWrite for ByteStream<C> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        AsyncWrite::poll_write(Pin::new(&mut self.get_mut().writer), context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().writer).poll_flush(context)
    }

    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        AsyncWrite::poll_close(Pin::new(&mut self.get_mut().writer), context)
    }
}

impl<C> std::fmt::Debug for Reader<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reader")
    }
}

impl<C> std::fmt::Debug for Writer<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Writer")
    }
}
