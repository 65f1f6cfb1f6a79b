//! Sends one query to one server (RFC 3912): a line, and the response until the server closes the connection.

use std::future::Future;
use std::net::IpAddr;
use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use futures::{AsyncBufReadExt, AsyncWriteExt};
use nethost_sdk::clock::{self, Mark};
use nethost_sdk::socket::SocketOptions;
use nethost_sdk::tcp::TcpStream;
use nethost_sdk::{Error, resolver};

/// The timeout of a connection, after which the next address is tried.
const PATIENCE_TO_CONNECT: Duration = Duration::from_secs(10);
/// The maximum length of a response.
pub(crate) const LONGEST: usize = 8 << 20;

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    Name(Error),
    Connect(Error),
    Talk(Error),
    Timeout,
}

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Closed,
    /// It was longer than the limit and was cut.
    TooLong,
    /// It was not complete at the timeout.
    TooLate,
}

/// An answer, as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) from: IpAddr,
    pub(crate) bytes: Vec<u8>,
    pub(crate) end: End,
}

/// Sends a query. `patience` is the total time from the first step to the last byte.
pub(crate) async fn ask(
    host: &str,
    port: u16,
    query: &str,
    patience: Duration,
) -> Result<Answer, Failure> {
    let deadline = clock::now().plus(patience);
    let connecting = async {
        let mut stream = connect(host, port, patience).await?;
        let sending = async {
            stream.write_all(format!("{query}\r\n").as_bytes()).await?;
            stream.flush().await
        };
        sending
            .await
            .map_err(|error: std::io::Error| Failure::Talk(error.into()))?;
        Ok(stream)
    };
    let mut stream = within(deadline, connecting)
        .await
        .ok_or(Failure::Timeout)??;
    let mut bytes = Vec::new();
    let end = loop {
        let chunk = match within(deadline, stream.fill_buf()).await {
            Some(Ok(chunk)) => chunk,
            // Some servers reset the connection instead of closing it. The received bytes are their answer.
            Some(Err(_)) if !bytes.is_empty() => break End::Closed,
            Some(Err(error)) => return Err(Failure::Talk(error.into())),
            None if !bytes.is_empty() => break End::TooLate,
            None => return Err(Failure::Timeout),
        };
        let count = chunk.len();
        if count == 0 {
            break End::Closed;
        }
        let room = LONGEST - bytes.len();
        bytes.extend_from_slice(chunk.get(..count.min(room)).unwrap_or_default());
        stream.consume_unpin(count);
        if count > room {
            break End::TooLong;
        }
    };
    Ok(Answer {
        from: stream.remote_endpoint().ip(),
        bytes,
        end,
    })
}

/// The result of a step, unless it takes too long.
async fn within<T>(deadline: Mark, step: impl Future<Output = T>) -> Option<T> {
    match select(pin!(step), pin!(clock::wait_until(deadline))).await {
        Either::Left((outcome, _)) => Some(outcome),
        Either::Right(_) => None,
    }
}

/// The first of the server's addresses that answers.
async fn connect(host: &str, port: u16, patience: Duration) -> Result<TcpStream, Failure> {
    let addresses = match host.parse() {
        Ok(address) => vec![address],
        Err(_) => resolver::addresses(host, None, patience)
            .await
            .map_err(Failure::Name)?,
    };
    let mut last = Error::NameUnresolvable;
    for address in addresses {
        let remote = (address, port).into();
        match TcpStream::connect(remote, &SocketOptions::default(), PATIENCE_TO_CONNECT).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(Failure::Connect(last))
}
