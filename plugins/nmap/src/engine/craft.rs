//! Packets whose IP header is ours: from decoys and other foreign addresses, and in fragments. Such a header takes the
//! option `own-header` of `raw.send`, and a foreign source takes `raw.spoof`: nobody has these by default.

use std::net::{IpAddr, SocketAddr};

use nethost_sdk::raw_ip::{RawOptions, Socket};
use nethost_sdk::socket::{Batch, Remote, SocketOptions};
use nethost_sdk::{Error, Timestamp};

use crate::packet::folded_sum;
use crate::random::Random;

/// How packets differ from those that the kernel would send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Craft {
    /// From whom, in this order; none for the address of this machine.
    pub(crate) sources: Vec<Option<IpAddr>>,
    /// The most octets behind an IP header.
    pub(crate) fragment: Option<usize>,
    pub(crate) hop_limit: u8,
}

/// More fragments follow.
const MORE: u16 = 0x2000;

/// A socket for such packets, and those that are not sent yet.
#[derive(Debug)]
pub(super) struct Crafted {
    craft: Craft,
    socket: Socket,
    remotes: Vec<(IpAddr, Remote)>,
    batch: Batch,
    /// Whether a packet is the last one of its probe.
    last: Vec<bool>,
    number: u8,
    random: Random,
}

impl Crafted {
    /// Opens a socket for packets to these hosts. Returns the hosts that were refused, and why, beside it.
    pub(super) fn open(
        hosts: &[IpAddr],
        number: u8,
        craft: &Craft,
        options: &SocketOptions,
    ) -> Result<(Self, Vec<(IpAddr, Error)>), Error> {
        let options = RawOptions {
            protocol: number,
            header_included: true,
            receive: false,
            socket: SocketOptions {
                // The header has them.
                hop_limit: None,
                source: None,
                ..options.clone()
            },
        };
        let mut opened: Option<(Socket, Vec<(IpAddr, Remote)>)> = None;
        let mut refused = Vec::new();
        for host in hosts {
            let added = match &mut opened {
                None => Socket::open(*host, &options).map(|socket| {
                    opened = Some((socket, vec![(*host, Remote::FIRST)]));
                }),
                Some((socket, remotes)) => socket
                    .add_remote(SocketAddr::new(*host, 0))
                    .map(|remote| remotes.push((*host, remote))),
            };
            match added {
                Ok(()) => {}
                Err(error @ Error::Denied(_)) => refused.push((*host, error)),
                Err(error) => return Err(error),
            }
        }
        let Some((socket, mut remotes)) = opened else {
            let first = refused.pop().map(|(_, error)| error);
            return Err(first.unwrap_or(Error::RemoteUnreachable));
        };
        remotes.sort_unstable();
        let crafted = Self {
            craft: craft.clone(),
            socket,
            remotes,
            batch: Batch::new(),
            last: Vec::new(),
            number,
            random: Random::new(),
        };
        Ok((crafted, refused))
    }

    /// The sources of a probe, in the order in which its packets leave.
    pub(super) fn sources(&self, own: IpAddr) -> Vec<IpAddr> {
        let sources = self.craft.sources.iter();
        sources.map(|source| source.unwrap_or(own)).collect()
    }

    /// Adds the packets of a probe. Returns false if the host was refused.
    pub(super) fn push(
        &mut self,
        host: IpAddr,
        own: IpAddr,
        build: impl Fn(IpAddr, &mut Vec<u8>),
    ) -> bool {
        let found = self.remotes.binary_search_by_key(&host, |(host, _)| *host);
        let Some((_, remote)) = found.ok().and_then(|at| self.remotes.get(at)) else {
            return false;
        };
        let remote = *remote;
        let before = self.last.len();
        for from in self.sources(own) {
            let mut transport = Vec::new();
            build(from, &mut transport);
            // The same in all fragments of a packet, and never 0, for which the kernel would choose one for each.
            let identification = self.random.next() as u16 | 1;
            let header = |length: usize, fragment: u16| {
                ip_header(
                    from,
                    host,
                    self.number,
                    self.craft.hop_limit,
                    length,
                    identification,
                    fragment,
                )
            };
            let size = self.craft.fragment.unwrap_or(usize::MAX).max(8);
            let count = transport.len().div_ceil(size).max(1);
            let mut parts = transport.chunks(size);
            for at in 0..count {
                let part = parts.next().unwrap_or_default();
                let more = if at + 1 < count { MORE } else { 0 };
                let fragment = (at.saturating_mul(size) / 8) as u16 | more;
                let fragment = if count == 1 { 0 } else { fragment };
                self.batch.push_with(remote, None, |bytes| {
                    bytes.extend(header(part.len(), fragment));
                    bytes.extend_from_slice(part);
                });
                self.last.push(false);
            }
        }
        let added = self.last.get_mut(before..).unwrap_or_default();
        added.last_mut().map(|last| *last = true).is_some()
    }

    /// Sends what was added, from the first packet on. Returns the times of the probes that left whole.
    pub(super) fn send(&mut self) -> Result<Vec<Timestamp>, Error> {
        let stamps = self.socket.send(&self.batch)?;
        let whole = self.last.iter().zip(&stamps).filter(|(last, _)| **last);
        let whole: Vec<Timestamp> = whole.map(|(_, stamp)| *stamp).collect();
        self.discard(stamps.len());
        Ok(whole)
    }

    fn discard(&mut self, packets: usize) {
        self.batch.discard(packets);
        self.last.drain(..packets.min(self.last.len()));
        if self.batch.is_empty() {
            self.batch.clear();
        }
    }

    /// Forgets the first probe, of which a packet could not be sent.
    pub(super) fn give_up(&mut self) {
        let first = self.last.iter().position(|last| *last);
        self.discard(first.map_or(self.last.len(), |at| at + 1));
    }

    pub(super) fn clear(&mut self) {
        self.discard(self.last.len());
    }
}

/// The header of a packet with so many octets behind it.
fn ip_header(
    from: IpAddr,
    to: IpAddr,
    protocol: u8,
    hop_limit: u8,
    length: usize,
    identification: u16,
    fragment: u16,
) -> Vec<u8> {
    match (from, to) {
        (IpAddr::V6(from), IpAddr::V6(to)) => {
            let mut header = vec![0x60, 0, 0, 0];
            header.extend((length as u16).to_be_bytes());
            header.extend([protocol, hop_limit]);
            header.extend(from.octets());
            header.extend(to.octets());
            header
        }
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            let mut header = vec![0x45, 0];
            header.extend((20 + length as u16).to_be_bytes());
            header.extend(identification.to_be_bytes());
            header.extend(fragment.to_be_bytes());
            header.extend([hop_limit, protocol, 0, 0]);
            header.extend(from.octets());
            header.extend(to.octets());
            let sum = !folded_sum(&header);
            if let Some(place) = header.get_mut(10..12) {
                place.copy_from_slice(&sum.to_be_bytes());
            }
            header
        }
        // Decoys of the other family are refused before.
        _ => Vec::new(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_right() {
        let (from, to) = ("192.0.2.9".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let header = ip_header(from, to, 6, 64, 8, 0x1235, MORE | 1);
        assert_eq!(header.len(), 20);
        assert_eq!(folded_sum(&header), 0xffff);
        assert_eq!(&header[2..8], [0, 28, 0x12, 0x35, 0x20, 1]);
        let (from, to) = (
            "2001:db8::9".parse().unwrap(),
            "2001:db8::2".parse().unwrap(),
        );
        let header = ip_header(from, to, 17, 9, 300, 7, 0);
        assert_eq!(header.len(), 40);
        assert_eq!(&header[4..8], [1, 44, 17, 9]);
    }
}
