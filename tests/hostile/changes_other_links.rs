//! Names one link or address in a change and means another: `changes_other_links HOW OWN OTHER`, where OWN and OTHER are
//! indexes of links, and HOW is one of the words below.

use nethost_probes::{endpoint, told};
use nethost_sdk::bindings::nethost::cap::netlink::{Failure, Namespace};
use nethost_sdk::bindings::{Guest, export_tool};
use nethost_sdk::netlink::{
    Address, Attribute, AttributeValue, Change, How, LinkChange, LinkPeer, NeighbourTable, Route,
};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

/// NDTA_PARMS, and NDTPA_IFINDEX and NDTPA_UCAST_PROBES in it.
const PARAMETERS: u32 = 6 << 16;
const INDEX: u32 = PARAMETERS | 1;
const PROBES: u32 = PARAMETERS | 10;
/// NDTA_GC_INTERVAL.
const INTERVAL: u32 = 8;
/// IFLA_GROUP.
const GROUP: u32 = 27;
const UP: u32 = 1;

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let usage = "usage: changes_other_links HOW OWN OTHER";
        let [how, own, other] = &args[..] else {
            return Err(usage.into());
        };
        let index = |text: &String| text.parse::<u32>().map_err(|_| usage.to_owned());
        let (own, other) = (index(own)?, index(other)?);
        let namespace = Namespace::open(None).map_err(|error| told(&error))?;
        let done = match how.as_str() {
            "table" => namespace.put(
                &table(&[(INDEX, own), (INDEX, other), (PROBES, 7)]),
                How::empty(),
            ),
            "tables" => namespace.put(
                &table(&[
                    (INDEX, own),
                    (PROBES, 7),
                    (INTERVAL, 30_000),
                    (INDEX, other),
                    (PROBES, 7),
                ]),
                How::empty(),
            ),
            "address" => namespace.remove(&address(own)?),
            "group" => namespace.put(&group(), How::empty()),
            "groups" => namespace.remove(&group()),
            "name" => namespace.put(&named(own, "w%d", None), How::empty()),
            "peer" => namespace.put(&named(0, "mine", Some("w%d")), How::CREATE | How::EXCLUSIVE),
            "multicast" => namespace.put(&multicast(own, other)?, How::CREATE),
            _ => return Err(usage.into()),
        };
        match done {
            Ok(_) => println!("{how} done"),
            Err(Failure::Refused(error)) => println!("{how} {}", told(&error)),
            Err(Failure::Kernel(error)) => println!("{how} kernel {}", error.text),
        }
        Ok(0)
    }
}

fn table(attributes: &[(u32, u32)]) -> Change {
    let attributes = attributes.iter().map(|(id, number)| Attribute {
        id: *id,
        value: AttributeValue::Number(u64::from(*number)),
    });
    Change::NeighbourTable(NeighbourTable {
        family: 2,
        name: "arp_cache".into(),
        attributes: attributes.collect(),
    })
}

/// An address of this network, as the other end alone.
fn address(index: u32) -> Result<Change, String> {
    Ok(Change::Address(Address {
        family: 2,
        index,
        prefix_length: 24,
        peer: Some(endpoint("10.0.0.77", 0)?.address),
        ..Address::default()
    }))
}

/// All links of the group 0 down.
fn group() -> Change {
    let attributes = vec![Attribute {
        id: GROUP,
        value: AttributeValue::Number(0),
    }];
    Change::Link(LinkChange {
        flags_mask: UP,
        attributes,
        kind: Some("mine".into()),
        ..LinkChange::default()
    })
}

/// A link whose name, or whose peer's name, the kernel completes.
fn named(index: u32, name: &str, peer: Option<&str>) -> Change {
    Change::Link(LinkChange {
        kind: peer.map(|_| "veth".into()),
        peer: peer.map(|name| LinkPeer {
            name: Some(name.into()),
            attributes: Vec::new(),
            namespace: None,
        }),
        index,
        name: Some(name.into()),
        ..LinkChange::default()
    })
}

/// A route for multicast packets that come in on another link than the one that it names.
fn multicast(own: u32, other: u32) -> Result<Change, String> {
    Ok(Change::Route(Route {
        family: 128,
        destination: Some(endpoint("239.0.0.1", 0)?.address),
        destination_length: 32,
        source: Some(endpoint("192.0.2.1", 0)?.address),
        source_length: 32,
        table: 253,
        protocol: 17,
        kind: 5,
        input_interface: Some(other),
        output_interface: Some(own),
        ..Route::default()
    }))
}
