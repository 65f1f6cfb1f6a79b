//! IP packets of any protocol. Requests at the gate: `raw.send`, and `raw.receive` when receiving.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::address::{endpoint_from_wit, endpoint_to_wit};
use crate::bindings::nethost::cap::raw_ip;
use crate::socket::{Batch, Received, Remote, SocketOptions, stamps, timeout_to_wit};
use crate::{Error, Timestamp};

/// The options of a raw socket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawOptions {
    /// IP protocol number, such as 6 for TCP.
    pub protocol: u8,
    /// Sent packets begin with their IP header (IP_HDRINCL).
    pub header_included: bool,
    /// Packets of this protocol from the remotes are received, too.
    pub receive: bool,
    /// The rest.
    pub socket: SocketOptions,
}

/// Sends packets to its remotes and receives packets of one protocol from them.
#[derive(Debug)]
pub struct Socket(raw_ip::Socket);

impl Socket {
    /// Opens a socket whose [`Remote::FIRST`] is this address.
    ///
    /// ```no_run
    /// use nethost_sdk::raw_ip::{RawOptions, Socket};
    /// let options = RawOptions { protocol: 6, receive: true, ..RawOptions::default() };
    /// let socket = Socket::open("192.0.2.1".parse().unwrap(), &options)?;
    /// # Ok::<(), nethost_sdk::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Denied`; `AccessDenied` (no CAP_NET_RAW); `NoSuchDevice`; `AddressNotBindable`;
    /// `InvalidArgument`; `NotSupported`.
    pub fn open(remote: IpAddr, options: &RawOptions) -> Result<Self, Error> {
        Self::open_at(SocketAddr::new(remote, 0), options)
    }

    /// The same for an address with a scope, such as a link-local IPv6 address. The port is 0.
    ///
    /// # Errors
    /// As [`Socket::open`].
    pub fn open_at(remote: SocketAddr, options: &RawOptions) -> Result<Self, Error> {
        let options = raw_ip::RawOptions {
            protocol: options.protocol,
            header_included: options.header_included,
            receive: options.receive,
            socket: options.socket.to_wit(),
        };
        Ok(Self(raw_ip::Socket::open(
            endpoint_to_wit(remote),
            &options,
        )?))
    }

    /// Requests one more remote. A known remote is returned again.
    ///
    /// # Errors
    /// `Denied`; `InvalidArgument` (another family).
    pub fn add_remote(&self, remote: SocketAddr) -> Result<Remote, Error> {
        Ok(Remote(self.0.add_remote(endpoint_to_wit(remote))?))
    }

    /// The source address of packets to the first remote.
    ///
    /// # Errors
    /// `NetworkUnreachable`, `RemoteUnreachable`.
    pub fn local_endpoint(&self) -> Result<SocketAddr, Error> {
        Ok(endpoint_from_wit(self.0.local_endpoint()?))
    }

    /// Sends without waiting, as [`crate::udp::Socket::send`]. Transport checksums are the sender's.
    ///
    /// # Errors
    /// Why the first failed; as [`crate::icmp::EchoSocket::send`].
    pub fn send(&self, batch: &Batch) -> Result<Vec<Timestamp>, Error> {
        Ok(stamps(self.0.send(batch.bytes(), batch.datagrams())?))
    }

    /// Waits until something is there, then takes at most `max` packets and `max` errors. Empty after
    /// `timeout`. IPv4 packets begin with their IP header, IPv6 packets with what follows it.
    ///
    /// # Errors
    /// As [`Socket::send`].
    pub async fn receive(&self, max: u32, timeout: Duration) -> Result<Received, Error> {
        Ok(Received::from_wit(
            self.0.receive(max, timeout_to_wit(timeout)).await?,
        ))
    }
}
