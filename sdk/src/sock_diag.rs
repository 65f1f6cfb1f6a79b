//! Sockets of this machine (sock_diag(7)). Requests at the gate: `sockets.read` with the protocol, `sockets.destroy` with
//! the remote, and `netns.read` for other namespaces.
//!
//! The kernel's messages come in batches as they are; [`Batch::sockets`] reads them in place, without a copy of any.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::Error;
use crate::address::endpoint_to_wit;
use crate::bindings::nethost::cap::sock_diag as wit;

pub use wit::{Protocol, Query, Table};

/// AF_INET.
pub const INET: u8 = 2;
/// AF_INET6.
pub const INET6: u8 = 10;

/// The sockets of one network namespace.
#[derive(Debug)]
pub struct Namespace(wit::Namespace);

impl Namespace {
    /// This process's namespace, or one that ip-netns(8) has given a name.
    ///
    /// ```no_run
    /// use nethost_sdk::sock_diag::{INET, Namespace, Protocol, Query};
    ///
    /// let query = Query { protocol: Protocol::Tcp, family: INET, states: 0xfff, show: 0, filter: Vec::new() };
    /// let listing = Namespace::open(None)?.list(&query)?;
    /// loop {
    ///     let batch = listing.next()?;
    ///     for socket in batch.sockets().filter_map(|socket| socket.inet()) {
    ///         println!("{} {}", socket.local(), socket.remote());
    ///     }
    ///     if batch.is_last() {
    ///         break;
    ///     }
    /// }
    /// # Ok::<(), nethost_sdk::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Denied`; `NotFound`; `AccessDenied`.
    pub fn open(name: Option<&str>) -> Result<Self, Error> {
        Ok(Self(wit::Namespace::open(name)?))
    }

    /// Lists sockets.
    ///
    /// # Errors
    /// `Denied`; `InvalidArgument`; `NotFound`: the kernel cannot tell of such sockets.
    pub fn list(&self, query: &Query) -> Result<Listing, Error> {
        Ok(Listing(self.0.list(query)?))
    }

    /// Watches sockets of TCP or UDP as they close.
    ///
    /// # Errors
    /// `Denied`; `InvalidArgument`: of another protocol the kernel tells nothing.
    pub fn watch(&self, protocol: Protocol) -> Result<Closings, Error> {
        Ok(Closings(self.0.watch(protocol)?))
    }

    /// Reads a whole table of /proc/net.
    ///
    /// # Errors
    /// `Denied`; `NotFound`: the kernel has no such table.
    pub fn table(&self, table: Table) -> Result<Vec<u8>, Error> {
        let reader = self.0.read_table(table)?;
        let mut text = Vec::new();
        loop {
            let next = reader.next()?;
            if next.is_empty() {
                return Ok(text);
            }
            text.extend(next);
        }
    }

    /// Closes a socket, whoever uses it.
    ///
    /// # Errors
    /// `Denied`; `NotFound`: it is gone; `NotSupported`; `AccessDenied`.
    pub fn destroy(&self, protocol: Protocol, socket: &Inet<'_>) -> Result<(), Error> {
        Ok(self.0.destroy(wit::Socket {
            protocol,
            local: endpoint_to_wit(socket.local()),
            remote: endpoint_to_wit(socket.remote()),
            interface: socket.interface(),
            cookie: socket.cookie(),
        })?)
    }
}

/// An active listing.
#[derive(Debug)]
pub struct Listing(wit::Listing);

impl Listing {
    /// The next sockets.
    ///
    /// # Errors
    /// Errors of the kernel, such as `NotFound`.
    pub fn next(&self) -> Result<Batch, Error> {
        Ok(Batch(self.0.next()?))
    }
}

/// Sockets as they close.
#[derive(Debug)]
pub struct Closings(wit::Closings);

impl Closings {
    /// Waits for some; none after `timeout`. [`Batch::is_interrupted`] means that some were not told.
    ///
    /// # Errors
    /// `Denied` when the policy has changed; errors of the kernel.
    pub async fn next(&self, timeout: std::time::Duration) -> Result<Batch, Error> {
        let timeout = crate::socket::timeout_to_wit(timeout);
        Ok(Batch(self.0.next(timeout).await?))
    }
}

/// Some sockets.
#[derive(Debug)]
pub struct Batch(wit::Batch);

impl Batch {
    /// There are no more behind these.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.0.last
    }

    /// The list changed while the kernel told it.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.0.interrupted
    }

    /// The kernel's messages as they came.
    #[must_use]
    pub fn messages(&self) -> &[u8] {
        &self.0.messages
    }

    /// Each socket.
    pub fn sockets(&self) -> Messages<'_> {
        Messages(&self.0.messages)
    }
}

/// The kernel's messages, one after the other.
#[derive(Clone, Debug)]
pub struct Messages<'a>(pub &'a [u8]);

/// struct nlmsghdr.
const HEADER: usize = 16;

impl<'a> Iterator for Messages<'a> {
    type Item = Message<'a>;

    fn next(&mut self) -> Option<Message<'a>> {
        let length = u32_at(self.0, 0) as usize;
        let payload = self.0.get(HEADER..length)?;
        self.0 = self.0.get((length + 3) & !3..).unwrap_or_default();
        Some(Message(payload))
    }
}

/// What the kernel says of one socket.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a>(pub &'a [u8]);

/// struct inet_diag_msg.
const INET_MESSAGE: usize = 72;

impl<'a> Message<'a> {
    /// AF_….
    #[must_use]
    pub fn family(self) -> u8 {
        u8_at(self.0, 0)
    }

    /// As a socket of IP, if it is one.
    #[must_use]
    pub fn inet(self) -> Option<Inet<'a>> {
        let is_inet = [INET, INET6].contains(&self.family()) && self.0.len() >= INET_MESSAGE;
        is_inet.then_some(Inet(self.0))
    }

    /// A number in its fixed part; 0 where it is shorter.
    #[must_use]
    pub fn u8(self, at: usize) -> u8 {
        u8_at(self.0, at)
    }

    /// The same of 16 bits.
    #[must_use]
    pub fn u16(self, at: usize) -> u16 {
        u16_at(self.0, at)
    }

    /// The same of 32 bits.
    #[must_use]
    pub fn u32(self, at: usize) -> u32 {
        u32_at(self.0, at)
    }

    /// Its attributes, behind a fixed part of this length.
    #[must_use]
    pub fn attributes(self, fixed: usize) -> Attributes<'a> {
        Attributes(self.0.get(fixed..).unwrap_or_default())
    }
}

/// A socket of IP: struct inet_diag_msg.
#[derive(Clone, Copy, Debug)]
pub struct Inet<'a>(&'a [u8]);

impl<'a> Inet<'a> {
    /// AF_INET or AF_INET6.
    #[must_use]
    pub fn family(self) -> u8 {
        u8_at(self.0, 0)
    }

    /// TCP_….
    #[must_use]
    pub fn state(self) -> u8 {
        u8_at(self.0, 1)
    }

    /// 0 none, 1 retransmission, 2 keepalive, 3 TIME_WAIT, 4 zero window probe.
    #[must_use]
    pub fn timer(self) -> u8 {
        u8_at(self.0, 2)
    }

    /// Retransmissions, or probes.
    #[must_use]
    pub fn retransmits(self) -> u8 {
        u8_at(self.0, 3)
    }

    /// Its own address and port.
    #[must_use]
    pub fn local(self) -> SocketAddr {
        self.endpoint(4, 8)
    }

    /// Whom it is connected to; unspecified and 0 otherwise.
    #[must_use]
    pub fn remote(self) -> SocketAddr {
        self.endpoint(6, 24)
    }

    fn endpoint(self, port: usize, address: usize) -> SocketAddr {
        let port = u16_at(self.0, port).swap_bytes();
        let octets: [u8; 16] = self
            .0
            .get(address..)
            .and_then(|rest| rest.first_chunk())
            .copied()
            .unwrap_or_default();
        let address: IpAddr = match self.family() {
            INET => Ipv4Addr::new(octets[0], octets[1], octets[2], octets[3]).into(),
            _ => Ipv6Addr::from(octets).into(),
        };
        (address, port).into()
    }

    /// The interface that it is bound to, or 0.
    #[must_use]
    pub fn interface(self) -> u32 {
        u32_at(self.0, 40)
    }

    /// The kernel's cookie.
    #[must_use]
    pub fn cookie(self) -> u64 {
        u64::from(u32_at(self.0, 48)) << 32 | u64::from(u32_at(self.0, 44))
    }

    /// When the timer expires, in milliseconds.
    #[must_use]
    pub fn expires(self) -> u32 {
        u32_at(self.0, 52)
    }

    /// Octets to be read; of a listener, connections to be accepted.
    #[must_use]
    pub fn receive_queue(self) -> u32 {
        u32_at(self.0, 56)
    }

    /// Octets that are not acknowledged; of a listener, how many connections may wait.
    #[must_use]
    pub fn send_queue(self) -> u32 {
        u32_at(self.0, 60)
    }

    /// Whose it is.
    #[must_use]
    pub fn user(self) -> u32 {
        u32_at(self.0, 64)
    }

    /// Its inode; 0 where no process has it open.
    #[must_use]
    pub fn inode(self) -> u32 {
        u32_at(self.0, 68)
    }

    /// INET_DIAG_….
    #[must_use]
    pub fn attributes(self) -> Attributes<'a> {
        Attributes(self.0.get(INET_MESSAGE..).unwrap_or_default())
    }
}

/// Attributes: each its number and its value.
#[derive(Clone, Copy, Debug)]
pub struct Attributes<'a>(pub &'a [u8]);

impl<'a> Attributes<'a> {
    /// The value of this one.
    #[must_use]
    pub fn find(mut self, wanted: u16) -> Option<&'a [u8]> {
        Iterator::find(&mut self, |(id, _)| *id == wanted).map(|(_, value)| value)
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<(u16, &'a [u8])> {
        let length = usize::from(u16_at(self.0, 0));
        let value = self.0.get(4..length)?;
        let id = u16_at(self.0, 2) & 0x3fff;
        self.0 = self.0.get((length + 3) & !3..).unwrap_or_default();
        Some((id, value))
    }
}

/// The octet there, or 0.
#[must_use]
pub fn u8_at(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or_default()
}

fn chunk<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let rest = bytes.get(at..).and_then(|rest| rest.first_chunk());
    rest.copied().unwrap_or([0; N])
}

/// The number there in the machine's order, or 0.
#[must_use]
pub fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_ne_bytes(chunk(bytes, at))
}

/// The same of 32 bits.
#[must_use]
pub fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_ne_bytes(chunk(bytes, at))
}

/// The same of 64 bits.
#[must_use]
pub fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_ne_bytes(chunk(bytes, at))
}
