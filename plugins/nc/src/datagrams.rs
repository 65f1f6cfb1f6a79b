//! Carries datagrams: what is read of the input at once is one, and each that comes is written as it is.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use futures::{AsyncBufReadExt, AsyncWriteExt};
use nethost_sdk::console::StandardStreams;
use nethost_sdk::socket::{Batch, Remote};
use nethost_sdk::udp::{BoundSocket, Socket};
use nethost_sdk::unix::MessageSocket;
use nethost_sdk::{Error, Exit, clock};

use crate::fatal;
use crate::options::Options;
use crate::relay::unwritten;

/// The native tool reads no more of its input at once.
const LONGEST: usize = 16_384;
/// The longest wait of one call.
const LONG: Duration = Duration::from_secs(3600);

/// A socket for datagrams with one remote.
pub(crate) trait Datagrams {
    /// Sends one.
    fn send(&self, bytes: &[u8]) -> impl Future<Output = Result<(), Error>>;
    /// The next ones that come within this time.
    fn receive(&self, timeout: Duration) -> impl Future<Output = Result<Vec<Vec<u8>>, Error>>;
}

impl Datagrams for Socket {
    async fn send(&self, bytes: &[u8]) -> Result<(), Error> {
        let mut batch = Batch::new();
        batch.push(Remote::FIRST, bytes);
        loop {
            match Socket::send(self, &batch) {
                Ok(_) => return Ok(()),
                // A full queue.
                Err(Error::OutOfMemory) => clock::wait_for(Duration::from_millis(1)).await,
                Err(error) => return Err(error),
            }
        }
    }

    async fn receive(&self, timeout: Duration) -> Result<Vec<Vec<u8>>, Error> {
        let received = Socket::receive(self, 64, timeout).await?;
        let datagrams: Vec<_> = received
            .datagrams()
            .map(|datagram| datagram.payload.to_vec())
            .collect();
        match received.errors().next() {
            Some(error) if datagrams.is_empty() => Err(error.code),
            _ => Ok(datagrams),
        }
    }
}

impl Datagrams for BoundSocket {
    async fn send(&self, bytes: &[u8]) -> Result<(), Error> {
        BoundSocket::send(self, bytes).await
    }

    async fn receive(&self, timeout: Duration) -> Result<Vec<Vec<u8>>, Error> {
        let received = BoundSocket::receive(self, timeout).await?;
        Ok(received.map(|(bytes, _)| bytes).into_iter().collect())
    }
}

impl Datagrams for MessageSocket {
    async fn send(&self, bytes: &[u8]) -> Result<(), Error> {
        MessageSocket::send(self, bytes).await
    }

    async fn receive(&self, timeout: Duration) -> Result<Vec<Vec<u8>>, Error> {
        let received = MessageSocket::receive(self, LONGEST as u32 * 4, timeout).await?;
        Ok(received.map(|message| message.bytes).into_iter().collect())
    }
}

/// Carries datagrams in both directions. `first` has come already.
pub(crate) async fn relay(
    socket: &impl Datagrams,
    first: Option<Vec<u8>>,
    standard: &mut StandardStreams,
    options: &Options,
) -> Result<(), Exit> {
    let (input, output) = standard.split();
    let outward = async {
        if options.detached {
            return Ok(());
        }
        loop {
            let count = match input.fill_buf().await {
                Ok([]) | Err(_) => break,
                Ok(bytes) => {
                    let mut count = bytes.len().min(LONGEST);
                    if options.crlf || !options.interval.is_zero() {
                        let end = bytes.iter().take(count).position(|byte| *byte == b'\n');
                        count = end.map_or(count, |end| end + 1);
                        clock::wait_for(options.interval).await;
                    }
                    let piece = bytes.get(..count).unwrap_or_default();
                    let sent = match (options.crlf, piece) {
                        (true, [line @ .., b'\n']) => socket.send(&[line, b"\r\n"].concat()).await,
                        _ => socket.send(piece).await,
                    };
                    match sent {
                        Ok(()) => count,
                        Err(denied @ Error::Denied(_)) => return Err(fatal(denied)),
                        Err(_) => return Ok(()),
                    }
                }
            };
            input.consume_unpin(count);
        }
        if let Some(delay) = options.quit {
            clock::wait_for(delay).await;
            return Err(Exit::silent(0));
        }
        Ok(())
    };
    let inward = async {
        let mut count = 0;
        let mut came: Vec<Vec<u8>> = first.into_iter().collect();
        loop {
            for datagram in &came {
                output
                    .write_all(datagram)
                    .await
                    .map_err(|error| unwritten(error.into()))?;
                count += 1;
                if options.receive_limit.is_some_and(|limit| count >= limit) {
                    output
                        .flush()
                        .await
                        .map_err(|error| unwritten(error.into()))?;
                    return Err(Exit::silent(0));
                }
            }
            came = match socket.receive(options.timeout.unwrap_or(LONG)).await {
                Ok(came) if came.is_empty() && options.timeout.is_some() => {
                    return Err(Exit::silent(0));
                }
                Ok(came) => came,
                Err(denied @ Error::Denied(_)) => return Err(fatal(denied)),
                Err(_) => return Ok(()),
            };
        }
    };
    let result = match select(pin!(outward), pin!(inward)).await {
        Either::Left((Ok(()), inward)) => inward.await,
        Either::Right((Ok(()), outward)) if !options.listen => outward.await,
        Either::Left((end, _)) | Either::Right((end, _)) => end,
    };
    match result {
        // The end of everything, with nothing to say.
        Err(Exit { code: 0, .. }) => {}
        result => result?,
    }
    standard
        .flush()
        .await
        .map_err(|error| unwritten(error.into()))
}
