//! TCP probes without privilege: connection attempts by the kernel, each from a fresh port. A load
//! balancer may therefore send them different ways.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::time::Duration;

use futures::StreamExt;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures::future::LocalBoxFuture;
use nethost_sdk::Error;
use nethost_sdk::socket::SocketOptions;
use nethost_sdk::tcp::{Attempt, Connector, Outcome};
use std::rc::Rc;

use super::{Answers, SendError, Transport, convert};
use crate::probe::{Answer, Meaning, Probe, Stamp, TcpFlags};

type Attempting = LocalBoxFuture<'static, Result<Vec<Answer>, Error>>;

/// Attempts under way at most.
const SIMULTANEOUS: usize = 1024;

/// A connector and what it is asked to try.
#[derive(Debug)]
pub(crate) struct TcpConnectTransport {
    connector: Rc<Connector>,
    remote: SocketAddr,
    timeout: Duration,
    ask: UnboundedSender<AttemptBox>,
    asked: RefCell<Option<UnboundedReceiver<AttemptBox>>>,
}

struct AttemptBox(Attempting);

impl std::fmt::Debug for AttemptBox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AttemptBox")
    }
}

impl TcpConnectTransport {
    pub(crate) fn open(
        remote: SocketAddr,
        timeout: Duration,
        options: &SocketOptions,
    ) -> Result<Self, Error> {
        let connector = Rc::new(Connector::open(remote, options)?);
        let (ask, asked) = unbounded();
        Ok(Self {
            connector,
            remote,
            timeout,
            ask,
            asked: RefCell::new(Some(asked)),
        })
    }
}

impl Transport for TcpConnectTransport {
    fn send(&self, probe: &Probe) -> Result<Option<Stamp>, SendError> {
        let (id, hop) = (probe.id, probe.hop);
        let (connector, timeout, remote) = (self.connector.clone(), self.timeout, self.remote);
        let attempt = async move {
            match connector.attempt(Some(hop), timeout).await {
                Ok(attempt) => Ok(answer(&attempt, id, remote).into_iter().collect()),
                // A route or neighbour that fails is an answer that never comes.
                Err(Error::RemoteUnreachable) => Ok(Vec::new()),
                Err(error) => Err(error),
            }
        };
        match self.ask.unbounded_send(AttemptBox(Box::pin(attempt))) {
            Ok(()) => Ok(None),
            Err(_) => Err(SendError::Fatal(Error::InvalidState)),
        }
    }

    fn answers(&self) -> Answers<'_> {
        match self.asked.borrow_mut().take() {
            Some(asked) => asked
                .map(|attempt| attempt.0)
                .buffer_unordered(SIMULTANEOUS)
                .boxed_local(),
            None => futures::stream::pending().boxed_local(),
        }
    }

    /// Each attempt is its own socket and call, so its outcome arrives late.
    fn slack(&self) -> u64 {
        20_000_000
    }

    fn local(&self) -> Result<SocketAddr, Error> {
        Err(Error::NotSupported)
    }
}

fn answer(attempt: &Attempt, id: u16, remote: SocketAddr) -> Option<Answer> {
    let reached = |flags| Answer {
        id: Some(id),
        from: Some(remote.ip()),
        sent: None,
        received: attempt.ended().as_nanos(),
        meaning: Meaning::Reached(Some(flags)),
        hop_limit: None,
        extensions: Vec::new(),
    };
    let answer = match attempt.outcome() {
        Outcome::Established => reached(TcpFlags::SynAck),
        Outcome::Refused => reached(TcpFlags::Reset),
        Outcome::Failed(error) => convert::answer(&error, Some(id))?,
        Outcome::Unanswered => return None,
    };
    Some(Answer {
        sent: Some(attempt.sent().as_nanos()),
        ..answer
    })
}
