//! One network namespace: validate, ask the gate, ask or change the kernel, convert what it says.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::sync::Arc;

use netlink_sys::Socket;

use super::draft::{ACKNOWLEDGE, Draft};
use super::listing::{Listing, Objects};
use super::message::{KernelError, Message, Messages};
use super::monitor::{self, Monitor};
use super::{
    NetnsRead, RouteRead, RouteWrite, address, address_label, link, multicast, namespace_number,
    neighbour, neighbour_table, route, rule, sys, tcp_metrics,
};
use crate::bindings::nethost::cap::netlink as wit;
use crate::broker::Broker;
use crate::capability::types::{ErrorCode, address_from, invalid};
use crate::gate::{Gate, Permit, Request, Target};

/// NLM_F_… of a change.
const REPLACE: u16 = 0x100;
const EXCLUSIVE: u16 = 0x200;
const CREATE: u16 = 0x400;
const APPEND: u16 = 0x800;

/// A network namespace.
pub struct Namespace {
    pub(super) gate: Arc<Gate>,
    pub(super) broker: Arc<Broker>,
    /// Another one than this process's, and the permit to look into it.
    other: Option<(File, Permit<NetnsRead>)>,
    /// Changes go through one socket.
    writer: Option<Socket>,
}

impl Namespace {
    pub(super) fn open(
        gate: &Arc<Gate>,
        broker: &Arc<Broker>,
        name: Option<&str>,
    ) -> Result<Self, ErrorCode> {
        let other = match name {
            None => None,
            Some(name) => {
                check_name(name)?;
                let request = Request::new("namespace.open", Target::Name(name.into()));
                let permit = gate.authorize(request)?;
                let file = sys::open_namespace(&permit, broker, name);
                let file = file.inspect_err(|error| permit.failed(error))?;
                Some((file, permit))
            }
        };
        Ok(Self {
            gate: Arc::clone(gate),
            broker: Arc::clone(broker),
            other,
            writer: None,
        })
    }

    pub(super) fn list(&self, query: &wit::Query) -> Result<Listing, wit::Failure> {
        let (draft, dump, of, name) = match query {
            wit::Query::Links(query) => {
                let (draft, dump) = link::query(query)?;
                (draft, dump, Objects::Links, "links")
            }
            wit::Query::Addresses(query) => (
                address::query(*query),
                true,
                Objects::Addresses,
                "addresses",
            ),
            wit::Query::Routes(query) => (route::query(*query), true, Objects::Routes, "routes"),
            wit::Query::Rules(family) => (rule::query(*family), true, Objects::Rules, "rules"),
            wit::Query::Neighbours(query) => {
                let draft = neighbour::query(*query);
                (draft, true, Objects::Neighbours, "neighbours")
            }
            wit::Query::AddressLabels => (
                address_label::query(),
                true,
                Objects::AddressLabels,
                "address-labels",
            ),
            wit::Query::NeighbourTables(family) => (
                neighbour_table::query(*family),
                true,
                Objects::NeighbourTables,
                "neighbour-tables",
            ),
            wit::Query::NamespaceNumbers => (
                namespace_number::query(),
                true,
                Objects::NamespaceNumbers,
                "namespace-numbers",
            ),
            wit::Query::TcpMetrics(of) => return self.tcp_metrics(*of),
        };
        self.read("namespace.list", Target::Local(name), draft, of, dump)
    }

    fn tcp_metrics(&self, of: Option<wit::IpAddress>) -> Result<Listing, wit::Failure> {
        let request = Request::new("namespace.list", tcp_metrics::target(of)?);
        let permit: Permit<RouteRead> = self.gate.authorize(request).map_err(ErrorCode::from)?;
        let asked = sys::tcp_metrics(&permit, &self.broker, self.place(), |family| {
            tcp_metrics::query(family, of)
        });
        let (socket, family) = asked.inspect_err(|error| permit.failed(error))?;
        let of_all = of.is_none();
        Ok(Listing::new(
            socket,
            permit,
            Objects::TcpMetrics(family),
            of_all,
        ))
    }

    pub(super) fn look_up_neighbour(
        &self,
        lookup: wit::NeighbourLookup,
    ) -> Result<wit::Neighbour, wit::Failure> {
        let draft = neighbour::look_up(lookup);
        let target = Target::Local("neighbours");
        let op = "namespace.look-up-neighbour";
        let mut listing = self.read(op, target, draft, Objects::Neighbours, false)?;
        match listing.next(1)?.objects {
            wit::Objects::Neighbours(mut found) if !found.is_empty() => Ok(found.swap_remove(0)),
            _ => Err(nothing_came().into()),
        }
    }

    pub(super) fn place(&self) -> Option<BorrowedFd<'_>> {
        self.other.as_ref().map(|(file, _)| file.as_fd())
    }

    pub(super) fn look_up(&self, lookup: &wit::RouteLookup) -> Result<wit::Route, wit::Failure> {
        let draft = route::look_up(lookup)?;
        let target = Target::Address {
            address: address_from(lookup.destination),
            port: None,
        };
        let mut listing = self.read("namespace.look-up", target, draft, Objects::Routes, false)?;
        match listing.next(1)?.objects {
            wit::Objects::Routes(mut routes) if !routes.is_empty() => Ok(routes.swap_remove(0)),
            _ => Err(nothing_came().into()),
        }
    }

    fn read(
        &self,
        op: &'static str,
        target: Target,
        draft: Draft,
        of: Objects,
        dump: bool,
    ) -> Result<Listing, wit::Failure> {
        let (message, _) = draft.finish()?;
        let permit: Permit<RouteRead> = self
            .gate
            .authorize(Request::new(op, target))
            .map_err(ErrorCode::from)?;
        let namespace = self.other.as_ref().map(|(file, _)| file.as_fd());
        match sys::ask(&permit, &self.broker, namespace, &message) {
            Ok(socket) => Ok(Listing::new(socket, permit, of, dump)),
            Err(error) => {
                permit.failed(&error);
                Err(error.into())
            }
        }
    }

    pub(super) fn multicast_addresses(&self) -> Result<Vec<wit::MulticastAddress>, wit::Failure> {
        let request = Request::new(
            "namespace.multicast-addresses",
            Target::Local("multicast-addresses"),
        );
        let permit: Permit<RouteRead> = self.gate.authorize(request).map_err(ErrorCode::from)?;
        let namespace = self.other.as_ref().map(|(file, _)| file.as_fd());
        let mut texts = Vec::new();
        for file in multicast::FILES {
            let text = sys::read_table(&permit, &self.broker, namespace, file);
            texts.push(text.inspect_err(|error| permit.failed(error))?);
        }
        let [links, inet, inet6] = texts.as_slice() else {
            return Ok(Vec::new());
        };
        Ok(multicast::parse([links, inet, inet6]))
    }

    pub(super) fn named_namespaces(&self) -> Result<Vec<wit::NamedNamespace>, wit::Failure> {
        let request = Request::new("namespace.named-namespaces", Target::Local("namespaces"));
        let permit: Permit<NetnsRead> = self.gate.authorize(request).map_err(ErrorCode::from)?;
        let namespace = self.other.as_ref().map(|(file, _)| file.as_fd());
        let names = sys::namespaces(&permit, &self.broker, namespace);
        let names = names.inspect_err(|error| permit.failed(error))?;
        let named = names
            .into_iter()
            .map(|(name, id)| wit::NamedNamespace { name, id });
        Ok(named.collect())
    }

    pub(super) fn watch(&self, subjects: wit::Subjects) -> Result<Monitor, wit::Failure> {
        let request = Request::new("namespace.watch", Target::Local("events"));
        let permit: Permit<RouteRead> = self.gate.authorize(request).map_err(ErrorCode::from)?;
        let namespace = self.other.as_ref().map(|(file, _)| file.as_fd());
        let socket = sys::listen(&permit, &self.broker, namespace, &monitor::groups(subjects));
        let socket = socket.inspect_err(|error| permit.failed(error))?;
        Ok(Monitor::new(socket, permit)?)
    }

    pub(super) fn put(
        &mut self,
        change: &wit::Change,
        how: wit::How,
    ) -> Result<Option<String>, wit::Failure> {
        let flag = |is: wit::How, flag| if how.contains(is) { flag } else { 0 };
        let flags = flag(wit::How::CREATE, CREATE)
            | flag(wit::How::EXCLUSIVE, EXCLUSIVE)
            | flag(wit::How::REPLACE, REPLACE)
            | flag(wit::How::APPEND, APPEND);
        self.change("namespace.put", change, true, flags)
    }

    pub(super) fn remove(&mut self, change: &wit::Change) -> Result<Option<String>, wit::Failure> {
        self.change("namespace.remove", change, false, 0)
    }

    fn change(
        &mut self,
        op: &'static str,
        change: &wit::Change,
        put: bool,
        flags: u16,
    ) -> Result<Option<String>, wit::Failure> {
        match change {
            wit::Change::TunDevice(device) => return self.change_tun(op, device, put),
            wit::Change::MulticastAddress(address) => {
                return self.change_multicast(op, address, put);
            }
            wit::Change::NamespaceName(name) => return self.change_name(op, name, put),
            wit::Change::TcpMetrics(of) => return self.forget_tcp_metrics(op, *of, put),
            _ => {}
        }
        let flags = flags | ACKNOWLEDGE;
        let mut moves = false;
        let draft = draft(change, put, flags, &mut |_| {
            moves = true;
            Ok(-1)
        })?;
        let (mut message, mut changes) = draft.finish()?;
        let interface = self.interface(change)?;
        if let Some(name) = &interface {
            changes.insert(0, ("dev", name.clone()));
        }
        let request = Request::new(op, target(change, interface.as_deref())?)
            .on_interface(interface.as_deref())
            .changing(changes);
        let permit: Permit<RouteWrite> = self.gate.authorize(request).map_err(ErrorCode::from)?;
        // Kept open until the kernel has taken them out of the message.
        let mut destinations = Vec::new();
        if moves {
            let mut enter = |name: &str| {
                check_name(name)?;
                let file = sys::open_destination(&permit, &self.broker, name);
                let file = file.inspect_err(|error| permit.failed(error))?;
                let descriptor = file.as_raw_fd();
                destinations.push(file);
                Ok(descriptor)
            };
            (message, _) = self::draft(change, put, flags, &mut enter)?.finish()?;
        }
        match self.send(&permit, &message) {
            Ok(warning) => Ok(warning),
            Err(error) => {
                permit.failed(&io::Error::from_raw_os_error(error.errno));
                Err(error.into())
            }
        }
    }

    /// The link that a change is about, by its own name: what policies know it by.
    fn interface(&mut self, change: &wit::Change) -> Result<Option<String>, KernelError> {
        let index = match change {
            wit::Change::Link(link) => link.index,
            wit::Change::Address(address) => address.index,
            // One with several next hops leaves through theirs, whatever else it names.
            wit::Change::Route(route) if route.next_hops.is_some() => 0,
            wit::Change::Route(route) => route.output_interface.unwrap_or_default(),
            wit::Change::Neighbour(neighbour) => neighbour.index,
            wit::Change::AddressLabel(label) => label.index,
            wit::Change::NeighbourTable(table) => neighbour_table::index(table),
            _ => 0,
        };
        if index == 0 {
            return Ok(None);
        }
        let name = sys::link_name(self.writer()?, index);
        // One that is not there is the kernel's to refuse, in its own words.
        Ok(name.ok())
    }

    fn writer(&mut self) -> io::Result<&Socket> {
        let namespace = self.other.as_ref().map(|(file, _)| file.as_fd());
        match self.writer {
            Some(ref socket) => Ok(socket),
            None => Ok(self.writer.insert(sys::writer(&self.broker, namespace)?)),
        }
    }

    fn send(
        &mut self,
        permit: &Permit<RouteWrite>,
        message: &[u8],
    ) -> Result<Option<String>, KernelError> {
        let broker = Arc::clone(&self.broker);
        told(&sys::change(permit, &broker, self.writer()?, message)?)
    }
}

/// What the kernel says to a change.
pub(super) fn told(answer: &[u8]) -> Result<Option<String>, KernelError> {
    match Messages::new(answer).next() {
        Some(Message::Done { warning }) => Ok(warning),
        Some(Message::Error(error)) => Err(error),
        Some(Message::Object { .. }) | None => Err(KernelError {
            errno: libc::EBADMSG,
            message: None,
        }),
    }
}

/// A lookup that was answered with nothing.
fn nothing_came() -> KernelError {
    KernelError {
        errno: libc::ENOENT,
        message: None,
    }
}

/// The message for a change. `enter` finds the descriptor of a namespace by its name.
fn draft(
    change: &wit::Change,
    put: bool,
    flags: u16,
    enter: &mut impl FnMut(&str) -> Result<i32, ErrorCode>,
) -> Result<Draft, ErrorCode> {
    let kind = |new, delete| if put { new } else { delete };
    match change {
        wit::Change::Link(link) => link::write(kind(link::NEW, link::DELETE), flags, link, enter),
        wit::Change::Address(address) => {
            address::write(kind(address::NEW, address::DELETE), flags, address)
        }
        wit::Change::Route(route) => route::write(kind(route::NEW, route::DELETE), flags, route),
        wit::Change::Rule(rule) => rule::write(kind(rule::NEW, rule::DELETE), flags, rule),
        wit::Change::Neighbour(neighbour) => {
            neighbour::write(kind(neighbour::NEW, neighbour::DELETE), flags, neighbour)
        }
        wit::Change::AddressLabel(label) => address_label::write(
            kind(address_label::NEW, address_label::DELETE),
            flags,
            label,
        ),
        wit::Change::NeighbourTable(table) => neighbour_table::write(put, flags, table),
        wit::Change::NamespaceNumbering(numbering) => {
            namespace_number::write(put, flags, numbering, enter)
        }
        wit::Change::TunDevice(_)
        | wit::Change::MulticastAddress(_)
        | wit::Change::NamespaceName(_)
        | wit::Change::TcpMetrics(_) => Err(invalid("that is no rtnetlink message")),
    }
}

/// What the gate is asked about.
fn target(change: &wit::Change, interface: Option<&str>) -> Result<Target, ErrorCode> {
    match change {
        wit::Change::Link(link) => {
            let name = interface.or(link.name.as_deref()).or(link.kind.as_deref());
            Ok(Target::Name(name.unwrap_or_default().into()))
        }
        wit::Change::Address(address) => address::target(address),
        wit::Change::Route(route) => {
            route::target(route.family, route.destination, route.destination_length)
        }
        wit::Change::Rule(rule) => rule::target(rule),
        wit::Change::Neighbour(neighbour) => neighbour::target(neighbour),
        wit::Change::AddressLabel(label) => address_label::target(label),
        wit::Change::NeighbourTable(table) => {
            Ok(Target::Name(interface.unwrap_or(&table.name).into()))
        }
        wit::Change::NamespaceNumbering(numbering) => Ok(Target::Name(numbering.name.clone())),
        wit::Change::TunDevice(device) => Ok(Target::Name(device.name.clone())),
        wit::Change::MulticastAddress(address) => Ok(Target::Name(address.name.clone())),
        wit::Change::NamespaceName(name) => Ok(Target::Name(name.name.clone())),
        wit::Change::TcpMetrics(of) => tcp_metrics::target(*of),
    }
}

/// A name below /run/netns, and nothing else.
pub(super) fn check_name(name: &str) -> Result<(), ErrorCode> {
    if name.is_empty() || name.contains(['/', '\0']) || name == "." || name == ".." {
        return Err(invalid(format!(
            "{name:?} is not the name of a network namespace"
        )));
    }
    Ok(())
}

impl From<ErrorCode> for wit::Failure {
    fn from(error: ErrorCode) -> Self {
        Self::Refused(error)
    }
}

impl From<io::Error> for KernelError {
    fn from(error: io::Error) -> Self {
        Self {
            errno: error.raw_os_error().unwrap_or(libc::EIO),
            message: None,
        }
    }
}

impl From<KernelError> for wit::Failure {
    fn from(error: KernelError) -> Self {
        Self::Kernel(wit::KernelError {
            errno: error.errno.unsigned_abs(),
            text: strerror(error.errno),
            message: error.message,
        })
    }
}

impl From<io::Error> for wit::Failure {
    fn from(error: io::Error) -> Self {
        KernelError::from(error).into()
    }
}

/// strerror(3), without Rust's number behind it.
fn strerror(errno: i32) -> String {
    let text = io::Error::from_raw_os_error(errno).to_string();
    let end = text.rfind(" (os error").unwrap_or(text.len());
    text[..end].to_owned()
}
