//! Packets of an IP protocol that has no ports: a raw socket for each host, because the kernel tells the errors about
//! packets only to a socket that is connected to their remote.

use std::net::IpAddr;
use std::time::Duration;

use nethost_sdk::raw_ip::{RawOptions, Socket};
use nethost_sdk::socket::{Batch, Received, Remote, SocketOptions};
use nethost_sdk::{Error, Timestamp};

/// The sockets of one protocol.
#[derive(Debug)]
pub(super) struct RawSockets {
    /// Ascending.
    sockets: Vec<(IpAddr, Socket)>,
    /// Packets that are not sent yet.
    queue: Vec<(IpAddr, Vec<u8>)>,
}

impl RawSockets {
    /// Opens them. Returns the hosts that were refused, and why, beside them.
    pub(super) fn open(
        hosts: &[IpAddr],
        number: u8,
        options: &SocketOptions,
    ) -> Result<(Self, Vec<(IpAddr, Error)>), Error> {
        let options = RawOptions {
            protocol: number,
            header_included: false,
            receive: true,
            socket: options.clone(),
        };
        let (mut sockets, mut refused) = (Vec::new(), Vec::new());
        for host in hosts {
            match Socket::open(*host, &options) {
                Ok(socket) => sockets.push((*host, socket)),
                Err(
                    error @ (Error::Denied(_)
                    | Error::RemoteUnreachable
                    | Error::NetworkUnreachable),
                ) => {
                    refused.push((*host, error));
                }
                Err(error) => return Err(error),
            }
        }
        sockets.sort_unstable_by_key(|(host, _)| *host);
        let queue = Vec::new();
        Ok((Self { sockets, queue }, refused))
    }

    fn of(&self, host: IpAddr) -> Option<&Socket> {
        let at = self.sockets.binary_search_by_key(&host, |(host, _)| *host);
        Some(&self.sockets.get(at.ok()?)?.1)
    }

    /// Adds a packet. Returns false if the host was refused.
    pub(super) fn push(&mut self, host: IpAddr, packet: Vec<u8>) -> bool {
        let is_known = self.of(host).is_some();
        if is_known {
            self.queue.push((host, packet));
        }
        is_known
    }

    /// Sends what was added, from the first on, and returns the times of what left.
    pub(super) fn send(&mut self) -> Result<Vec<Timestamp>, Error> {
        let mut stamps = Vec::new();
        let mut failed = None;
        for (host, packet) in &self.queue {
            let mut batch = Batch::new();
            batch.push(Remote::FIRST, packet);
            let sent = match self.of(*host) {
                Some(socket) => socket.send(&batch),
                None => Err(Error::RemoteUnreachable),
            };
            match sent {
                Ok(sent) => stamps.extend(sent),
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
        }
        match failed {
            Some(error) if stamps.is_empty() => Err(error),
            _ => {
                self.queue.drain(..stamps.len());
                Ok(stamps)
            }
        }
    }

    /// Forgets the first packet, which could not be sent.
    pub(super) fn give_up(&mut self) {
        if !self.queue.is_empty() {
            self.queue.remove(0);
        }
    }

    pub(super) fn clear(&mut self) {
        self.queue.clear();
    }

    /// What is there, without waiting.
    pub(super) async fn receive(&self, most: u32) -> Result<Vec<Received>, Error> {
        let mut all = Vec::new();
        for (_, socket) in &self.sockets {
            let received = socket.receive(most, Duration::ZERO).await?;
            if !received.is_empty() {
                all.push(received);
            }
        }
        Ok(all)
    }
}
