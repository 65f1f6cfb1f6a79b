//! Messages of rtnetlink(7) and related protocols: how they are decoded, how they are built, and the changes of the
//! network configuration that they make.
//!
//! The code that builds the message for a change also builds the request at the gate, from the same fields. So the
//! audit log has exactly what is sent to the kernel. The runner builds both to make the request, and the broker builds
//! both again from the change, to compare.

pub mod address;
pub mod address_label;
pub mod attribute;
pub mod change;
pub mod displaced;
pub mod entity;
mod error;
mod field;
pub mod generic;
pub mod kind;
pub mod link;
pub mod link_facts;
pub mod message;
mod message_builder;
pub mod namespace_number;
pub mod neighbour;
pub mod neighbour_table;
pub mod route;
pub mod rule;
pub mod sock_diag;
pub mod tcp_metrics;
pub mod tun;
mod types;
pub mod undo;
mod value;
pub mod xfrm;

pub use entity::{Entity, EntityKind};
pub use error::Error;
pub use field::Field;
pub use message_builder::{
    ACKNOWLEDGE, APPEND, CREATE, Changes, DUMP, EXCLUSIVE, INET, INET6, MessageBuilder, REPLACE,
    family_of, octets,
};
pub use types::{
    Address, AddressLabel, Change, Forwarded, Lifetime, LinkChange, LinkNames, LinkPeer,
    MulticastAddress, NamespaceName, NamespaceNumbering, Neighbour, NeighbourCache, NeighbourTable,
    NextHop, Range, Route, RouteCache, RouteLookup, Rule, TunDevice,
};
pub use value::{Attribute, AttributeValue, IpAddress, LinkAddress};

use error::invalid;
