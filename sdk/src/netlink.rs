//! The kernel's network configuration: links, addresses, routes, rules, neighbours. Requests at the gate:
//! `route.read`, `route.write`, and `netns.read` for other namespaces.
//!
//! The records are those of the contract (`wit/netlink.wit`), so their fields have the same meaning.

use std::fmt;
use std::net::IpAddr;

use crate::Error;
use crate::address::{ip_from_wit, ip_to_wit};
use crate::bindings::nethost::cap::netlink as wit;

pub use crate::bindings::nethost::cap::types::IpAddress;
pub use crate::undoable::Undoable;
pub use wit::{
    Address, AddressLabel, AddressQuery, AnnouncedPrefix, Attribute, AttributeValue, Change,
    Entity, EntityKind, Event, Field, Forwarded, ForwardingSettings, How, L2tpObject, Lifetime,
    Link, LinkAddress, LinkChange, LinkNames, LinkPeer, LinkQuery, LinkStatistics,
    MulticastAddress, NamedNamespace, NamespaceName, NamespaceNumber, NamespaceNumbering,
    Neighbour, NeighbourCache, NeighbourLookup, NeighbourQuery, NeighbourTable, NextHop,
    NextHopObject, Object, Objects, Query, Range, Route, RouteCache, RouteLookup, RouteQuery, Rule,
    SecurityAlgorithm, SecurityAssociation, SecurityLimits, SecurityPolicy, SecurityTemplate,
    SecurityUsage, Subjects, TcpMetrics, TrafficSelector, TunDevice, UndoneChange,
};

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Denied by the gate or refused by the host; nothing was sent to the kernel.
    Refused(Error),
    /// The kernel's answer.
    Kernel {
        /// Its number.
        errno: u32,
        /// The text of strerror(3).
        text: String,
        /// The kernel's explanation, if there is one.
        message: Option<String>,
    },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => error.fmt(f),
            Self::Kernel { text, message, .. } => f.write_str(message.as_deref().unwrap_or(text)),
        }
    }
}

impl std::error::Error for Failure {}

impl From<wit::Failure> for Failure {
    fn from(failure: wit::Failure) -> Self {
        match failure {
            wit::Failure::Refused(error) => Self::Refused(error.into()),
            wit::Failure::Kernel(error) => Self::Kernel {
                errno: error.errno,
                text: error.text,
                message: error.message,
            },
        }
    }
}

/// The configuration of one network namespace.
#[derive(Debug)]
pub struct Namespace(pub(crate) wit::Namespace);

impl Namespace {
    /// The namespace of this process, or one that ip-netns(8) has named.
    ///
    /// ```no_run
    /// use nethost_sdk::netlink::{Namespace, RouteQuery};
    ///
    /// let here = Namespace::open(None)?;
    /// let mut routes = here.routes(RouteQuery::default())?;
    /// while let Some(batch) = routes.next()? {
    ///     println!("{} more routes", batch.len());
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `Denied`; `NotFound`; `AccessDenied`.
    pub fn open(name: Option<&str>) -> Result<Self, Error> {
        Ok(Self(wit::Namespace::open(name)?))
    }

    /// Lists links, or returns one, by index or name.
    ///
    /// # Errors
    /// As [`Namespace::put`]; ENODEV.
    pub fn links(&self, query: LinkQuery) -> Result<Listing<Link>, Failure> {
        self.list(&Query::Links(query))
    }

    /// Lists addresses.
    ///
    /// # Errors
    /// As [`Namespace::put`].
    pub fn addresses(&self, query: AddressQuery) -> Result<Listing<Address>, Failure> {
        self.list(&Query::Addresses(query))
    }

    /// Lists routes.
    ///
    /// # Errors
    /// As [`Namespace::put`].
    pub fn routes(&self, query: RouteQuery) -> Result<Listing<Route>, Failure> {
        self.list(&Query::Routes(query))
    }

    /// Lists policy routing rules of a family.
    ///
    /// # Errors
    /// As [`Namespace::put`].
    pub fn rules(&self, family: u8) -> Result<Listing<Rule>, Failure> {
        self.list(&Query::Rules(family))
    }

    /// Lists neighbours.
    ///
    /// # Errors
    /// As [`Namespace::put`].
    pub fn neighbours(&self, query: NeighbourQuery) -> Result<Listing<Neighbour>, Failure> {
        self.list(&Query::Neighbours(query))
    }

    /// Lists the labels for choosing source addresses.
    ///
    /// # Errors
    /// As [`Namespace::put`].
    pub fn address_labels(&self) -> Result<Listing<AddressLabel>, Failure> {
        self.list(&Query::AddressLabels)
    }

    /// Lists the neighbour table settings of a family, or of all.
    ///
    /// # Errors
    /// As [`Namespace::put`].
    pub fn neighbour_tables(&self, family: u8) -> Result<Listing<NeighbourTable>, Failure> {
        self.list(&Query::NeighbourTables(family))
    }

    /// Lists the numbers of other namespaces.
    ///
    /// # Errors
    /// As [`Namespace::put`].
    pub fn namespace_numbers(&self) -> Result<Listing<NamespaceNumber>, Failure> {
        self.list(&Query::NamespaceNumbers)
    }

    /// Lists cached TCP metrics for one address, or for all.
    ///
    /// # Errors
    /// As [`Namespace::put`]; ESRCH where nothing is.
    pub fn tcp_metrics(&self, of: Option<IpAddr>) -> Result<Listing<TcpMetrics>, Failure> {
        self.list(&Query::TcpMetrics(of.map(to_wit)))
    }

    /// Lists IPsec security associations, without their keys.
    ///
    /// # Errors
    /// As [`Namespace::put`]; EPERM.
    pub fn security_associations(&self) -> Result<Listing<SecurityAssociation>, Failure> {
        self.list(&Query::SecurityAssociations)
    }

    /// Lists IPsec policies.
    ///
    /// # Errors
    /// As [`Namespace::put`]; EPERM.
    pub fn security_policies(&self) -> Result<Listing<SecurityPolicy>, Failure> {
        self.list(&Query::SecurityPolicies)
    }

    /// Lists L2TP tunnels.
    ///
    /// # Errors
    /// As [`Namespace::put`]; ENOENT where the kernel has no L2TP.
    pub fn l2tp_tunnels(&self) -> Result<Listing<L2tpObject>, Failure> {
        self.list(&Query::L2tpTunnels)
    }

    /// Lists L2TP sessions.
    ///
    /// # Errors
    /// As [`Namespace::l2tp_tunnels`].
    pub fn l2tp_sessions(&self) -> Result<Listing<L2tpObject>, Failure> {
        self.list(&Query::L2tpSessions)
    }

    /// The names of the namespace of a process, or of this one without a number.
    ///
    /// # Errors
    /// `Denied`; the system's, such as ENOENT.
    pub fn names_of(process: Option<u32>) -> Result<Vec<String>, Failure> {
        Ok(wit::Namespace::names_of(process)?)
    }

    /// The processes in the namespace with this name.
    ///
    /// # Errors
    /// `Denied`; `InvalidArgument`; the system's, such as ENOENT.
    pub fn processes(name: &str) -> Result<Vec<u32>, Failure> {
        Ok(wit::Namespace::processes(name)?)
    }

    /// Returns one neighbour.
    ///
    /// # Errors
    /// As [`Namespace::put`]; ENOENT.
    pub fn look_up_neighbour(&self, lookup: NeighbourLookup) -> Result<Neighbour, Failure> {
        Ok(self.0.look_up_neighbour(lookup)?)
    }

    /// The multicast addresses of all links.
    ///
    /// # Errors
    /// `Denied`; the system's.
    pub fn multicast_addresses(&self) -> Result<Vec<MulticastAddress>, Failure> {
        Ok(self.0.multicast_addresses()?)
    }

    /// The named namespaces.
    ///
    /// # Errors
    /// `Denied`; the system's.
    pub fn named_namespaces(&self) -> Result<Vec<NamedNamespace>, Failure> {
        Ok(self.0.named_namespaces()?)
    }

    /// Watches objects from now on.
    ///
    /// # Errors
    /// As [`Namespace::put`].
    pub fn watch(&self, subjects: Subjects) -> Result<Monitor, Failure> {
        Ok(Monitor(self.0.watch(subjects)?))
    }

    fn list<T: Listed>(&self, query: &Query) -> Result<Listing<T>, Failure> {
        Ok(Listing {
            listing: self.0.list(query)?,
            interrupted: false,
            over: false,
            of: std::marker::PhantomData,
        })
    }

    /// Looks up the route of a packet.
    ///
    /// # Errors
    /// As [`Namespace::put`]; ENETUNREACH.
    pub fn look_up(&self, lookup: &RouteLookup) -> Result<Route, Failure> {
        Ok(self.0.look_up(*lookup)?)
    }

    /// Adds or changes one object, completely or not at all. Returns the kernel's warning, if there is one.
    ///
    /// # Errors
    /// `Refused`, with the gate's denial or what the host found malformed; the kernel's answer.
    pub fn put(&self, change: &Change, how: How) -> Result<Option<String>, Failure> {
        Ok(self.0.put(change, how)?)
    }

    /// Lists objects without a record of their own: all that match the query, or one.
    ///
    /// # Errors
    /// As [`Namespace::put`]; ENOENT if the kernel lacks what they belong to.
    pub fn entities(&self, query: &Entity, all: bool) -> Result<Vec<Entity>, Failure> {
        let listing = self.0.list_entities(query, all)?;
        let mut found = Vec::new();
        loop {
            let batch = listing.next(BATCH)?;
            found.extend(batch.entities);
            if batch.last {
                return Ok(found);
            }
        }
    }

    /// Changes, adds or removes such an object, as its command says. Returns the kernel's warning, if there is one.
    ///
    /// # Errors
    /// As [`Namespace::entities`].
    pub fn change_entity(&self, change: &Entity, how: How) -> Result<Option<String>, Failure> {
        Ok(self.0.change_entity(change, how)?)
    }

    /// Removes one object.
    ///
    /// # Errors
    /// As [`Namespace::put`].
    pub fn remove(&self, change: &Change) -> Result<Option<String>, Failure> {
        Ok(self.0.remove(change)?)
    }
}

/// A kind of object that can be listed.
pub trait Listed: Sized {
    /// The objects, if they are of this kind.
    fn from_objects(objects: Objects) -> Option<Vec<Self>>;
}

macro_rules! listed {
    ($($kind:ident in $case:ident),* $(,)?) => {$(
        impl Listed for $kind {
            fn from_objects(objects: Objects) -> Option<Vec<Self>> {
                match objects {
                    Objects::$case(objects) => Some(objects),
                    _ => None,
                }
            }
        }
    )*};
}

listed! {
    Link in Links,
    Address in Addresses,
    Route in Routes,
    Rule in Rules,
    Neighbour in Neighbours,
    AddressLabel in AddressLabels,
    NeighbourTable in NeighbourTables,
    NamespaceNumber in NamespaceNumbers,
    TcpMetrics in TcpMetrics,
    SecurityAssociation in SecurityAssociations,
    SecurityPolicy in SecurityPolicies,
    L2tpObject in L2tp,
}

/// Objects per call, so many that the cost of a call does not matter.
const BATCH: u32 = 1024;

/// An object, and the kernel's message about it.
pub type Kept<T> = (T, Vec<u8>);

/// A listing in batches, so that only one batch is in memory.
#[derive(Debug)]
pub struct Listing<T> {
    listing: wit::Listing,
    interrupted: bool,
    over: bool,
    of: std::marker::PhantomData<T>,
}

impl<T: Listed> Listing<T> {
    /// The next objects; none at the end.
    ///
    /// # Errors
    /// The kernel's.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<Vec<T>>, Failure> {
        if self.over {
            return Ok(None);
        }
        let batch = self.listing.next(BATCH)?;
        self.over = batch.last;
        self.interrupted |= batch.interrupted;
        Ok(T::from_objects(batch.objects))
    }

    /// The next objects, each with the kernel's message, which [`read_message`] can parse.
    ///
    /// # Errors
    /// The kernel's.
    pub fn next_messages(&mut self) -> Result<Option<Vec<Kept<T>>>, Failure> {
        if self.over {
            return Ok(None);
        }
        let (batch, messages) = self.listing.next_messages(BATCH)?;
        self.over = batch.last;
        self.interrupted |= batch.interrupted;
        let objects = T::from_objects(batch.objects);
        Ok(objects.map(|objects| objects.into_iter().zip(messages).collect()))
    }

    /// The objects changed while they were listed, so the result may be inconsistent.
    pub fn was_interrupted(&self) -> bool {
        self.interrupted
    }

    /// All objects at once, for short lists.
    ///
    /// # Errors
    /// The kernel's.
    pub fn all(mut self) -> Result<Vec<T>, Failure> {
        let mut all = Vec::new();
        while let Some(batch) = self.next()? {
            all.extend(batch);
        }
        Ok(all)
    }
}

/// The object in a message from [`Listing::next_messages`].
///
/// # Errors
/// `InvalidArgument`.
pub fn read_message(message: &[u8]) -> Result<Object, Error> {
    Ok(wit::Namespace::read_message(message)?)
}

/// Objects watched.
#[derive(Debug)]
pub struct Monitor(wit::Monitor);

impl Monitor {
    /// Waits for events and returns them. [`Event::Lost`] means that events were dropped because the buffer was full.
    /// Empty after `timeout`.
    ///
    /// # Errors
    /// The kernel's.
    pub async fn next(&self, timeout: std::time::Duration) -> Result<Vec<Event>, Failure> {
        let timeout = crate::socket::timeout_to_wit(timeout);
        Ok(self.0.next(BATCH, timeout).await?)
    }
}

/// An address of the contract's as Rust's own.
pub fn ip(address: IpAddress) -> IpAddr {
    ip_from_wit(address)
}

/// An address of Rust's as the contract's.
pub fn to_wit(address: IpAddr) -> IpAddress {
    ip_to_wit(address)
}

/// The octets of a link-layer address.
pub fn octets(address: &LinkAddress) -> Vec<u8> {
    match address {
        LinkAddress::Mac((a, b, c, d, e, f)) => vec![*a, *b, *c, *d, *e, *f],
        LinkAddress::Other(octets) => octets.clone(),
    }
}

/// A link-layer address of these octets.
pub fn link_address(octets: &[u8]) -> LinkAddress {
    match *octets {
        [a, b, c, d, e, f] => LinkAddress::Mac((a, b, c, d, e, f)),
        _ => LinkAddress::Other(octets.to_vec()),
    }
}

/// Records with no field set.
mod empty {
    use super::*;

    macro_rules! empty {
        ($($kind:ident { $($field:ident),* $(,)? })*) => {$(
            impl Default for $kind {
                fn default() -> Self {
                    Self { $($field: Default::default()),* }
                }
            }
        )*};
    }

    empty! {
        LinkQuery { index, name, master, kind, family, statistics }
        AddressQuery { family, index }
        RouteQuery { family, table, protocol, kind, output_interface, cached }
        NeighbourQuery { family, index, master, proxies }
        LinkChange {
            index, family, name, flags, flags_mask, attributes, kind, kind_data, port_kind,
            port_data, peer, namespace,
        }
        LinkPeer { name, attributes, namespace }
        Address {
            family, index, prefix_length, flags, scope, local, peer, broadcast, anycast, label,
            metric, protocol, lifetime,
        }
        Route {
            family, destination, destination_length, source, source_length, tos, table, protocol,
            scope, kind, flags, input_interface, output_interface, gateway, preferred_source,
            metric, realms, preference, mark, user, next_hop_id, expires, encapsulation, cache,
            metrics, congestion_control, next_hops, forwarded,
        }
        NextHop { flags, hops, output_interface, gateway, realms, encapsulation }
        Rule {
            family, flags, action, priority, table, source, source_length, destination,
            destination_length, tos, input_interface, output_interface, mark, mark_mask, realms,
            goto_priority, suppress_prefix_length, suppress_group, protocol, ip_protocol,
            source_ports, destination_ports, users, through_vrf, tunnel_id,
        }
        Neighbour {
            family, index, state, flags, kind, destination, link_address, probes, protocol, cache,
        }
    }
}
