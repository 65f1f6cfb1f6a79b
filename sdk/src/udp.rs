//! UDP datagrams and the ICMP errors about them. Request at the gate: `udp.exchange` with the remote's
//! address and port.

use std::net::SocketAddr;
use std::time::Duration;

use crate::address::{endpoint_from_wit, endpoint_to_wit};
use crate::bindings::nethost::cap::udp;
use crate::socket::{Batch, Received, Remote, SocketOptions, stamps, timeout_to_wit};
use crate::{Error, Timestamp};

/// One local port that sends to its remotes and receives from them; what others send is withheld.
/// All remotes are of one family.
#[derive(Debug)]
pub struct Socket(udp::Socket);

impl Socket {
    /// Opens a socket whose [`Remote::FIRST`] is this endpoint.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), nethost_sdk::Error> {
    /// use nethost_sdk::{socket::{Batch, Remote, SocketOptions}, udp::Socket};
    /// use std::time::Duration;
    ///
    /// let socket = Socket::open("192.0.2.1:33434".parse().unwrap(), &SocketOptions::default())?;
    /// let mut batch = Batch::new();
    /// batch.push_with(Remote::FIRST, Some(1), |bytes| bytes.extend_from_slice(b"probe"));
    /// let sent = socket.send(&batch)?;
    /// for error in socket.receive(64, Duration::from_secs(1)).await?.errors() {
    ///     println!("{:?} after {:?}", error.offender, error.timestamp.since(sent[0]));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Denied`; `AccessDenied`; `AddressInUse`; `AddressNotBindable`; `NoSuchDevice`;
    /// `InvalidArgument`; `NotSupported`.
    pub fn open(remote: SocketAddr, options: &SocketOptions) -> Result<Self, Error> {
        Ok(Self(udp::Socket::open(
            endpoint_to_wit(remote),
            &options.to_wit(),
        )?))
    }

    /// Asks the gate for one more remote. One already there is returned again.
    ///
    /// # Errors
    /// `Denied`; `InvalidArgument` (another family).
    pub fn add_remote(&self, remote: SocketAddr) -> Result<Remote, Error> {
        Ok(Remote(self.0.add_remote(endpoint_to_wit(remote))?))
    }

    /// The address and port that datagrams to the first remote leave with.
    ///
    /// # Errors
    /// `NetworkUnreachable`, `RemoteUnreachable`.
    pub fn local_endpoint(&self) -> Result<SocketAddr, Error> {
        Ok(endpoint_from_wit(self.0.local_endpoint()?))
    }

    /// Sends without waiting. A stamp for each datagram that left; when there are fewer than
    /// datagrams, [`Batch::discard`] as many and send the rest to learn why.
    ///
    /// # Errors
    /// Why the first failed; as [`crate::icmp::EchoSocket::send`].
    pub fn send(&self, batch: &Batch) -> Result<Vec<Timestamp>, Error> {
        Ok(stamps(self.0.send(batch.bytes(), batch.datagrams())?))
    }

    /// Waits until something is there, then takes at most `max` datagrams and `max` errors. Empty after
    /// `timeout`. An error's quoted part is the UDP payload. Let the future finish: dropping it may
    /// lose what it was about to return.
    ///
    /// # Errors
    /// As [`Socket::send`].
    pub async fn receive(&self, max: u32, timeout: Duration) -> Result<Received, Error> {
        Ok(Received::from_wit(
            self.0.receive(max, timeout_to_wit(timeout)).await?,
        ))
    }
}

/// Receives from everybody at a local port (`udp.listen`), until it is connected to one remote (`udp.exchange`).
///
/// ```no_run
/// # async fn example() -> Result<(), nethost_sdk::Error> {
/// use nethost_sdk::udp::BoundSocket;
/// use std::time::Duration;
///
/// let socket = BoundSocket::bind("0.0.0.0:1234".parse().unwrap())?;
/// if let Some((bytes, source)) = socket.receive(Duration::from_secs(5)).await? {
///     socket.connect_to(source)?;
///     socket.send(&bytes).await?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct BoundSocket(udp::BoundSocket);

impl BoundSocket {
    /// Binds it. With port 0, the kernel chooses one.
    ///
    /// # Errors
    /// `Denied`; `InvalidArgument`; `AddressInUse`; `AddressNotBindable`; `AccessDenied`.
    pub fn bind(local: SocketAddr) -> Result<Self, Error> {
        Ok(Self(udp::BoundSocket::bind(endpoint_to_wit(local))?))
    }

    /// Where it is bound.
    pub fn local_endpoint(&self) -> SocketAddr {
        endpoint_from_wit(self.0.local_endpoint())
    }

    /// Connects it: it hears this remote alone from now on, and sends to it.
    ///
    /// # Errors
    /// `Denied`; `InvalidArgument`; `NetworkUnreachable`.
    pub fn connect_to(&self, remote: SocketAddr) -> Result<(), Error> {
        Ok(self.0.connect_to(endpoint_to_wit(remote))?)
    }

    /// Sends one datagram to the remote.
    ///
    /// # Errors
    /// `Denied`; `InvalidState` (not connected); `DatagramTooLarge`; `ConnectionRefused`.
    pub async fn send(&self, bytes: &[u8]) -> Result<(), Error> {
        Ok(self.0.send(bytes.into()).await?)
    }

    /// The next datagram and who sent it; none after `timeout`.
    ///
    /// # Errors
    /// `Denied`; `ConnectionRefused`.
    pub async fn receive(&self, timeout: Duration) -> Result<Option<(Vec<u8>, SocketAddr)>, Error> {
        let message = self.0.receive(timeout_to_wit(timeout)).await?;
        Ok(message.map(|message| (message.bytes, endpoint_from_wit(message.source))))
    }
}
