//! TCP: does something answer a SYN, and who on the way says what about it; and connections that carry
//! bytes. Request at the gate: `tcp.connect` with the remote's address and port.

use std::net::SocketAddr;
use std::time::Duration;

use crate::address::{endpoint_from_wit, endpoint_to_wit};
use crate::bindings::nethost::cap::tcp;
use crate::bindings::nethost::cap::types::ErrorCode;
use crate::socket::{NetworkError, SocketOptions, network_error, timeout_to_wit};
use crate::stream::{ByteStream, Connection, Ended, Received};
use crate::{Error, Timestamp};
use wit_bindgen::StreamReader;

/// Tries connections to one remote. Each is reset as soon as its outcome is known; no data is sent.
#[derive(Debug)]
pub struct Connector(tcp::Connector);

impl Connector {
    /// ```no_run
    /// # async fn example() -> Result<(), nethost_sdk::Error> {
    /// use nethost_sdk::{socket::SocketOptions, tcp::{Connector, Outcome}};
    /// use std::time::Duration;
    ///
    /// let connector = Connector::open("192.0.2.1:443".parse().unwrap(), &SocketOptions::default())?;
    /// let attempt = connector.attempt(None, Duration::from_secs(2)).await?;
    /// println!("open: {}", attempt.outcome() == Outcome::Established);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Denied`; `InvalidArgument`.
    pub fn open(remote: SocketAddr, options: &SocketOptions) -> Result<Self, Error> {
        Ok(Self(tcp::Connector::open(
            endpoint_to_wit(remote),
            &options.to_wit(),
        )?))
    }

    /// One attempt from a fresh local port, with its own hop limit if given. Many may be under way
    /// at once.
    ///
    /// # Errors
    /// `NetworkUnreachable`, `RemoteUnreachable`, `AddressInUse`, `AccessDenied`, `NoSuchDevice`,
    /// `AddressNotBindable`.
    pub async fn attempt(
        &self,
        hop_limit: Option<u8>,
        timeout: Duration,
    ) -> Result<Attempt, Error> {
        Ok(Attempt(
            self.0.attempt(hop_limit, timeout_to_wit(timeout)).await?,
        ))
    }
}

/// How a connection attempt went.
#[derive(Clone, Debug)]
pub struct Attempt(tcp::AttemptReport);

/// How a connection attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// SYN/ACK: something listens.
    Established,
    /// RST: nothing listens.
    Refused,
    /// An ICMP message or a local error. The quoted part is the TCP header.
    Failed(NetworkError<'a>),
    /// Nothing came within the timeout.
    Unanswered,
}

impl Attempt {
    /// Just before the SYN left.
    pub fn sent(&self) -> Timestamp {
        Timestamp::from_nanos(self.0.sent)
    }

    /// When the answer came.
    pub fn ended(&self) -> Timestamp {
        Timestamp::from_nanos(self.0.ended)
    }

    /// The local address and port.
    pub fn local(&self) -> SocketAddr {
        endpoint_from_wit(self.0.local)
    }

    /// How it ended.
    pub fn outcome(&self) -> Outcome<'_> {
        match &self.0.outcome {
            tcp::AttemptOutcome::Established => Outcome::Established,
            tcp::AttemptOutcome::Refused => Outcome::Refused,
            tcp::AttemptOutcome::Failed(error) => {
                Outcome::Failed(network_error(&self.0.bytes, error))
            }
            tcp::AttemptOutcome::Unanswered => Outcome::Unanswered,
        }
    }
}

/// A TCP connection. Small writes leave at once.
///
/// ```no_run
/// # async fn example() -> Result<(), nethost_sdk::Error> {
/// use futures::{AsyncReadExt, AsyncWriteExt};
/// use nethost_sdk::{socket::SocketOptions, tcp::TcpStream};
/// use std::time::Duration;
///
/// let remote = "192.0.2.1:43".parse().unwrap();
/// let mut stream = TcpStream::connect(remote, &SocketOptions::default(), Duration::from_secs(5)).await?;
/// stream.write_all(b"example.org\r\n").await?;
/// stream.close().await?; // a FIN; reading goes on
/// let mut answer = Vec::new();
/// stream.read_to_end(&mut answer).await?;
/// # Ok(())
/// # }
/// ```
pub type TcpStream = ByteStream<tcp::Connection>;

/// What the kernel knows of a connection (TCP_INFO).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info {
    /// Smoothed round-trip time.
    pub round_trip: Duration,
    /// Its variation.
    pub round_trip_variation: Duration,
    /// Largest segment that is sent, in bytes.
    pub send_segment_size: u32,
    /// Largest segment that is expected, in bytes.
    pub receive_segment_size: u32,
    /// The path's MTU in bytes.
    pub path_mtu: u32,
    /// Segments that may be under way.
    pub congestion_window: u32,
    /// Segments that are.
    pub unacknowledged: u32,
    /// Segments that were sent again.
    pub retransmitted: u32,
}

impl TcpStream {
    /// Connects, and returns after the handshake. Many may be under way at once.
    ///
    /// # Errors
    /// `Denied`; `InvalidArgument`; `Timeout`; `ConnectionRefused`; `ConnectionReset`;
    /// `NetworkUnreachable`; `RemoteUnreachable`; `AddressInUse`; `AccessDenied`; `NoSuchDevice`;
    /// `AddressNotBindable`.
    pub async fn connect(
        remote: SocketAddr,
        options: &SocketOptions,
        timeout: Duration,
    ) -> Result<Self, Error> {
        let connection = tcp::Connection::connect(
            endpoint_to_wit(remote),
            options.to_wit(),
            timeout_to_wit(timeout),
        );
        Ok(Self::new(connection.await?))
    }

    /// The local address and port.
    pub fn local_endpoint(&self) -> SocketAddr {
        endpoint_from_wit(self.connection().local_endpoint())
    }

    /// The peer's address and port.
    pub fn remote_endpoint(&self) -> SocketAddr {
        endpoint_from_wit(self.connection().remote_endpoint())
    }

    /// What the kernel measured.
    ///
    /// # Errors
    /// `NotSupported`.
    pub fn info(&self) -> Result<Info, Error> {
        let info = self.connection().info()?;
        Ok(Info {
            round_trip: Duration::from_nanos(info.round_trip),
            round_trip_variation: Duration::from_nanos(info.round_trip_variation),
            send_segment_size: info.send_segment_size,
            receive_segment_size: info.receive_segment_size,
            path_mtu: info.path_mtu,
            congestion_window: info.congestion_window,
            unacknowledged: info.unacknowledged,
            retransmitted: info.retransmitted,
        })
    }
}

impl Connection for tcp::Connection {
    fn receive(&self) -> Result<Received, ErrorCode> {
        tcp::Connection::receive(self)
    }

    fn send(&self, bytes: StreamReader<u8>) -> Result<Ended, ErrorCode> {
        tcp::Connection::send(self, bytes)
    }

    fn shutdown(&self) -> impl Future<Output = Result<(), ErrorCode>> {
        tcp::Connection::shutdown(self)
    }
}

/// Options that can change at any time. One that is not set stays as it is.
pub use tcp::StreamOptions;

impl TcpStream {
    /// Changes options.
    ///
    /// # Errors
    /// `InvalidArgument`.
    pub fn adjust(&self, options: StreamOptions) -> Result<(), Error> {
        Ok(self.connection().adjust(options)?)
    }
}

/// A socket that connections come to. Requests at the gate: `tcp.listen` with the local address, then with each peer.
///
/// ```no_run
/// # async fn example() -> Result<(), nethost_sdk::Error> {
/// use futures::AsyncWriteExt;
/// use nethost_sdk::tcp::{NO_OPTIONS, TcpListener};
///
/// let listener = TcpListener::listen("127.0.0.1:8080".parse().unwrap(), 8, NO_OPTIONS)?;
/// let mut stream = listener.accept().await?;
/// stream.write_all(b"hello\n").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TcpListener(tcp::Listener);

/// No option is set.
pub const NO_OPTIONS: StreamOptions = StreamOptions {
    hop_limit: None,
    least_hop_limit: None,
    traffic_class: None,
    send_buffer: None,
    receive_buffer: None,
    keep_alive: None,
};

impl TcpListener {
    /// Binds a socket and listens, with room for so many who wait. With port 0, the kernel chooses one.
    ///
    /// # Errors
    /// `Denied`; `InvalidArgument`; `AddressInUse`; `AddressNotBindable`; `AccessDenied`.
    pub fn listen(local: SocketAddr, backlog: u32, options: StreamOptions) -> Result<Self, Error> {
        let local = endpoint_to_wit(local);
        Ok(Self(tcp::Listener::listen(local, backlog, options)?))
    }

    /// Where it listens.
    pub fn local_endpoint(&self) -> SocketAddr {
        endpoint_from_wit(self.0.local_endpoint())
    }

    /// The next connection.
    ///
    /// # Errors
    /// `Denied`: this peer may not connect, and is reset; call again for the next. `ConnectionAborted`.
    pub async fn accept(&self) -> Result<TcpStream, Error> {
        Ok(TcpStream::new(self.0.accept().await?))
    }
}
