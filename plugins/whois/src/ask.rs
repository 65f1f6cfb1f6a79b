//! One question to one server (RFC 3912): a line there, and what comes back until it closes.

use std::net::IpAddr;
use std::time::Duration;

use futures::future::{Either, select};
use futures::{AsyncBufReadExt, AsyncWriteExt};
use nethost_sdk::socket::SocketOptions;
use nethost_sdk::tcp::TcpStream;
use nethost_sdk::{Error, clock, resolver};

/// How long a server may take, as the native tool has it.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a connection may take before the next address is tried.
const PATIENCE_TO_CONNECT: Duration = Duration::from_secs(10);
/// No registry says more about one object.
pub(crate) const LONGEST: usize = 8 << 20;

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    Name(Error),
    Connect(Error),
    Talk(Error),
    Timeout,
}

/// An answer, as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) from: IpAddr,
    pub(crate) bytes: Vec<u8>,
    /// It went on, and was not listened to.
    pub(crate) cut_off: bool,
}

/// Asks.
pub(crate) async fn ask(host: &str, port: u16, query: &str) -> Result<Answer, Failure> {
    let asking = std::pin::pin!(exchange(host, port, query));
    match select(asking, std::pin::pin!(clock::wait_for(PATIENCE))).await {
        Either::Left((result, _)) => result,
        Either::Right(_) => Err(Failure::Timeout),
    }
}

async fn exchange(host: &str, port: u16, query: &str) -> Result<Answer, Failure> {
    let mut stream = connect(host, port).await?;
    let mut bytes = Vec::new();
    let mut cut_off = false;
    let talk = async {
        stream.write_all(format!("{query}\r\n").as_bytes()).await?;
        stream.flush().await?;
        loop {
            let chunk = stream.fill_buf().await?;
            let count = chunk.len();
            if count == 0 {
                return Ok(());
            }
            let room = LONGEST - bytes.len();
            bytes.extend_from_slice(chunk.get(..count.min(room)).unwrap_or_default());
            stream.consume_unpin(count);
            if count > room {
                cut_off = true;
                return Ok(());
            }
        }
    };
    let talked: std::io::Result<()> = talk.await;
    match talked {
        // Some servers reset instead of closing; what they said before is their answer.
        Err(_) if !bytes.is_empty() => {}
        other => other.map_err(|error| Failure::Talk(error.into()))?,
    }
    Ok(Answer {
        from: stream.remote_endpoint().ip(),
        bytes,
        cut_off,
    })
}

/// The first of the server's addresses that answers.
async fn connect(host: &str, port: u16) -> Result<TcpStream, Failure> {
    let addresses = match host.parse() {
        Ok(address) => vec![address],
        Err(_) => resolver::addresses(host, None, PATIENCE)
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
