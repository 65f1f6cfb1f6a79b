//! Sockets of IP.

use std::fmt::Write as _;
use std::io::Write;

use nethost_sdk::sock_diag::{
    INET, INET6, Inet, Listing, Protocol, Query, u8_at, u16_at, u32_at, u64_at,
};
use nethost_sdk::{Error, Exit};

use super::{Fact, Show, out};
use crate::filter::bytecode;
use crate::number::timer;
use crate::options::ALL_STATES;
use crate::services::Transport;
use crate::socket::Socket;

/// INET_DIAG_….
pub(super) mod attribute {
    pub(crate) const MEMORY: usize = 1;
    pub(crate) const INFO: usize = 2;
    pub(crate) const VEGAS: usize = 3;
    pub(crate) const CONGESTION: usize = 4;
    pub(crate) const TOS: usize = 5;
    pub(crate) const TRAFFIC_CLASS: usize = 6;
    pub(crate) const SOCKET_MEMORY: usize = 7;
    pub(crate) const SHUTDOWN: usize = 8;
    pub(crate) const DCTCP: usize = 9;
    pub(crate) const PROTOCOL: usize = 10;
    pub(crate) const V6_ONLY: usize = 11;
    pub(crate) const MARK: usize = 15;
    pub(crate) const BBR: usize = 16;
    pub(crate) const CLASS: usize = 17;
    pub(crate) const KEYS: usize = 18;
    pub(crate) const UPPER: usize = 19;
    pub(crate) const CGROUP: usize = 21;
    pub(crate) const OPTIONS: usize = 22;
}

/// The attributes of a socket, by number.
#[derive(Clone, Copy, Default)]
pub(super) struct Attributes<'a>([Option<&'a [u8]>; 32]);

impl<'a> Attributes<'a> {
    pub(super) fn of(socket: Inet<'a>) -> Self {
        let mut all = Self::default();
        for (id, value) in socket.attributes() {
            if let Some(place) = all.0.get_mut(usize::from(id)) {
                *place = Some(value);
            }
        }
        all
    }

    pub(super) fn get(&self, id: usize) -> Option<&'a [u8]> {
        self.0.get(id).copied().flatten()
    }
}

/// IPPROTO_….
pub(crate) fn number(protocol: Protocol) -> u32 {
    match protocol {
        Protocol::Tcp => 6,
        Protocol::Udp => 17,
        Protocol::Udplite => 136,
        Protocol::Dccp => 33,
        Protocol::Sctp => 132,
        Protocol::Mptcp => 262,
        Protocol::Ping => 1,
        _ => 255,
    }
}

impl<W: Write> Show<W> {
    /// Lists the sockets of a protocol. False: the kernel cannot tell of them.
    pub(crate) async fn internet(
        &mut self,
        protocol: Protocol,
        transport: Option<Transport>,
    ) -> Result<bool, Exit> {
        if !self.options.has_family(INET) && !self.options.has_family(INET6) {
            return Ok(true);
        }
        if let Some(transport) = transport {
            self.transport = transport;
        }
        // As ss: the family that was asked for last decides what is listed, and what is shown is decided again.
        let families: &[u8] = match self.options.preferred {
            INET => &[INET],
            INET6 => &[INET6],
            _ => &[INET, INET6],
        };
        for family in families {
            let listing = self.list(protocol, *family);
            let done = match listing {
                Ok(listing) => self.rows(&listing, protocol).await?,
                Err(error) => Err(error),
            };
            match done {
                Ok(()) => {}
                Err(Error::NotFound | Error::NotSupported) => return Ok(false),
                // A kernel of before MPTCP takes no such protocol.
                Err(Error::InvalidArgument(_)) if protocol == Protocol::Mptcp => return Ok(false),
                Err(error) => return Err(Exit::failed(1, format!("ss: {error}"))),
            }
        }
        Ok(true)
    }

    fn list(&self, protocol: Protocol, family: u8) -> Result<Listing, Error> {
        let options = &self.options;
        let mut show = 0;
        let mut ask = |id: usize| show |= 1 << (id - 1);
        if options.memory {
            ask(attribute::MEMORY);
            ask(attribute::SOCKET_MEMORY);
        }
        if options.info {
            ask(attribute::INFO);
            ask(attribute::VEGAS);
            ask(attribute::CONGESTION);
        }
        if options.tos {
            ask(attribute::TOS);
            ask(attribute::TRAFFIC_CLASS);
        }
        if options.json {
            show = 0xff;
        }
        let filter = self.filter.as_ref().and_then(bytecode::compile);
        let query = |filter: Vec<u8>| Query {
            protocol,
            family,
            states: options.states & ALL_STATES,
            show,
            filter,
        };
        match self.namespace.list(&query(filter.unwrap_or_default())) {
            // The kernel judges marks for the privileged alone; what it passes is judged here.
            Err(Error::AccessDenied) => self.namespace.list(&query(Vec::new())),
            listed => listed,
        }
    }

    async fn rows(
        &mut self,
        listing: &Listing,
        protocol: Protocol,
    ) -> Result<Result<(), Error>, Exit> {
        loop {
            let batch = match listing.next() {
                Ok(batch) => batch,
                Err(error) => return Ok(Err(error)),
            };
            if self.names.is_some() {
                let found: Vec<_> = batch
                    .sockets()
                    .filter_map(|socket| socket.inet())
                    .flat_map(|socket| [socket.local().ip(), socket.remote().ip()])
                    .collect();
                self.learn(found).await;
            }
            for socket in batch.sockets().filter_map(|message| message.inet()) {
                self.one(socket, protocol)?;
            }
            if batch.is_interrupted() {
                nethost_sdk::output::complain("Dump was interrupted and may be inconsistent.");
            }
            if batch.is_last() {
                return Ok(Ok(()));
            }
        }
    }

    /// Shows one that has closed, by itself.
    pub(crate) fn closed(&mut self, message: Inet<'_>, protocol: Protocol) -> Result<(), Exit> {
        self.transport = match protocol {
            Protocol::Udp => Transport::Udp,
            _ => Transport::Tcp,
        };
        self.one(message, protocol)?;
        self.finish()
    }

    fn one(&mut self, message: Inet<'_>, protocol: Protocol) -> Result<(), Exit> {
        if !self.options.has_family(message.family()) {
            return Ok(());
        }
        let attributes = Attributes::of(message);
        let mut socket = described(message, number(protocol), &attributes);
        if !self.takes(&socket) {
            return Ok(());
        }
        if self.owners.is_collecting() {
            self.owners.collect(socket.inode);
            return Ok(());
        }
        if self.options.kill {
            match self.namespace.destroy(protocol, &message) {
                Ok(()) => {}
                // It cannot be ended, or has ended.
                Err(Error::NotSupported | Error::NotFound) => return Ok(()),
                Err(error) => {
                    self.finish()?;
                    return Err(Exit::failed(1, format!("SOCK_DESTROY answers: {error}")));
                }
            }
        }
        if let Some(protocol) = attributes.get(attribute::PROTOCOL) {
            socket.kind = u8_at(protocol, 0).into();
        }
        if self.options.json {
            let fact = Fact::of_inet(self, &socket, message, &attributes);
            return super::fact::print(&fact);
        }
        self.inet_text(&socket, message, &attributes)
    }

    fn inet_text(
        &mut self,
        socket: &Socket<'_>,
        message: Inet<'_>,
        attributes: &Attributes<'_>,
    ) -> Result<(), Exit> {
        let v6only = match message.family() {
            INET6 => attributes.get(attribute::V6_ONLY),
            _ => None,
        };
        let is_v6only = v6only.is_some_and(|only| u8_at(only, 0) != 0);
        let (local, remote) = (message.local(), message.remote());
        self.begin(socket)?;
        self.endpoint(local.ip(), local.port(), socket.interface, is_v6only)?;
        self.endpoint(remote.ip(), remote.port(), 0, is_v6only)?;
        self.owners(socket.inode);
        if self.options.timers && message.timer() != 0 {
            self.timer_text(socket, message);
        }
        if self.options.details {
            self.details(socket);
            if let Some(only) = v6only {
                out!(self, " v6only:{}", u8_at(only, 0));
            }
            if let Some(mask) = attributes.get(attribute::SHUTDOWN) {
                self.shutdown(u8_at(mask, 0));
            }
        }
        if self.options.tos {
            if let Some(tos) = attributes.get(attribute::TOS) {
                out!(self, " tos:{}", alternate(u8_at(tos, 0).into()));
            }
            if let Some(class) = attributes.get(attribute::TRAFFIC_CLASS) {
                out!(self, " tclass:{}", alternate(u8_at(class, 0).into()));
            }
            if let Some(class) = attributes.get(attribute::CLASS) {
                out!(self, " class_id:{}", alternate(u32_at(class, 0)));
            }
        }
        if self.options.cgroup
            && let Some(id) = attributes.get(attribute::CGROUP)
        {
            let path = self.control_groups.path(u64_at(id, 0));
            self.table.text(" cgroup:");
            self.table.strange(&path);
        }
        if self.options.socket_options
            && let Some(options) = attributes.get(attribute::OPTIONS)
        {
            self.socket_options(u16_at(options, 0));
        }
        if self.options.memory || (self.options.info && socket.kind != 17) {
            if !self.options.one_line {
                self.table.text("\n\t");
            }
            match socket.kind {
                262 => self.mptcp_info(attributes),
                _ => self.tcp_info(socket.state, attributes),
            }
        }
        self.last_inode = socket.inode;
        Ok(())
    }

    fn timer_text(&mut self, socket: &Socket<'_>, message: Inet<'_>) {
        const NAMES: [&str; 6] = ["off", "on", "keepalive", "timewait", "persist", "unknown"];
        let name = match socket.kind {
            132 => "T3_RTX",
            _ => NAMES[usize::from(message.timer()).min(5)],
        };
        let (expires, retransmits) = (timer(message.expires()), message.retransmits());
        out!(self, " timer:({name},{expires},{retransmits})");
    }

    /// struct inet_diag_sockopt.
    fn socket_options(&mut self, bits: u16) {
        self.below();
        self.table.text("inet-sockopt: (");
        for name in socket_options(bits) {
            out!(self, " {name}");
        }
        self.table.text(")");
    }
}

/// The names of the options that are set.
pub(super) fn socket_options(bits: u16) -> impl Iterator<Item = &'static str> {
    const NAMES: [&str; 11] = [
        "recverr",
        "is_icsk",
        "freebind",
        "hdrincl",
        "mc_loop",
        "transparent",
        "mc_all",
        "nodefrag",
        "bind_addr_no_port",
        "recverr_rfc4884",
        "defer_connect",
    ];
    let names = NAMES.into_iter().enumerate();
    names.filter_map(move |(bit, name)| (bits >> bit & 1 == 1).then_some(name))
}

/// `%#x`.
fn alternate(number: u32) -> String {
    match number {
        0 => "0".into(),
        number => format!("0x{number:x}"),
    }
}

/// What a filter judges it by.
fn described<'a>(message: Inet<'a>, kind: u32, attributes: &Attributes<'a>) -> Socket<'a> {
    let (local, remote) = (message.local(), message.remote());
    Socket {
        family: message.family(),
        kind,
        state: message.state(),
        local: octets(local.ip()),
        remote: octets(remote.ip()),
        local_port: local.port().into(),
        remote_port: remote.port().into(),
        receive_queue: message.receive_queue(),
        send_queue: message.send_queue(),
        inode: message.inode(),
        user: message.user(),
        interface: message.interface(),
        cookie: message.cookie(),
        mark: attributes
            .get(attribute::MARK)
            .map_or(0, |mark| u32_at(mark, 0)),
        cgroup: attributes
            .get(attribute::CGROUP)
            .map_or(0, |id| u64_at(id, 0)),
        name: None,
        peer_name: None,
    }
}

pub(super) fn octets(address: std::net::IpAddr) -> [u8; 16] {
    let mut octets = [0; 16];
    match address {
        std::net::IpAddr::V4(address) => octets[..4].copy_from_slice(&address.octets()),
        std::net::IpAddr::V6(address) => octets = address.octets(),
    }
    octets
}
