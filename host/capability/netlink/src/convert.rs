//! Converts changes and lookups of a plugin to the types that are sent to the broker. Both types have the same layout,
//! so a value that is encoded as the generated type can be decoded as the other one.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bindings::nethost::cap::netlink as wit;
use nethost_kit::types::{ErrorCode, invalid};
use nethost_netlink::{Change, Entity, Error, RouteLookup};

/// Converts a change.
pub(super) fn change(change: &wit::Change) -> Result<Change, ErrorCode> {
    same(change)
}

/// Converts a route lookup.
pub(super) fn lookup(lookup: &wit::RouteLookup) -> Result<RouteLookup, ErrorCode> {
    same(lookup)
}

/// Converts an object without a record of its own.
pub(super) fn entity(entity: &wit::Entity) -> Result<Entity, ErrorCode> {
    same(entity)
}

fn same<T: DeserializeOwned>(generated: &impl Serialize) -> Result<T, ErrorCode> {
    let encoded = postcard::to_allocvec(generated);
    encoded
        .and_then(|bytes| postcard::from_bytes(&bytes))
        .map_err(|error| invalid(error.to_string()))
}

/// The error code for an error of building a message.
pub(super) fn error_code(error: Error) -> ErrorCode {
    match error {
        Error::Invalid(reason) => invalid(reason),
        Error::Namespace(error) => error.into(),
    }
}

impl From<Error> for wit::Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error_code(error))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use nethost_kit::wit::IpAddress;
    use wit::{AttributeValue as Value, LinkAddress};

    const V4: IpAddress = IpAddress::Ipv4((192, 0, 2, 1));
    const V6: IpAddress = IpAddress::Ipv6((0x2001, 0xdb8, 3, 4, 5, 6, 7, 8));

    fn attributes() -> Vec<wit::Attribute> {
        let values = [
            Value::Flag,
            Value::Number(u64::MAX),
            Value::Signed(-2),
            Value::Text("text".into()),
            Value::Address(V4),
            Value::Address(V6),
            Value::LinkAddress(LinkAddress::Mac((1, 2, 3, 4, 5, 6))),
            Value::LinkAddress(LinkAddress::Other(vec![7; 20])),
            Value::Bytes(vec![8, 9]),
        ];
        let numbered = (1..).zip(values);
        numbered
            .map(|(id, value)| wit::Attribute { id, value })
            .collect()
    }

    fn link() -> wit::LinkChange {
        wit::LinkChange {
            index: 1,
            family: 2,
            name: Some("a".into()),
            flags: 3,
            flags_mask: 4,
            attributes: attributes(),
            kind: Some("b".into()),
            kind_data: attributes().split_off(1),
            port_kind: Some("c".into()),
            port_data: attributes().split_off(2),
            peer: Some(wit::LinkPeer {
                name: Some("d".into()),
                attributes: attributes().split_off(3),
                namespace: Some("e".into()),
            }),
            namespace: Some("f".into()),
        }
    }

    fn address() -> wit::Address {
        wit::Address {
            family: 1,
            index: 2,
            prefix_length: 3,
            flags: 4,
            scope: 5,
            local: Some(V4),
            peer: Some(V6),
            broadcast: None,
            anycast: Some(V4),
            label: Some("a".into()),
            metric: Some(6),
            protocol: Some(7),
            lifetime: Some(wit::Lifetime {
                preferred: 8,
                valid: 9,
            }),
        }
    }

    fn route() -> wit::Route {
        wit::Route {
            family: 1,
            destination: Some(V4),
            destination_length: 2,
            source: Some(V6),
            source_length: 3,
            tos: 4,
            table: 5,
            protocol: 6,
            scope: 7,
            kind: 8,
            flags: 9,
            input_interface: Some(10),
            output_interface: Some(11),
            gateway: Some(V4),
            preferred_source: None,
            metric: Some(12),
            realms: Some(13),
            preference: Some(14),
            mark: Some(15),
            user: Some(16),
            next_hop_id: Some(17),
            expires: Some(18),
            encapsulation: Some(19),
            cache: Some(wit::RouteCache {
                users: 20,
                last_use: 21,
                expires: -22,
                error: 23,
                used: 24,
            }),
            metrics: Some(vec![(25, 26), (27, 28)]),
            congestion_control: Some("a".into()),
            next_hops: Some(vec![wit::NextHop {
                flags: 29,
                hops: 30,
                output_interface: 31,
                gateway: Some(V6),
                realms: Some(32),
                encapsulation: Some(33),
            }]),
            forwarded: Some(wit::Forwarded {
                packets: 34,
                bytes: 35,
                wrong_interface: 36,
                idle: Some(37),
            }),
        }
    }

    fn rule() -> wit::Rule {
        let range = |first, last| Some(wit::Range { first, last });
        wit::Rule {
            family: 1,
            flags: 2,
            action: 3,
            priority: Some(4),
            table: 5,
            source: Some(V4),
            source_length: 6,
            destination: Some(V6),
            destination_length: 7,
            tos: 8,
            input_interface: Some("a".into()),
            output_interface: Some("b".into()),
            mark: Some(9),
            mark_mask: Some(10),
            realms: Some(11),
            goto_priority: Some(12),
            suppress_prefix_length: Some(13),
            suppress_group: Some(14),
            protocol: Some(15),
            ip_protocol: Some(16),
            source_ports: range(17, 18),
            destination_ports: range(19, 20),
            users: range(21, 22),
            through_vrf: true,
            tunnel_id: Some(23),
        }
    }

    fn neighbour() -> wit::Neighbour {
        wit::Neighbour {
            family: 1,
            index: 2,
            state: 3,
            flags: 4,
            kind: 5,
            destination: Some(V4),
            link_address: Some(LinkAddress::Other(vec![6])),
            probes: Some(7),
            protocol: Some(8),
            cache: Some(wit::NeighbourCache {
                confirmed: 9,
                used: 10,
                updated: 11,
                users: 12,
            }),
        }
    }

    /// One change of each variant.
    fn all() -> Vec<wit::Change> {
        vec![
            wit::Change::Link(link()),
            wit::Change::Address(address()),
            wit::Change::Route(route()),
            wit::Change::Rule(rule()),
            wit::Change::Neighbour(neighbour()),
            wit::Change::AddressLabel(wit::AddressLabel {
                prefix: V6,
                prefix_length: 1,
                index: 2,
                label: 3,
            }),
            wit::Change::TunDevice(wit::TunDevice {
                name: "a".into(),
                tap: true,
                user: Some(1),
                group: Some(2),
                packet_information: false,
                vnet_header: true,
                multi_queue: false,
            }),
            wit::Change::NeighbourTable(wit::NeighbourTable {
                family: 1,
                name: "a".into(),
                attributes: attributes(),
            }),
            wit::Change::MulticastAddress(wit::MulticastAddress {
                index: 1,
                name: "a".into(),
                address: Value::Address(V6),
                users: 2,
                permanent: true,
            }),
            wit::Change::NamespaceName(wit::NamespaceName {
                name: "a".into(),
                process: Some(1),
            }),
            wit::Change::NamespaceNumbering(wit::NamespaceNumbering {
                name: "a".into(),
                id: Some(1),
            }),
            wit::Change::TcpMetrics(Some(V4)),
            wit::Change::TcpMetrics(None),
            wit::Change::LinkNames(wit::LinkNames {
                index: 1,
                names: vec!["a".into(), "b".into()],
            }),
        ]
    }

    /// The index of a variant in wit/netlink.wit. A new variant there makes this function fail to compile.
    fn place(change: &wit::Change) -> usize {
        match change {
            wit::Change::Link(_) => 0,
            wit::Change::Address(_) => 1,
            wit::Change::Route(_) => 2,
            wit::Change::Rule(_) => 3,
            wit::Change::Neighbour(_) => 4,
            wit::Change::AddressLabel(_) => 5,
            wit::Change::TunDevice(_) => 6,
            wit::Change::NeighbourTable(_) => 7,
            wit::Change::MulticastAddress(_) => 8,
            wit::Change::NamespaceName(_) => 9,
            wit::Change::NamespaceNumbering(_) => 10,
            wit::Change::TcpMetrics(_) => 11,
            wit::Change::LinkNames(_) => 12,
        }
    }

    /// The debug output of a generated type, without the name of the type before each variant.
    fn shown(generated: &impl std::fmt::Debug) -> String {
        let mut shown = format!("{generated:?}");
        for name in ["Change", "IpAddress", "AttributeValue", "LinkAddress"] {
            shown = shown.replace(&format!("{name}::"), "");
        }
        shown
    }

    fn is_same(
        generated: &(impl Serialize + std::fmt::Debug),
        ours: &(impl Serialize + std::fmt::Debug),
    ) {
        // The fields of the generated types have the names of wit/netlink.wit.
        assert_eq!(shown(generated), format!("{ours:?}").replace('_', "-"));
        let [generated, ours] = [
            postcard::to_allocvec(generated).unwrap(),
            postcard::to_allocvec(ours).unwrap(),
        ];
        assert_eq!(generated, ours);
    }

    #[test]
    fn each_change_stays_what_it_is() {
        let mut places: Vec<_> = all().iter().map(place).collect();
        places.dedup();
        assert_eq!(places, (0..13).collect::<Vec<_>>());
        for generated in all() {
            is_same(&generated, &change(&generated).unwrap());
        }
    }

    #[test]
    fn an_entity_stays_what_it_is() {
        use wit::EntityKind as Kind;
        let kinds = [
            Kind::NextHops,
            Kind::ForwardingSettings,
            Kind::Mptcp,
            Kind::Routes,
            Kind::LinkStatistics,
            Kind::Macsec,
            Kind::FooOverUdp,
            Kind::SegmentRouting,
            Kind::InSituOam,
            Kind::IdentifierLocators,
            Kind::L2tp,
            Kind::Security,
        ];
        for kind in kinds {
            let generated = wit::Entity {
                kind,
                command: 1,
                header: vec![2],
                fields: vec![wit::Field {
                    depth: 3,
                    id: 4,
                    value: Some(Value::Number(5)),
                }],
            };
            let ours = entity(&generated).unwrap();
            assert_eq!(format!("{kind:?}"), format!("EntityKind::{:?}", ours.kind));
            assert_eq!((ours.command, ours.header.as_slice()), (1, &[2_u8][..]));
            assert_eq!(
                postcard::to_allocvec(&generated).unwrap(),
                postcard::to_allocvec(&ours).unwrap()
            );
        }
    }

    #[test]
    fn a_lookup_stays_what_it_is() {
        let generated = wit::RouteLookup {
            destination: V4,
            destination_length: 1,
            source: Some(V6),
            source_length: 2,
            input_interface: Some(3),
            output_interface: Some(4),
            tos: 5,
            mark: Some(6),
            user: Some(7),
            ip_protocol: Some(8),
            source_port: Some(9),
            destination_port: Some(10),
            fib_match: true,
        };
        is_same(&generated, &lookup(&generated).unwrap());
    }
}
