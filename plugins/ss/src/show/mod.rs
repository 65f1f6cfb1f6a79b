//! What is shown of sockets: the fields that all have, and one file for each family.

pub(crate) mod fact;
mod inet;
mod other;
mod raw;
mod tcp_info;
mod unix;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write;
use std::net::{IpAddr, Ipv6Addr};

use nethost_sdk::names::Names;
use nethost_sdk::sock_diag::{Namespace, u32_at};
use nethost_sdk::{Exit, netlink, procfs, resolver};

use crate::control_groups::ControlGroups;
use crate::filter::{Ephemeral, Expression};
use crate::options::Options;
use crate::owners::Owners;
use crate::services::{Services, Transport};
use crate::socket::{Socket, state_name};
use crate::table::{Id, Table};
pub(crate) use fact::Fact;

/// What is shown, and how.
pub(crate) struct Show<W> {
    pub(crate) table: Table<W>,
    pub(crate) options: Options,
    pub(crate) filter: Option<Expression>,
    pub(crate) ephemeral: Ephemeral,
    pub(crate) services: Services,
    pub(crate) transport: Transport,
    pub(crate) owners: Owners,
    pub(crate) control_groups: ControlGroups,
    pub(crate) names: Option<Names>,
    pub(crate) namespace: Namespace,
    interfaces: HashMap<u32, String>,
    cache: HashMap<(u16, Transport), Option<String>>,
    /// The inode of the last socket: SCTP's associations have that of their endpoint.
    last_inode: u32,
    /// Something could not be ended.
    pub(crate) failed: bool,
}

/// Writes to the table, which cannot fail.
macro_rules! out {
    ($show:expr, $($arg:tt)*) => { let _ = write!($show.table, $($arg)*); };
}
use out;

impl<W: Write> Show<W> {
    pub(crate) fn new(
        table: Table<W>,
        options: Options,
        filter: Option<Expression>,
        services: Services,
        control_groups: ControlGroups,
        namespace: Namespace,
    ) -> Self {
        Self {
            table,
            filter,
            ephemeral: Ephemeral::default(),
            services,
            transport: Transport::None,
            owners: Owners::of(options.threads),
            control_groups,
            names: None,
            namespace,
            interfaces: HashMap::new(),
            cache: HashMap::new(),
            last_inode: 0,
            failed: false,
            options,
        }
    }

    /// Reads which ports the kernel chooses from. Without the right to, ss's own range is taken.
    pub(crate) fn read_ephemeral(&mut self) {
        let text = procfs::counters("net.ipv4.ip_local_port_range").unwrap_or_default();
        let mut numbers = text.split_whitespace().map(str::parse);
        if let (Some(Ok(first)), Some(Ok(last))) = (numbers.next(), numbers.next()) {
            self.ephemeral = Ephemeral { first, last };
        }
    }

    /// Whether the filter takes it.
    fn takes(&self, socket: &Socket<'_>) -> bool {
        let filter = self.filter.as_ref();
        filter.is_none_or(|filter| filter.holds(socket, self.ephemeral))
    }

    /// The first four columns.
    fn begin(&mut self, socket: &Socket<'_>) -> Result<(), Exit> {
        let netid = socket.netid();
        if netid == "sctp" && self.last_inode != 0 && self.last_inode == socket.inode {
            const NAMES: [&str; 8] = [
                "CLOSED",
                "COOKIE_WAIT",
                "COOKIE_ECHOED",
                "ESTAB",
                "SHUTDOWN_PENDING",
                "SHUTDOWN_SENT",
                "SHUTDOWN_RECEIVED",
                "ACK_SENT",
            ];
            self.table.go_to(Id::State)?;
            let state = NAMES.get(usize::from(socket.state)).unwrap_or(&"UNKNOWN");
            out!(self, "`- {state}");
        } else {
            self.table.go_to(Id::Netid)?;
            self.table.text(netid);
            self.table.go_to(Id::State)?;
            self.table.text(state_name(socket.state));
        }
        self.table.go_to(Id::ReceiveQueue)?;
        self.table.number(socket.receive_queue, 6);
        self.table.go_to(Id::SendQueue)?;
        self.table.number(socket.send_queue, 6);
        self.table.go_to(Id::Local)
    }

    /// An address and a port, in two columns.
    fn pair(&mut self, address: &str, delimiter: &str, port: &str) -> Result<(), Exit> {
        self.table.strange(address);
        self.table.text(delimiter);
        self.table.next()?;
        self.table.strange(port);
        self.table.next()
    }

    /// Who has it open.
    fn owners(&mut self, inode: u32) {
        if self.options.processes
            && let Some(users) = self.owners.text(inode)
        {
            out!(self, " users:({users})");
        }
    }

    fn details(&mut self, socket: &Socket<'_>) {
        if socket.user != 0 {
            out!(self, " uid:{}", socket.user);
        }
        out!(self, " ino:{} sk:{:x}", socket.inode, socket.cookie);
        if socket.mark != 0 {
            out!(self, " fwmark:0x{:x}", socket.mark);
        }
        if socket.cgroup != 0 {
            let path = self.control_groups.path(socket.cgroup);
            self.table.text(" cgroup:");
            self.table.strange(&path);
        }
    }

    /// SK_MEMINFO_….
    fn memory(&mut self, facts: &[u8]) {
        let at = |index: usize| u32_at(facts, index * 4);
        out!(
            self,
            " skmem:(r{},rb{},t{},tb{},f{},w{},o{}",
            at(0),
            at(1),
            at(2),
            at(3),
            at(4),
            at(5),
            at(6)
        );
        if facts.len() >= 32 {
            out!(self, ",bl{}", at(7));
        }
        if facts.len() >= 36 {
            out!(self, ",d{}", at(8));
        }
        self.table.text(")");
    }

    /// Which directions are closed.
    fn shutdown(&mut self, mask: u8) {
        let receive = if mask & 1 != 0 { '-' } else { '<' };
        let send = if mask & 2 != 0 { '-' } else { '>' };
        out!(self, " {receive}-{send}");
    }

    /// A line of its own below the socket's, unless all is to be in one.
    fn below(&mut self) {
        let begin = if self.options.one_line { " " } else { "\n\t" };
        self.table.text(begin);
    }

    /// The name of an interface.
    fn interface(&mut self, index: u32) -> String {
        if let Some(name) = self.interfaces.get(&index) {
            return name.clone();
        }
        let name = match self.options.namespace.as_deref() {
            None => resolver::interface_name(index).ok(),
            Some(namespace) => interface_in(namespace, index),
        };
        let name = name.unwrap_or_else(|| format!("if{index}"));
        self.interfaces.insert(index, name.clone());
        name
    }

    /// What a port is called.
    fn port(&mut self, port: u16) -> String {
        if port == 0 {
            return "*".into();
        }
        if self.options.numeric {
            return port.to_string();
        }
        let (transport, services, ephemeral) = (self.transport, &mut self.services, self.ephemeral);
        let name = self
            .cache
            .entry((port, transport))
            .or_insert_with(|| match transport {
                Transport::Raw => Some(
                    services
                        .name(port, transport)
                        .map_or_else(|| format!("ipproto-{port}"), str::to_owned),
                ),
                _ if ephemeral.contains(port.into()) => None,
                _ => services.name(port, transport).map(str::to_owned),
            });
        name.clone().unwrap_or_else(|| port.to_string())
    }

    /// An address and port of IP. What is not known by name is in digits, written without detours.
    fn endpoint(
        &mut self,
        address: IpAddr,
        port: u16,
        interface: u32,
        v6only: bool,
    ) -> Result<(), Exit> {
        let named = self
            .names
            .as_ref()
            .and_then(|names| names.get(address).known())
            .map(str::to_owned);
        match (named, address) {
            (_, IpAddr::V6(any)) if any.is_unspecified() && !v6only => self.table.text("*"),
            (Some(name), _) => self.table.strange(&name),
            (None, IpAddr::V4(address)) => {
                for (index, octet) in address.octets().into_iter().enumerate() {
                    if index > 0 {
                        self.table.octets(b".");
                    }
                    self.table.number(octet.into(), 0);
                }
            }
            (None, IpAddr::V6(address)) => {
                let text = ipv6(address);
                out!(self, "[{text}]");
            }
        }
        if interface != 0 {
            let name = self.interface(interface);
            self.table.text("%");
            self.table.strange(&name);
        }
        self.table.octets(b":");
        self.table.next()?;
        match port {
            0 => self.table.octets(b"*"),
            port if self.options.numeric => self.table.number(port.into(), 0),
            port => {
                let name = self.port(port);
                self.table.strange(&name);
            }
        }
        self.table.next()
    }

    /// Looks up the names of addresses that are about to be shown.
    pub(crate) async fn learn(&mut self, addresses: impl IntoIterator<Item = IpAddr>) {
        if let Some(names) = &mut self.names {
            names.find_all(addresses).await;
        }
    }

    /// Writes what is left.
    pub(crate) fn finish(&mut self) -> Result<(), Exit> {
        self.table.render()
    }
}

fn interface_in(namespace: &str, index: u32) -> Option<String> {
    let there = netlink::Namespace::open(Some(namespace)).ok()?;
    let query = netlink::LinkQuery {
        index: Some(index),
        ..netlink::LinkQuery::default()
    };
    let mut links = there.links(query).ok()?;
    let found = links.next().ok()??;
    found.into_iter().next().map(|link| link.name)
}

/// As inet_ntop(3) writes it: an address that begins with 96 zeroes has its end as one of IPv4.
pub(crate) fn ipv6(address: Ipv6Addr) -> String {
    let segments = address.segments();
    if segments[..6] == [0; 6] && segments[6] != 0 {
        let [.., a, b, c, d] = address.octets();
        return format!("::{a}.{b}.{c}.{d}");
    }
    address.to_string()
}
