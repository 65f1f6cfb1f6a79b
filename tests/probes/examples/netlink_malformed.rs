//! Makes every malformed call about the network's configuration that the types let through.

use nethost_probes::Malformed;
use nethost_sdk::bindings::nethost::cap::netlink::{
    Address, Attribute, AttributeValue, Change, Failure, How, LinkAddress, LinkChange, LinkQuery,
    MulticastAddress, Namespace, NamespaceName, Neighbour, NeighbourTable, Query, Route, TunDevice,
};
use nethost_sdk::bindings::nethost::cap::types::{ErrorCode, IpAddress};
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

const V4: IpAddress = IpAddress::Ipv4((192, 0, 2, 1));
const V6: IpAddress = IpAddress::Ipv6((0x2001, 0xdb8, 0, 0, 0, 0, 0, 1));

impl Guest for Probe {
    async fn run(_args: Vec<String>) -> Result<u8, String> {
        let mut malformed = Malformed::default();
        for name in [
            "",
            ".",
            "..",
            "../../proc/1/ns/net",
            "a\0b",
            "no-such-namespace",
        ] {
            malformed.refused(&format!("namespace {name:?}"), Namespace::open(Some(name)));
        }
        let here = Namespace::open(None).map_err(|error| nethost_probes::told(&error))?;
        for (what, change) in changes() {
            malformed.refused(what, refusal(here.put(&change, How::CREATE)));
            malformed.refused(what, refusal(here.remove(&change)));
        }
        let query = LinkQuery {
            name: Some("a\0b".into()),
            ..nethost_sdk::netlink::LinkQuery::default()
        };
        malformed.refused("NUL in a name", refusal(here.list(&Query::Links(query))));
        for message in [vec![], vec![0; 15], vec![0xff; 64], vec![0; 1 << 20]] {
            malformed.refused("no message", Namespace::read_message(&message));
        }
        let listing = here.list(&Query::Rules(250)).map_err(|_| "no listing")?;
        malformed.answered("a family that is none", refusal(listing.next(u32::MAX)));
        malformed.answered("none at all", refusal(listing.next(0)));
        Ok(malformed.exit_code())
    }
}

/// The kernel's answer is a refusal too.
fn refusal<T>(result: Result<T, Failure>) -> Result<T, ErrorCode> {
    result.map_err(|failure| match failure {
        Failure::Refused(error) => error,
        Failure::Kernel(error) => ErrorCode::Other(Some(error.text)),
    })
}

fn changes() -> Vec<(&'static str, Change)> {
    let attribute = |id, value| {
        Change::Link(LinkChange {
            index: 1,
            attributes: vec![Attribute { id, value }],
            ..LinkChange::default()
        })
    };
    let route = Route {
        family: 2,
        destination: Some(V4),
        destination_length: 32,
        ..Route::default()
    };
    let multicast = |name: &str, octets: Vec<u8>| {
        Change::MulticastAddress(MulticastAddress {
            index: 0,
            name: name.to_owned(),
            address: AttributeValue::LinkAddress(LinkAddress::Other(octets)),
            users: 1,
            permanent: true,
        })
    };
    vec![
        (
            "an unknown attribute",
            attribute(9999, AttributeValue::Flag),
        ),
        (
            "an attribute inside of none",
            attribute(4 << 16 | 1, AttributeValue::Flag),
        ),
        (
            "a text for a number",
            attribute(4, AttributeValue::Text("x".into())),
        ),
        (
            "a number that does not fit",
            attribute(4, AttributeValue::Number(u64::MAX)),
        ),
        (
            "a text without end",
            attribute(20, AttributeValue::Text("x".repeat(1 << 20))),
        ),
        (
            "a link address without end",
            attribute(
                1,
                AttributeValue::LinkAddress(LinkAddress::Other(vec![0; 1 << 20])),
            ),
        ),
        (
            "a link that is none",
            Change::Link(LinkChange {
                index: u32::MAX,
                ..LinkChange::default()
            }),
        ),
        (
            "addresses of two families",
            Change::Route(Route {
                preferred_source: Some(V6),
                ..route.clone()
            }),
        ),
        (
            "a prefix that is too long",
            Change::Route(Route {
                destination_length: 33,
                ..route.clone()
            }),
        ),
        (
            "a route of no family",
            Change::Route(Route {
                family: 77,
                ..route.clone()
            }),
        ),
        (
            "more next hops than a message holds",
            Change::Route(Route {
                next_hops: Some(vec![nethost_sdk::netlink::NextHop::default(); 100_000]),
                ..route
            }),
        ),
        (
            "an address of another family",
            Change::Address(Address {
                family: 2,
                index: 1,
                prefix_length: 24,
                local: Some(V6),
                ..Address::default()
            }),
        ),
        (
            "a neighbour without address",
            Change::Neighbour(Neighbour::default()),
        ),
        (
            "a device with a path for a name",
            Change::TunDevice(TunDevice {
                name: "../x".into(),
                tap: false,
                user: None,
                group: None,
                packet_information: false,
                vnet_header: false,
                multi_queue: false,
            }),
        ),
        (
            "a table that is none",
            Change::NeighbourTable(NeighbourTable {
                family: 2,
                name: "no\0such".into(),
                attributes: Vec::new(),
            }),
        ),
        ("a short multicast address", multicast("lo", vec![1, 2])),
        (
            "a multicast address of no link",
            multicast("", vec![1, 0, 0, 0, 0, 1]),
        ),
        (
            "a namespace's name with a path",
            Change::NamespaceName(NamespaceName {
                name: "../x".into(),
                process: Some(1),
            }),
        ),
    ]
}
