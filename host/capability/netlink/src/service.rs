//! A network namespace: validates, asks the gate, queries or changes the kernel, and converts the answers.

use std::io;
use std::sync::Arc;

use super::entity::EntityListing;
use super::listing::{Listing, Objects};
use super::monitor::{self, Monitor};
use super::strerror::strerror;
use super::{
    NetnsRead, RouteRead, RouteWrite, address, address_label, convert, link, multicast,
    namespace_number, neighbour, neighbour_table, route, rule, sys, tcp_metrics,
};
use crate::bindings::nethost::cap::netlink as wit;
use nethost_broker::{self as broker, Broker};
use nethost_core::{Interface, InterfaceBy, ObjectName};
use nethost_core::{Request, Target};
use nethost_gate::{Gate, Permit};
use nethost_kit::types::ErrorCode;
use nethost_netlink::change::{LookUp, NetworkChange, check_namespace_name, prepare};
use nethost_netlink::entity;
use nethost_netlink::message::{KernelError, Message, Messages};
use nethost_netlink::route::prepare as look_up;
use nethost_netlink::{APPEND, CREATE, Change, EXCLUSIVE, Error, MessageBuilder, REPLACE};

/// A network namespace.
pub struct Namespace {
    gate: Arc<Gate>,
    broker: Arc<Broker>,
    /// Its name; None for the namespace of this process.
    name: broker::NamespaceName,
    /// The permit to access another namespace than that of this process.
    other: Option<Arc<Permit<NetnsRead>>>,
}

/// A namespace as a target.
fn namespace(name: &str) -> Result<Target, ErrorCode> {
    check_namespace_name(name).map_err(convert::error_code)?;
    let object = ObjectName::new(name).map(Target::Object);
    object.ok_or(ErrorCode::NotFound)
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
                let request = Request::new("namespace.open", namespace(name)?);
                let permit = gate.authorize(request)?;
                let opened = sys::open_namespace(&permit, broker);
                opened.inspect_err(|error| permit.failed(error))?;
                Some(Arc::new(permit))
            }
        };
        Ok(Self {
            gate: Arc::clone(gate),
            broker: Arc::clone(broker),
            name: name.map(Into::into),
            other,
        })
    }

    /// The same namespace, under the same permit.
    pub(super) fn again(&self) -> Self {
        Self {
            gate: Arc::clone(&self.gate),
            broker: Arc::clone(&self.broker),
            name: self.name.clone(),
            other: self.other.clone(),
        }
    }

    pub(super) fn broker(&self) -> &Broker {
        &self.broker
    }

    /// A request about this namespace.
    fn request(&self, op: &'static str, target: Target) -> Request {
        Request::new(op, target).in_namespace(self.name.as_deref())
    }

    pub(super) fn list(&self, query: &wit::Query) -> Result<Listing, wit::Failure> {
        let (builder, dump, of, name) = match query {
            wit::Query::Links(query) => {
                let (builder, dump) = link::query(query)?;
                (builder, dump, Objects::Links, "links")
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
                let builder = neighbour::query(*query);
                (builder, true, Objects::Neighbours, "neighbours")
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
            wit::Query::SecurityAssociations => {
                return self.listed_for("security-associations", |_| Objects::SecurityAssociations);
            }
            wit::Query::SecurityPolicies => {
                return self.listed_for("security-policies", |_| Objects::SecurityPolicies);
            }
            wit::Query::L2tpTunnels => return self.listed_for("l2tp-tunnels", Objects::L2tp),
            wit::Query::L2tpSessions => return self.listed_for("l2tp-sessions", Objects::L2tp),
        };
        self.read("namespace.list", Target::Local(name), builder, of, dump)
    }

    fn tcp_metrics(&self, of: Option<wit::IpAddress>) -> Result<Listing, wit::Failure> {
        // Who may read one address may read all, so the request is for all.
        let request = self.request("namespace.list", Target::Local("tcp-metrics"));
        let permit: Permit<RouteRead> = self.gate.authorize(request).map_err(ErrorCode::from)?;
        let asked = sys::ask_tcp_metrics(&permit, &self.broker, |family| {
            tcp_metrics::query(family, of)
        });
        let (socket, family) = asked.inspect_err(|error| permit.failed(error))?;
        let objects = Objects::TcpMetrics(family);
        Ok(Listing::new(socket, permit, objects, of.is_none()))
    }

    /// Lists what the kernel shows only to privileged processes: the broker asks the kernel.
    fn listed_for(
        &self,
        name: &'static str,
        objects: impl FnOnce(u16) -> Objects,
    ) -> Result<Listing, wit::Failure> {
        let request = self.request("namespace.list", Target::Local(name));
        let permit: Permit<RouteRead> = self.gate.authorize(request).map_err(ErrorCode::from)?;
        let asked = sys::have_asked(&permit, &self.broker);
        let (socket, kind) = asked.inspect_err(|error| permit.failed(error))?;
        Ok(Listing::new(socket, permit, objects(kind), true))
    }

    pub(super) fn list_entities(
        &self,
        query: &wit::Entity,
        all: bool,
    ) -> Result<EntityListing, wit::Failure> {
        let shown = query.kind;
        let query = convert::entity(query)?;
        // Refused before it is asked for.
        entity::question(&query, all)?;
        let name = entity::family(query.kind).name;
        let request = self.request("namespace.list-entities", Target::Local(name));
        let permit: Permit<RouteRead> = self.gate.authorize(request).map_err(ErrorCode::from)?;
        let asked = sys::entities(&permit, &self.broker, &query, all);
        let answers = asked.inspect_err(|error| permit.failed(error))?;
        Ok(EntityListing::new(
            answers,
            permit,
            (query.kind, shown),
            all,
        ))
    }

    /// The names of the namespace of a process.
    pub(super) fn names_of(
        gate: &Arc<Gate>,
        broker: &Broker,
        process: Option<u32>,
    ) -> Result<Vec<String>, wit::Failure> {
        let request = Request::new("namespace.names-of", Target::Local("processes"));
        let permit: Permit<NetnsRead> = gate.authorize(request).map_err(ErrorCode::from)?;
        let names = sys::names_of(&permit, broker, process);
        Ok(names.inspect_err(|error| permit.failed(error))?)
    }

    /// The processes in a namespace.
    pub(super) fn processes(
        gate: &Arc<Gate>,
        broker: &Broker,
        name: &str,
    ) -> Result<Vec<u32>, wit::Failure> {
        let request = Request::new("namespace.processes", namespace(name)?);
        let permit: Permit<NetnsRead> = gate.authorize(request).map_err(ErrorCode::from)?;
        let processes = sys::processes(&permit, broker);
        Ok(processes.inspect_err(|error| permit.failed(error))?)
    }

    pub(super) fn look_up_neighbour(
        &self,
        lookup: wit::NeighbourLookup,
    ) -> Result<wit::Neighbour, wit::Failure> {
        let builder = neighbour::look_up(lookup);
        let target = Target::Local("neighbours");
        let op = "namespace.look-up-neighbour";
        let mut listing = self.read(op, target, builder, Objects::Neighbours, false)?;
        match listing.next(1)?.objects {
            wit::Objects::Neighbours(mut found) if !found.is_empty() => Ok(found.swap_remove(0)),
            _ => Err(nothing_came().into()),
        }
    }

    pub(super) fn look_up(&self, lookup: &wit::RouteLookup) -> Result<wit::Route, wit::Failure> {
        let lookup = &convert::lookup(lookup)?;
        let (message, request) = look_up(lookup)?;
        let request = request.in_namespace(self.name.as_deref());
        let permit: Permit<RouteRead> = self.gate.authorize(request).map_err(ErrorCode::from)?;
        let answer = sys::look_up(&permit, &self.broker, lookup, message.len());
        let answer = answer.inspect_err(|error| permit.failed(error))?;
        match Messages::new(&answer).next() {
            Some(Message::Object { kind, payload }) if kind == route::NEW => {
                Ok(route::decode(payload).ok_or_else(nothing_came)?)
            }
            Some(Message::Error(error)) => {
                permit.failed(&io::Error::from_raw_os_error(error.errno));
                Err(error.into())
            }
            _ => Err(nothing_came().into()),
        }
    }

    fn read(
        &self,
        op: &'static str,
        target: Target,
        builder: MessageBuilder,
        of: Objects,
        dump: bool,
    ) -> Result<Listing, wit::Failure> {
        let (message, _) = builder.finish()?;
        let permit: Permit<RouteRead> = self
            .gate
            .authorize(self.request(op, target))
            .map_err(ErrorCode::from)?;
        match sys::ask(&permit, &self.broker, &message) {
            Ok(socket) => Ok(Listing::new(socket, permit, of, dump)),
            Err(error) => {
                permit.failed(&error);
                Err(error.into())
            }
        }
    }

    pub(super) fn multicast_addresses(&self) -> Result<Vec<wit::MulticastAddress>, wit::Failure> {
        let request = self.request(
            "namespace.multicast-addresses",
            Target::Local("multicast-addresses"),
        );
        let permit: Permit<RouteRead> = self.gate.authorize(request).map_err(ErrorCode::from)?;
        let mut texts = Vec::new();
        for table in 0..multicast::FILES.len() as u8 {
            let text = sys::read_table(&permit, &self.broker, table);
            texts.push(text.inspect_err(|error| permit.failed(error))?);
        }
        let [links, inet, inet6] = texts.as_slice() else {
            return Ok(Vec::new());
        };
        Ok(multicast::parse([links, inet, inet6]))
    }

    pub(super) fn named_namespaces(&self) -> Result<Vec<wit::NamedNamespace>, wit::Failure> {
        let request = self.request("namespace.named-namespaces", Target::Local("namespaces"));
        let permit: Permit<NetnsRead> = self.gate.authorize(request).map_err(ErrorCode::from)?;
        let names = sys::namespaces(&permit, &self.broker);
        let names = names.inspect_err(|error| permit.failed(error))?;
        let named = names.into_iter().map(|found| wit::NamedNamespace {
            name: found.name,
            id: found.id,
        });
        Ok(named.collect())
    }

    pub(super) fn watch(&self, subjects: wit::Subjects) -> Result<Monitor, wit::Failure> {
        let request = self.request("namespace.watch", Target::Local("events"));
        let permit: Permit<RouteRead> = self.gate.authorize(request).map_err(ErrorCode::from)?;
        let socket = sys::listen(&permit, &self.broker, &monitor::groups(subjects));
        let socket = socket.inspect_err(|error| permit.failed(error))?;
        Ok(Monitor::new(socket, permit)?)
    }

    pub(super) fn put(
        &mut self,
        change: &wit::Change,
        how: wit::How,
    ) -> Result<Option<String>, wit::Failure> {
        self.change(change_of(change, true, how, None)?)
    }

    pub(super) fn remove(&mut self, change: &wit::Change) -> Result<Option<String>, wit::Failure> {
        self.change(change_of(change, false, wit::How::empty(), None)?)
    }

    pub(super) fn change_entity(
        &mut self,
        change: &wit::Entity,
        how: wit::How,
    ) -> Result<Option<String>, wit::Failure> {
        self.change(NetworkChange {
            put: true,
            scope: None,
            flags: flags(how),
            change: Change::Entity(convert::entity(change)?),
        })
    }

    pub(super) fn change(&self, change: NetworkChange) -> Result<Option<String>, wit::Failure> {
        // Policies refer to a link by its name. If the link does not exist, the kernel refuses the change with its own
        // error.
        let interface = self.broker.interface_of_change(&self.name, &change);
        let (act, request) = prepare(&change, interface, &mut Asked(self))?;
        let request = request.in_namespace(self.name.as_deref());
        let permit: Permit<RouteWrite> = self.gate.authorize(request).map_err(ErrorCode::from)?;
        let answer = sys::change(&permit, &self.broker, &change, act.length());
        let answer = answer.inspect_err(|error| permit.failed(error))?;
        if act.length() == 0 {
            return Ok(None);
        }
        match name_in(&answer) {
            Ok(warning) => Ok(warning),
            Err(error) => {
                permit.failed(&io::Error::from_raw_os_error(error.errno));
                Err(error.into())
            }
        }
    }
}

/// A change as a plugin describes it, in the scope with this number.
pub(super) fn change_of(
    change: &wit::Change,
    put: bool,
    how: wit::How,
    scope: Option<u64>,
) -> Result<NetworkChange, wit::Failure> {
    Ok(NetworkChange {
        put,
        scope,
        flags: flags(how),
        change: convert::change(change)?,
    })
}

/// Asks the broker about links; it enters namespaces itself.
struct Asked<'a>(&'a Namespace);

impl LookUp for Asked<'_> {
    fn link(&mut self, index: u32) -> Option<Interface> {
        let Namespace { broker, name, .. } = self.0;
        let link = broker.interface(name, &InterfaceBy::Index(index)).ok();
        link.map(Interface::without_index)
    }

    fn enter(&mut self, name: &str) -> Result<i32, Error> {
        check_namespace_name(name).map(|()| -1)
    }
}

fn flags(how: wit::How) -> u16 {
    let flag = |is: wit::How, flag| if how.contains(is) { flag } else { 0 };
    flag(wit::How::CREATE, CREATE)
        | flag(wit::How::EXCLUSIVE, EXCLUSIVE)
        | flag(wit::How::REPLACE, REPLACE)
        | flag(wit::How::APPEND, APPEND)
}

/// The kernel's answer to a change.
fn name_in(answer: &[u8]) -> Result<Option<String>, KernelError> {
    match Messages::new(answer).next() {
        Some(Message::Done { warning }) => Ok(warning),
        Some(Message::Error(error)) => Err(error),
        Some(Message::Object { .. }) | None => Err(KernelError {
            errno: libc::EBADMSG,
            message: None,
        }),
    }
}

/// The error for a lookup without an answer.
fn nothing_came() -> KernelError {
    KernelError {
        errno: libc::ENOENT,
        message: None,
    }
}

impl From<ErrorCode> for wit::Failure {
    fn from(error: ErrorCode) -> Self {
        Self::Refused(error)
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
