//! TCP SYN probes as raw packets: one source port for a flow, the probe's number in the sequence
//! number. The kernel, which knows of no such connection, resets it when the destination accepts.

use std::net::SocketAddr;
use std::time::Duration;

use futures::StreamExt;
use futures::stream;
use nethost_sdk::raw_ip::{RawOptions, Socket};
use nethost_sdk::socket::{Batch, Received, Remote, SocketOptions};
use nethost_sdk::wire::{IpNumber, ipv4, tcp};
use nethost_sdk::{Error, clock};

use super::tcp_header::{parse_reply, syn};
use super::{Answers, BATCH, SendError, Transport, convert, send_once_more};
use crate::probe::{Answer, Meaning, Probe, Stamp};

/// One raw socket of protocol 6.
#[derive(Debug)]
pub(crate) struct TcpRawTransport {
    socket: Socket,
    local: SocketAddr,
    remote: SocketAddr,
    /// Lower half of every sequence number, so that answers to others are not taken for ours.
    salt: u16,
}

impl TcpRawTransport {
    pub(crate) fn open(remote: SocketAddr, options: &SocketOptions) -> Result<Self, Error> {
        let chosen = options.source.map_or(0, |source| source.port());
        let mut socket_options = options.clone();
        if let Some(source) = &mut socket_options.source {
            source.set_port(0);
        }
        let raw = RawOptions {
            protocol: IpNumber::TCP.0,
            header_included: false,
            receive: true,
            socket: socket_options,
        };
        let mut to = remote;
        to.set_port(0);
        let socket = Socket::open_at(to, &raw)?;
        let mut local = socket.local_endpoint()?;
        let noise = clock::now().since(clock::Mark::from_nanos(0)).as_nanos();
        // An ephemeral port as the kernel would choose it (ip_local_port_range).
        let ephemeral = 32_768 + (noise / 1000 % 28_000) as u16;
        local.set_port(if chosen == 0 { ephemeral } else { chosen });
        Ok(Self {
            socket,
            local,
            remote,
            salt: (noise >> 4) as u16,
        })
    }

    fn sequence(&self, id: u16) -> u32 {
        u32::from(id) << 16 | u32::from(self.salt)
    }

    fn number(&self, sequence: u32) -> Option<u16> {
        (sequence as u16 == self.salt).then_some((sequence >> 16) as u16)
    }

    fn read(&self, received: &Received) -> Vec<Answer> {
        let errors = received.errors().filter_map(|error| {
            let id = match tcp::quoted(error.quoted) {
                Some(quoted) => Some(self.number(quoted.sequence_number)?),
                None => None,
            };
            convert::answer(&error, id)
        });
        let replies = received.datagrams().filter_map(|datagram| {
            let segment = if self.remote.is_ipv4() {
                ipv4::payload(datagram.payload)?
            } else {
                datagram.payload
            };
            let reply = parse_reply(segment, self.remote.port())?;
            Some(Answer {
                id: Some(self.number(reply.sequence)?),
                from: Some(datagram.source.ip()),
                sent: None,
                received: datagram.timestamp.as_nanos(),
                meaning: Meaning::Reached(Some(reply.flags)),
                hop_limit: datagram.hop_limit,
                extensions: Vec::new(),
            })
        });
        errors.chain(replies).collect()
    }
}

impl Transport for TcpRawTransport {
    fn send(&self, probe: &Probe) -> Result<Option<Stamp>, SendError> {
        let mut local = self.local;
        local.set_port(local.port().wrapping_add(probe.flow));
        let segment = syn(local, self.remote, self.sequence(probe.id))
            .ok_or_else(|| SendError::Fatal(Error::InvalidArgument("source".into())))?;
        let mut batch = Batch::new();
        batch.push_with(Remote::FIRST, Some(probe.hop), |bytes| {
            bytes.extend_from_slice(&segment);
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
        stream::unfold(self, |transport| async move {
            let received = transport
                .socket
                .receive(BATCH, Duration::from_secs(3600))
                .await;
            Some((
                received.map(|received| transport.read(&received)),
                transport,
            ))
        })
        .boxed_local()
    }

    fn local(&self) -> Result<SocketAddr, Error> {
        Ok(self.local)
    }
}
