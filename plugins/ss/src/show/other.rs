//! Packet, netlink, vsock, XDP and TIPC sockets.

use std::fmt::Write as _;
use std::io::Write;

use nethost_sdk::Exit;
use nethost_sdk::sock_diag::{Attributes, Message, Protocol, Query, u32_at, u64_at};

use super::{Fact, Show, out};
use crate::filter::{NETLINK, PACKET, TIPC, VSOCK, XDP};
use crate::link_protocol;
use crate::options::{ALL_STATES, table};
use crate::socket::{CLOSE, Socket};

fn cookie(message: Message<'_>, at: usize) -> u64 {
    u64::from(message.u32(at + 4)) << 32 | u64::from(message.u32(at))
}

impl<W: Write> Show<W> {
    fn is_closed_shown(&self, family: u8) -> bool {
        self.options.has_family(family) && self.options.states & 1 << CLOSE != 0
    }

    fn all(
        &mut self,
        protocol: Protocol,
        show: u32,
        one: fn(&mut Self, Message<'_>) -> Result<(), Exit>,
    ) -> Result<bool, Exit> {
        let query = Query {
            protocol,
            family: 0,
            states: self.options.states & ALL_STATES,
            show,
            filter: Vec::new(),
        };
        self.each(&query, one)
    }

    /// Packet sockets.
    pub(crate) fn packet(&mut self) -> Result<bool, Exit> {
        if !self.is_closed_shown(PACKET) {
            return Ok(true);
        }
        // PACKET_SHOW_INFO, RING_CFG, FANOUT, MEMINFO, FILTER.
        self.all(Protocol::Packet, 0b11_1101, Self::packet_one)
    }

    fn packet_one(&mut self, message: Message<'_>) -> Result<(), Exit> {
        let attributes = message.attributes(16);
        let info = attributes.find(0);
        let index = info.map_or(0, |info| u32_at(info, 0));
        let protocol = message.u16(2);
        let mut socket = Socket {
            family: PACKET,
            kind: message.u8(1).into(),
            state: CLOSE,
            local_port: index.cast_signed(),
            receive_queue: attributes.find(6).map_or(0, |memory| u32_at(memory, 0)),
            inode: message.u32(4),
            user: attributes.find(5).map_or(0, |user| u32_at(user, 0)),
            interface: index,
            cookie: cookie(message, 8),
            ..Socket::default()
        };
        socket.local[..4].copy_from_slice(&u32::from(protocol).to_be_bytes());
        if !self.takes(&socket) || self.collected(&socket) {
            return Ok(());
        }
        let address = match protocol {
            3 => "*".to_owned(),
            other => link_protocol::name(other, self.options.numeric),
        };
        let port = match index {
            0 => "*".to_owned(),
            index => self.interface(index),
        };
        if self.options.json {
            let fact = Fact::of_other(self, &socket, &address, &port);
            return super::fact::print(&fact);
        }
        self.begin(&socket)?;
        self.pair(&address, ":", &port)?;
        self.pair("", "*", "")?;
        self.owners(socket.inode);
        if self.options.details {
            self.details(&socket);
            self.packet_details(attributes);
        }
        if self.options.programs
            && let Some(program) = attributes.find(8)
        {
            self.below();
            out!(self, "bpf filter ({}): ", program.len() / 8);
            for step in program.chunks_exact(8) {
                let code = u32_at(step, 0) & 0xffff;
                out!(
                    self,
                    " 0x{code:02x} {} {} {},",
                    step[2],
                    step[3],
                    u32_at(step, 4)
                );
            }
        }
        if self.options.memory
            && let Some(facts) = attributes.find(6)
        {
            self.memory(facts);
        }
        Ok(())
    }

    fn packet_details(&mut self, attributes: Attributes<'_>) {
        if let Some(info) = attributes.find(0) {
            self.below();
            out!(
                self,
                "ver:{} cpy_thresh:{} flags( ",
                u32_at(info, 4),
                u32_at(info, 12)
            );
            let bits = u32_at(info, 20);
            let names = ["running", " auxdata", " origdev", " vnethdr", " loss"];
            for (bit, name) in names.into_iter().enumerate() {
                if bits >> bit & 1 == 1 {
                    self.table.text(name);
                }
            }
            if bits == 0 {
                self.table.text("0");
            }
            self.table.text(" )");
        }
        for (id, name) in [(2, "ring_rx"), (3, "ring_tx")] {
            if let Some(ring) = attributes.find(id) {
                let at = |index: usize| u32_at(ring, index * 4);
                self.below();
                out!(
                    self,
                    "{name}(blk_size:{},blk_nr:{},frm_size:{},frm_nr:{},tmo:{},features:0x{:x})",
                    at(0),
                    at(1),
                    at(2),
                    at(3),
                    at(4),
                    at(6)
                );
            }
        }
        if let Some(fanout) = attributes.find(4) {
            const KINDS: [&str; 6] = ["hash", "lb", "cpu", "roll", "random", "qm"];
            let fanout = u32_at(fanout, 0);
            self.below();
            out!(self, "fanout(id:{},type:", fanout & 0xffff);
            match KINDS.get((fanout >> 16) as usize) {
                Some(kind) => self.table.text(kind),
                None => {
                    out!(self, "0x{:x}", fanout >> 16);
                }
            }
            self.table.text(")");
        }
    }

    /// Netlink sockets.
    pub(crate) fn netlink(&mut self) -> Result<bool, Exit> {
        if !self.is_closed_shown(NETLINK) {
            return Ok(true);
        }
        // NDIAG_SHOW_MEMINFO and GROUPS.
        self.all(Protocol::Netlink, 3, Self::netlink_one)
    }

    fn netlink_one(&mut self, message: Message<'_>) -> Result<(), Exit> {
        const CONNECTED: u8 = 1;
        let attributes = message.attributes(28);
        let memory = attributes.find(0);
        let (protocol, process) = (message.u8(2), message.u32(4).cast_signed());
        let mut socket = Socket {
            family: NETLINK,
            state: CLOSE,
            local_port: process,
            remote_port: -1,
            receive_queue: memory.map_or(0, |memory| u32_at(memory, 0)),
            send_queue: memory.map_or(0, |memory| u32_at(memory, 8)),
            cookie: cookie(message, 20),
            inode: message.u32(16),
            ..Socket::default()
        };
        socket.local[..4].copy_from_slice(&u32::from(protocol).to_be_bytes());
        if !self.takes(&socket) {
            return Ok(());
        }
        if self.collected(&socket) {
            return Ok(());
        }
        let address = link_protocol::netlink_name(protocol.into(), self.options.numeric);
        let port = match process {
            -1 => "*".to_owned(),
            0 if !self.options.numeric => "kernel".to_owned(),
            other if !self.options.numeric => self.process_name(other),
            other => other.to_string(),
        };
        if self.options.json {
            let fact = Fact::of_other(self, &socket, &address, &port);
            return super::fact::print(&fact);
        }
        self.begin(&socket)?;
        self.pair(&address, ":", &port)?;
        if message.u8(3) == CONNECTED {
            let (group, peer) = (message.u32(12), message.u32(8).cast_signed());
            self.pair(&group.to_string(), ":", &peer.to_string())?;
        } else {
            self.pair("", "*", "")?;
        }
        if self.options.details {
            let groups = attributes.find(1).map_or(0, |groups| u32_at(groups, 0));
            out!(self, " sk=0 cb=0 groups=0x{groups:08x}");
        }
        if self.options.memory {
            self.table.text("\t");
            if let Some(facts) = memory {
                self.memory(facts);
            }
        }
        Ok(())
    }

    /// `NAME/PROCESS`, where that process may be looked at.
    fn process_name(&mut self, process: i32) -> String {
        match self.owners.command(process) {
            Some(name) if process > 0 => format!("{name}/{process}"),
            _ => process.to_string(),
        }
    }

    /// Sockets between virtual machines.
    pub(crate) fn vsock(&mut self) -> Result<bool, Exit> {
        if !self.options.has_family(VSOCK) {
            return Ok(true);
        }
        self.all(Protocol::Vsock, 0, Self::vsock_one)
    }

    fn vsock_one(&mut self, message: Message<'_>) -> Result<(), Exit> {
        let kind = u32::from(message.u8(1));
        let shown = if kind == 1 {
            table::VSOCK_STREAM
        } else {
            table::VSOCK_DATAGRAM
        };
        if self.options.tables & shown == 0 {
            return Ok(());
        }
        let mut socket = Socket {
            family: VSOCK,
            kind,
            state: message.u8(2),
            local_port: message.u32(8).cast_signed(),
            remote_port: message.u32(16).cast_signed(),
            inode: message.u32(20),
            ..Socket::default()
        };
        socket.local[..4].copy_from_slice(&message.u32(4).to_be_bytes());
        socket.remote[..4].copy_from_slice(&message.u32(12).to_be_bytes());
        if !self.takes(&socket) || self.collected(&socket) {
            return Ok(());
        }
        let any = |number: u32| match number {
            u32::MAX => "*".to_owned(),
            number => number.to_string(),
        };
        let (address, port) = (any(message.u32(4)), any(message.u32(8)));
        if self.options.json {
            let fact = Fact::of_other(self, &socket, &address, &port);
            return super::fact::print(&fact);
        }
        self.begin(&socket)?;
        self.pair(&address, ":", &port)?;
        self.pair(&any(message.u32(12)), ":", &any(message.u32(16)))?;
        self.owners(socket.inode);
        Ok(())
    }

    /// AF_XDP sockets.
    pub(crate) fn xdp(&mut self) -> Result<bool, Exit> {
        if !self.is_closed_shown(XDP) {
            return Ok(true);
        }
        self.all(Protocol::Xdp, 0b1_1111, Self::xdp_one)
    }

    fn xdp_one(&mut self, message: Message<'_>) -> Result<(), Exit> {
        let attributes = message.attributes(16);
        let info = attributes.find(1);
        let socket = Socket {
            family: XDP,
            kind: message.u8(1).into(),
            state: CLOSE,
            inode: message.u32(4),
            cookie: cookie(message, 8),
            interface: info.map_or(0, |info| u32_at(info, 0)),
            local_port: info.map_or(0, |info| u32_at(info, 4).cast_signed()),
            user: attributes.find(2).map_or(0, |user| u32_at(user, 0)),
            receive_queue: attributes.find(8).map_or(0, |memory| u32_at(memory, 0)),
            ..Socket::default()
        };
        if !self.takes(&socket) || self.collected(&socket) {
            return Ok(());
        }
        let (address, port) = match socket.interface {
            0 => (String::new(), String::new()),
            index => (self.interface(index), format!("q{}", socket.local_port)),
        };
        if self.options.json {
            let fact = Fact::of_other(self, &socket, &address, &port);
            return super::fact::print(&fact);
        }
        self.begin(&socket)?;
        self.pair(&address, if address.is_empty() { "*" } else { ":" }, &port)?;
        self.pair("", "*", "")?;
        self.owners(socket.inode);
        if self.options.details {
            self.details(&socket);
            let ring = |id| attributes.find(id).map(|ring| u32_at(ring, 0));
            for (id, name) in [(3, "rx"), (4, "tx")] {
                if let Some(entries) = ring(id) {
                    self.below();
                    out!(self, "{name}(entries:{entries})");
                }
            }
            if let Some(memory) = attributes.find(5) {
                let at = |index| u32_at(memory, index);
                self.below();
                out!(
                    self,
                    "umem(id:{},size:{},num_pages:{},chunk_size:{},headroom:{},ifindex:{},qid:{},zc:{},refs:{})",
                    at(8),
                    u64_at(memory, 0),
                    at(12),
                    at(16),
                    at(20),
                    at(24),
                    at(28),
                    at(32) & 1,
                    at(36)
                );
                for (id, name) in [(6, "fr"), (7, "cr")] {
                    if let Some(entries) = ring(id) {
                        self.below();
                        out!(self, "{name}(entries:{entries})");
                    }
                }
            }
            if let Some(counts) = attributes.find(9) {
                let at = |index: usize| u64_at(counts, index * 8);
                self.below();
                out!(
                    self,
                    "stats(rx dropped:{},rx invalid:{},rx queue full:{},rx fill ring empty:{},tx invalid:{},tx ring empty:{})",
                    at(0),
                    at(1),
                    at(2),
                    at(3),
                    at(4),
                    at(5)
                );
            }
        }
        if self.options.memory
            && let Some(facts) = attributes.find(8)
        {
            self.memory(facts);
        }
        Ok(())
    }

    /// TIPC sockets: their messages are attributes alone.
    pub(crate) fn tipc(&mut self) -> Result<bool, Exit> {
        if !self.options.has_family(TIPC) {
            return Ok(true);
        }
        self.all(Protocol::Tipc, 0, Self::tipc_one)
    }

    fn tipc_one(&mut self, message: Message<'_>) -> Result<(), Exit> {
        const KINDS: [&str; 6] = ["UNKNOWN", "STREAM", "DGRAM", "", "RDM", "SEQPACKET"];
        // TIPC_NLA_SOCK.
        let Some(facts) = message.attributes(0).find(2).map(Attributes) else {
            return Ok(());
        };
        let word = |id| facts.find(id).map_or(0, |value| u32_at(value, 0));
        let counts = Attributes(facts.find(6).unwrap_or_default());
        let count = |id| counts.find(id).map_or(0, |value| u32_at(value, 0));
        let socket = Socket {
            family: TIPC,
            kind: word(7),
            state: word(10) as u8,
            user: word(9),
            inode: word(8),
            receive_queue: count(1),
            send_queue: count(2),
            cookie: facts.find(11).map_or(0, |cookie| u64_at(cookie, 0)),
            ..Socket::default()
        };
        if self.collected(&socket) {
            return Ok(());
        }
        let (address, port) = (word(1).to_string(), word(2).to_string());
        if self.options.json {
            let fact = Fact::of_other(self, &socket, &address, &port);
            return super::fact::print(&fact);
        }
        self.begin(&socket)?;
        self.pair(&address, ":", &port)?;
        let peer = facts.find(3).map(Attributes);
        let of_peer = |id| {
            let value = peer.and_then(|peer| peer.find(id));
            value.map_or(0, |value| u32_at(value, 0))
        };
        match peer {
            Some(_) => self.pair(&of_peer(2).to_string(), ":", &of_peer(3).to_string())?,
            None => self.pair("", "-", "")?,
        }
        if self.options.details {
            self.details(&socket);
        }
        self.owners(socket.inode);
        if self.options.tipc_info {
            let begin = if self.options.one_line { " " } else { "\n " };
            let kind = KINDS.get(socket.kind as usize).unwrap_or(&"UNKNOWN");
            let congested = match (counts.find(3), counts.find(4)) {
                (Some(_), _) => "link",
                (None, Some(_)) => "conn",
                (None, None) => "none",
            };
            out!(
                self,
                "{begin}type:{kind} cong:{congested}  drop:{} ",
                count(5)
            );
            if facts.find(4).is_some() {
                self.table.text(" publ");
            }
            if peer.is_some_and(|peer| peer.find(1).is_some()) {
                out!(self, " via {{{},{}}} ", of_peer(4), of_peer(5));
            }
        }
        Ok(())
    }

    /// Its owner is looked for first.
    fn collected(&mut self, socket: &Socket<'_>) -> bool {
        let collecting = self.owners.is_collecting();
        if collecting {
            self.owners.collect(socket.inode);
        }
        collecting
    }
}
