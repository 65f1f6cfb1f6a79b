//! Carries bytes in both directions until both have ended, in the way of the native tool: the end of input ends nothing
//! unless -N or -q says so, and a listener is done when its peer is.

use std::cell::Cell;
use std::future::pending;
use std::io;
use std::pin::pin;

use futures::future::{Either, select};
use futures::{AsyncBufRead, AsyncBufReadExt, AsyncWrite, AsyncWriteExt};
use nethost_sdk::clock::{self, Mark};
use nethost_sdk::console::StandardStreams;
use nethost_sdk::stream::{ByteStream, Connection};
use nethost_sdk::{Error, Exit};

use crate::options::Options;
use crate::{fatal, telnet};

/// How one direction ended.
enum End {
    /// The other goes on.
    Direction,
    /// Everything is over: -q, -W.
    All,
}

/// When something was carried last, for -w.
struct Activity<'a> {
    options: &'a Options,
    last: Cell<Mark>,
}

impl Activity<'_> {
    fn note(&self) {
        if self.options.timeout.is_some() {
            self.last.set(clock::now());
        }
    }

    /// Returns when nothing was carried for as long as -w says.
    async fn is_over(&self) {
        let Some(timeout) = self.options.timeout else {
            return pending().await;
        };
        loop {
            let end = self.last.get().plus(timeout);
            if clock::now() >= end {
                return;
            }
            clock::wait_until(end).await;
        }
    }
}

/// Carries bytes between a connection and the standard streams.
pub(crate) async fn relay<C: Connection>(
    stream: &mut ByteStream<C>,
    standard: &mut StandardStreams,
    options: &Options,
) -> Result<(), Exit> {
    let (from_peer, to_peer) = stream.split();
    let (input, output) = standard.split();
    let activity = Activity {
        options,
        last: Cell::new(clock::now()),
    };
    // Both directions may write to the peer: answers of -t go there too.
    let to_peer = futures::lock::Mutex::new(to_peer);
    {
        let outward = async {
            let end = send(input, &to_peer, &activity).await;
            match options.quit {
                Some(delay) => {
                    clock::wait_for(delay).await;
                    End::All
                }
                None => end,
            }
        };
        let both = async {
            match select(
                pin!(outward),
                pin!(receive(from_peer, output, &to_peer, &activity)),
            )
            .await
            {
                Either::Left((End::All, _)) => Ok(()),
                Either::Left((End::Direction, inward)) => inward.await.map(drop),
                Either::Right((Ok(End::Direction), outward)) if !options.listen => {
                    outward.await;
                    Ok(())
                }
                Either::Right((end, _)) => end.map(drop),
            }
        };
        match select(pin!(both), pin!(activity.is_over())).await {
            Either::Left((result, _)) => result?,
            Either::Right(_) => {}
        }
    }
    // What was taken from the input is with the kernel before the connection closes. If the peer is gone, it is lost.
    let _ = to_peer.into_inner().flush().await;
    standard
        .flush()
        .await
        .map_err(|error| unwritten(error.into()))
}

type Outward<'a, W> = futures::lock::Mutex<&'a mut W>;

/// From standard input to the peer.
async fn send<W: AsyncWrite + Unpin>(
    mut input: impl AsyncBufRead + Unpin,
    to_peer: &Outward<'_, W>,
    activity: &Activity<'_>,
) -> End {
    let options = activity.options;
    let by_line = options.crlf || !options.interval.is_zero();
    let mut line = Vec::new();
    loop {
        if options.detached {
            break;
        }
        let count = match input.fill_buf().await {
            Ok([]) | Err(_) => break,
            Ok(bytes) => {
                activity.note();
                let sent = match by_line {
                    false => {
                        let sent = to_peer.lock().await.write_all(bytes).await;
                        (bytes.len(), sent)
                    }
                    true => {
                        let end = bytes.iter().position(|byte| *byte == b'\n');
                        let count = end.map_or(bytes.len(), |end| end + 1);
                        line.clear();
                        line.extend_from_slice(bytes.get(..count).unwrap_or_default());
                        if options.crlf && line.last() == Some(&b'\n') {
                            line.pop();
                            line.extend_from_slice(b"\r\n");
                        }
                        if !options.interval.is_zero() {
                            clock::wait_for(options.interval).await;
                        }
                        (count, to_peer.lock().await.write_all(&line).await)
                    }
                };
                match sent {
                    (count, Ok(())) => count,
                    // The peer is gone: nothing more is read for it.
                    (_, Err(_)) => return End::Direction,
                }
            }
        };
        input.consume_unpin(count);
    }
    let mut to_peer = to_peer.lock().await;
    let _ = match options.shutdown {
        true => to_peer.close().await,
        false => to_peer.flush().await,
    };
    End::Direction
}

/// From the peer to standard output.
async fn receive<W: AsyncWrite + Unpin>(
    mut from_peer: impl AsyncBufRead + Unpin,
    mut output: impl AsyncWrite + Unpin,
    to_peer: &Outward<'_, W>,
    activity: &Activity<'_>,
) -> Result<End, Exit> {
    let options = activity.options;
    let mut reads = 0;
    loop {
        let bytes = match from_peer.fill_buf().await {
            Ok([]) => break,
            Ok(bytes) => bytes,
            Err(error) => match Error::from(error) {
                denied @ Error::Denied(_) => return Err(fatal(denied)),
                // However the connection ended, it has ended.
                _ => break,
            },
        };
        activity.note();
        if options.telnet {
            let answers = telnet::answers(bytes);
            if !answers.is_empty() {
                let _ = to_peer.lock().await.write_all(&answers).await;
            }
        }
        let count = bytes.len();
        if let Err(error) = output.write_all(bytes).await {
            return match error.kind() {
                // Nobody reads any more; what is sent goes on.
                io::ErrorKind::BrokenPipe => Ok(End::Direction),
                _ => Err(unwritten(error.into())),
            };
        }
        from_peer.consume_unpin(count);
        reads += 1;
        if options.receive_limit.is_some_and(|limit| reads >= limit) {
            return Ok(End::All);
        }
    }
    match output.flush().await {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(unwritten(error.into())),
        _ => Ok(End::Direction),
    }
}

/// Standard output takes no more.
pub(crate) fn unwritten(error: Error) -> Exit {
    match error {
        Error::ConnectionBroken => Exit::silent(0),
        error => fatal(format_args!("write error: {error}")),
    }
}
