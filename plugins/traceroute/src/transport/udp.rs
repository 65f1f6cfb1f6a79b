//! UDP probes. A flow is one socket: source and destination port never change, and the probe's number
//! is in the payload, which routers quote.

use std::net::SocketAddr;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::{self, select_all};
use nethost_sdk::socket::{Batch, Received, Remote, SocketOptions};
use nethost_sdk::{Error, udp};

use super::{Answers, BATCH, SendError, Transport, convert, payload, send_once_more};
use crate::probe::{Answer, Meaning, Probe, Stamp};

/// One socket for each flow.
#[derive(Debug)]
pub(crate) struct UdpTransport {
    flows: Vec<udp::Socket>,
    fill: Option<u8>,
}

impl UdpTransport {
    /// Whether payloads of this length carry the probe's number.
    pub(crate) const fn numbers(payload: usize) -> bool {
        payload >= payload::NUMBERED
    }

    pub(crate) fn open(
        remote: SocketAddr,
        flows: u16,
        options: &SocketOptions,
    ) -> Result<Self, Error> {
        let mut sockets = Vec::new();
        for flow in 0..flows {
            let mut options = options.clone();
            if let Some(source) = &mut options.source
                && source.port() != 0
            {
                source.set_port(source.port().wrapping_add(flow));
            }
            sockets.push(udp::Socket::open(remote, &options)?);
        }
        Ok(Self {
            flows: sockets,
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

    fn flow(&self, flow: u16) -> Result<&udp::Socket, SendError> {
        let socket = self.flows.get(usize::from(flow));
        socket.ok_or_else(|| SendError::Fatal(Error::InvalidArgument("flow".into())))
    }
}

fn push(batch: &mut Batch, probe: &Probe, fill: Option<u8>) {
    batch.push_with(Remote::FIRST, Some(probe.hop), |bytes| {
        payload::write(bytes, &payload::udp_words(probe.id), probe.payload, fill);
    });
}

impl Transport for UdpTransport {
    fn send(&self, probe: &Probe) -> Result<Option<Stamp>, SendError> {
        let socket = self.flow(probe.flow)?;
        let mut batch = Batch::new();
        push(&mut batch, probe, self.fill);
        send_once_more(|| Ok(socket.send(&batch)?.first().map(|stamp| stamp.as_nanos())))
    }

    /// Those of one flow in one call: an answer to the first must not have waited long when the last has left.
    fn send_all(&self, probes: &[Probe]) -> Vec<Result<Option<Stamp>, SendError>> {
        let mut sent = Vec::with_capacity(probes.len());
        while let Some((first, rest)) = probes.get(sent.len()..).and_then(<[_]>::split_first) {
            let same = rest.iter().take_while(|probe| probe.flow == first.flow);
            let mut batch = Batch::new();
            push(&mut batch, first, self.fill);
            same.for_each(|probe| push(&mut batch, probe, self.fill));
            let stamps = self.flow(first.flow).ok().map(|socket| socket.send(&batch));
            match stamps {
                Some(Ok(stamps)) if !stamps.is_empty() => {
                    sent.extend(stamps.iter().map(|stamp| Ok(Some(stamp.as_nanos()))));
                }
                // Why, and what becomes of it, is for one probe to find out.
                _ => sent.push(self.send(first)),
            }
            if sent.last().is_some_and(Result::is_err) {
                break;
            }
        }
        sent
    }

    fn answers(&self) -> Answers<'_> {
        let flows = self.flows.iter().map(|socket| {
            stream::unfold(socket, |socket| async move {
                let received = socket.receive(BATCH, Duration::from_secs(3600)).await;
                Some((received.map(|received| answers(&received)), socket))
            })
            .boxed_local()
        });
        select_all(flows).boxed_local()
    }

    fn local(&self) -> Result<SocketAddr, Error> {
        self.flows
            .first()
            .ok_or(Error::InvalidState)?
            .local_endpoint()
    }
}

fn answers(received: &Received) -> Vec<Answer> {
    let errors = received
        .errors()
        .filter_map(|error| convert::answer(&error, payload::number(error.quoted)));
    // A service answered: only the destination does. Whose answer it is shows when it echoes the probe.
    let datagrams = received.datagrams().map(|datagram| Answer {
        id: payload::number(datagram.payload),
        from: Some(datagram.source.ip()),
        sent: None,
        received: datagram.timestamp.as_nanos(),
        meaning: Meaning::Reached(None),
        hop_limit: datagram.hop_limit,
        extensions: Vec::new(),
    });
    errors.chain(datagrams).collect()
}
