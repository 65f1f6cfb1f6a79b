//! Probes of many hosts and ports. Request at the gate: `scan.probe`, with all remotes.

use std::net::IpAddr;
use std::time::Duration;

use crate::address::ip_from_wit;
use crate::bindings::nethost::cap::scan;
use crate::remotes::{Granted, NetworkSet};
use crate::socket::{Batch, Received, Remote, SocketOptions, stamps, timeout_to_wit};
use crate::{Error, Timestamp};

/// The protocol of probes.
pub use scan::Protocol;

/// The maximum number of remotes in one call of [`Prober::sources`].
pub const SOURCES_AT_ONCE: usize = 1024;

/// Sends probes from one local port, or with one ICMP identifier, and receives what answers them.
#[derive(Debug)]
pub struct Prober(scan::Prober);

impl Prober {
    /// Opens a prober for a set of remotes, and says what was granted.
    ///
    /// ```no_run
    /// use nethost_sdk::remotes::NetworkSet;
    /// use nethost_sdk::scan::{Prober, Protocol};
    /// use nethost_sdk::socket::SocketOptions;
    ///
    /// let set = NetworkSet::of(["192.0.2.1".parse().unwrap()]).with_ports(vec![(1, 1023)]);
    /// let (prober, granted) = Prober::open(&set, Protocol::Tcp, &SocketOptions::default())?;
    /// # Ok::<(), nethost_sdk::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Denied`; `AccessDenied` (no CAP_NET_RAW); `AddressInUse`; `NoSuchDevice`; `AddressNotBindable`;
    /// `InvalidArgument`; `NotSupported`.
    pub fn open(
        remotes: &NetworkSet,
        protocol: Protocol,
        options: &SocketOptions,
    ) -> Result<(Self, Granted), Error> {
        let (prober, granted) = scan::Prober::open(&remotes.to_wit(), protocol, &options.to_wit())?;
        Ok((Self(prober), Granted::from_wit(granted)))
    }

    /// Asks for one more set.
    ///
    /// # Errors
    /// `Denied`; `InvalidArgument`.
    pub fn add(&self, remotes: &NetworkSet) -> Result<Granted, Error> {
        Ok(Granted::from_wit(self.0.add(&remotes.to_wit())?))
    }

    /// The local port, or the ICMP identifier, that the probes must have.
    pub fn identifier(&self) -> u16 {
        self.0.identifier()
    }

    /// The source addresses of packets to these remotes; none without a route.
    ///
    /// # Errors
    /// `InvalidArgument` (more than [`SOURCES_AT_ONCE`]).
    pub fn sources(&self, remotes: &[Remote]) -> Result<Vec<Option<IpAddr>>, Error> {
        let remotes: Vec<u32> = remotes.iter().map(|remote| remote.index()).collect();
        let sources = self.0.sources(&remotes)?;
        Ok(sources
            .into_iter()
            .map(|source| source.map(ip_from_wit))
            .collect())
    }

    /// Sends without waiting, as [`crate::udp::Socket::send`]. A probe begins with its transport header.
    ///
    /// # Errors
    /// Why the first failed; as [`crate::icmp::EchoSocket::send`].
    pub fn send(&self, batch: &Batch) -> Result<Vec<Timestamp>, Error> {
        Ok(stamps(self.0.send(batch.bytes(), batch.datagrams())?))
    }

    /// Waits until something is there, then takes at most `max` answers and `max` errors. Empty after `timeout`. IPv4
    /// answers begin with their IP header, IPv6 answers with what follows it.
    ///
    /// # Errors
    /// As [`Prober::send`].
    pub async fn receive(&self, max: u32, timeout: Duration) -> Result<Received, Error> {
        Ok(Received::from_wit(
            self.0.receive(max, timeout_to_wit(timeout)).await?,
        ))
    }
}
