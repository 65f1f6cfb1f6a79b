//! ICMP echo probes. The identifier never changes and the payload balances the sequence number, so the
//! checksum does not change either; another flow is another checksum.

use std::net::SocketAddr;
use std::time::Duration;

use futures::StreamExt;
use futures::stream;
use nethost_sdk::Error;
use nethost_sdk::icmp::{EchoBatch, EchoSocket, Echoes};
use nethost_sdk::socket::{Remote, SocketOptions};

use super::{Answers, BATCH, SendError, Transport, convert, payload, send_once_more};
use crate::probe::{Answer, Meaning, Probe, Stamp};

/// One echo socket.
#[derive(Debug)]
pub(crate) struct IcmpTransport {
    socket: EchoSocket,
    fill: Option<u8>,
}

impl IcmpTransport {
    pub(crate) fn open(remote: SocketAddr, options: &SocketOptions) -> Result<Self, Error> {
        Ok(Self {
            socket: EchoSocket::open_at(remote, options)?,
            fill: None,
        })
    }

    /// Probes are filled with this octet.
    pub(crate) fn filled(self, octet: u8) -> Self {
        Self {
            fill: Some(octet),
            ..self
        }
    }
}

impl Transport for IcmpTransport {
    fn send(&self, probe: &Probe) -> Result<Option<Stamp>, SendError> {
        let mut batch = EchoBatch::new();
        batch.push_with(Remote::FIRST, probe.id, Some(probe.hop), |bytes| {
            payload::write(
                bytes,
                &payload::echo_words(probe.id, probe.flow),
                probe.payload,
                self.fill,
            );
        });
        send_once_more(|| {
            Ok(self
                .socket
                .send(&batch)?
                .first()
                .map(|stamp| stamp.as_nanos()))
        })
    }

    fn answers(&self) -> Answers<'_> {
        stream::unfold(&self.socket, |socket| async move {
            let received = socket.receive(BATCH, Duration::from_secs(3600)).await;
            Some((received.map(|received| answers(&received)), socket))
        })
        .boxed_local()
    }

    fn local(&self) -> Result<SocketAddr, Error> {
        self.socket.local_endpoint()
    }
}

fn answers(received: &Echoes) -> Vec<Answer> {
    let errors = received
        .errors()
        .filter_map(|echo| convert::answer(&echo.error, echo.sequence));
    let replies = received.replies().map(|reply| Answer {
        id: Some(reply.sequence),
        from: Some(reply.source.ip()),
        sent: None,
        received: reply.timestamp.as_nanos(),
        meaning: Meaning::Reached(None),
        hop_limit: reply.hop_limit,
        extensions: Vec::new(),
    });
    errors.chain(replies).collect()
}
