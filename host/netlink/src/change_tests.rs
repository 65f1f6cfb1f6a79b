//! What a change names is what it changes.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::{Address, Attribute, IpAddress, LinkChange, LinkPeer, NeighbourTable, Route};

const V4: IpAddress = IpAddress::Ipv4((10, 0, 0, 7));
/// NDTPA_IFINDEX and NDTPA_UCAST_PROBES in NDTA_PARMS, and NDTA_THRESH1.
const INDEX: u32 = 6 << 16 | 1;
const PROBES: u32 = 6 << 16 | 10;
const THRESHOLD: u32 = 2;

/// Knows one link, whose number is 5.
struct Known;

impl LookUp for Known {
    fn link(&mut self, index: u32) -> Option<Interface> {
        (index == 5).then(|| Interface::named("br0", vec!["uplink0".into()]).unwrap())
    }

    fn enter(&mut self, _name: &str) -> Result<i32, Error> {
        Ok(0)
    }
}

fn made(put: bool, flags: u16, change: Change) -> Result<Request, Error> {
    let change = NetworkChange {
        put,
        scope: None,
        flags,
        change,
    };
    let request = prepare(&change, None, &mut Known);
    request.map(|(_, request)| request)
}

fn link(index: u32, name: Option<&str>) -> LinkChange {
    LinkChange {
        index,
        family: 0,
        name: name.map(Into::into),
        flags: 0,
        flags_mask: 1,
        attributes: Vec::new(),
        kind: Some("veth".into()),
        kind_data: Vec::new(),
        port_kind: None,
        port_data: Vec::new(),
        peer: None,
        namespace: None,
    }
}

#[test]
fn a_table_of_neighbours_has_one_link() {
    let table = |attributes: &[(u32, u64)]| {
        let attribute = |(id, number): &(u32, u64)| Attribute {
            id: *id,
            value: AttributeValue::Number(*number),
        };
        Change::NeighbourTable(NeighbourTable {
            family: 2,
            name: "arp_cache".into(),
            attributes: attributes.iter().map(attribute).collect(),
        })
    };
    let of = |attributes: &[(u32, u64)]| made(true, 0, table(attributes));
    assert!(of(&[(INDEX, 3), (PROBES, 7), (THRESHOLD, 9)]).is_ok());
    for twice in [
        &[(INDEX, 3), (INDEX, 4)][..],
        &[(INDEX, 3), (THRESHOLD, 9), (INDEX, 4)],
        // The same nest twice, of which the kernel heeds the last.
        &[(INDEX, 3), (THRESHOLD, 9), (PROBES, 7)],
        &[(THRESHOLD, 9), (INDEX, 3), (THRESHOLD, 9)],
    ] {
        let error = of(twice).unwrap_err().to_string();
        assert!(error.contains("twice"), "{twice:?}: {error}");
    }
}

#[test]
fn an_address_is_removed_by_its_own() {
    let address = |local, peer| {
        Change::Address(Address {
            family: 2,
            index: 3,
            prefix_length: 24,
            flags: 0,
            scope: 0,
            local,
            peer,
            broadcast: None,
            anycast: None,
            label: None,
            metric: None,
            protocol: None,
            lifetime: None,
        })
    };
    assert!(made(false, 0, address(Some(V4), Some(V4))).is_ok());
    assert!(made(false, 0, address(None, Some(V4))).is_err());
}

#[test]
fn a_group_of_links_is_not_changed_at_once() {
    for put in [true, false] {
        assert!(made(put, 0, Change::Link(link(0, None))).is_err());
        assert!(made(put, 0, Change::Link(link(0, Some("")))).is_err());
    }
    assert!(made(true, CREATE, Change::Link(link(0, None))).is_ok());
    assert!(made(true, 0, Change::Link(link(0, Some("v0")))).is_ok());
}

#[test]
fn no_name_is_left_to_the_kernel() {
    assert!(made(true, 0, Change::Link(link(3, Some("w%d")))).is_err());
    let peer = |name: &str| LinkPeer {
        name: Some(name.into()),
        attributes: Vec::new(),
        namespace: None,
    };
    for (name, fine) in [("w0", true), ("w%d", false)] {
        let change = LinkChange {
            peer: Some(peer(name)),
            ..link(0, Some("v0"))
        };
        let made = made(true, CREATE, Change::Link(change));
        assert_eq!(made.is_ok(), fine, "{name}");
    }
}

#[test]
fn other_links_are_part_of_the_request_by_their_names() {
    let with = |master: u64| LinkChange {
        attributes: vec![Attribute {
            id: 10,
            value: AttributeValue::Number(master),
        }],
        ..link(0, Some("v0"))
    };
    for (master, shown, others) in [(5, "br0 uplink0", 1), (0, "", 0), (6, "6", 1)] {
        let request = made(true, 0, Change::Link(with(master))).unwrap();
        assert!(
            request.changes.contains(&("master", shown.into())),
            "{request:?}"
        );
        assert_eq!(request.other_links().count(), others, "{master}");
    }
}

#[test]
fn how_a_change_is_made_is_part_of_the_request() {
    let named = || Change::Link(link(0, Some("v0")));
    let how = |flags| {
        let request = made(true, flags, named()).unwrap();
        let mut found = request.changes.into_iter();
        found.find(|(field, _)| *field == "how").map(|(_, how)| how)
    };
    assert_eq!(how(0), None);
    assert_eq!(how(CREATE | EXCLUSIVE).unwrap(), "create exclusive");
    assert_eq!(how(CREATE | REPLACE).unwrap(), "create replace");
    assert_eq!(how(APPEND).unwrap(), "append");
    // NLM_F_BULK has the number of EXCLUSIVE; NLM_F_ECHO is not of the contract.
    for (put, flags) in [
        (false, EXCLUSIVE),
        (false, CREATE),
        (true, 8),
        (true, 0x1000),
    ] {
        assert!(made(put, flags, named()).is_err(), "{flags:#x}");
    }
}

#[test]
fn a_multicast_route_is_about_no_single_link() {
    let route = |family| NetworkChange {
        scope: None,
        put: true,
        flags: CREATE,
        change: Change::Route(Route {
            family,
            destination: Some(V4),
            destination_length: 32,
            source: None,
            source_length: 0,
            output_interface: Some(3),
            tos: 0,
            table: 0,
            protocol: 0,
            scope: 0,
            kind: 0,
            flags: 0,
            input_interface: None,
            gateway: None,
            preferred_source: None,
            metric: None,
            realms: None,
            preference: None,
            mark: None,
            user: None,
            next_hop_id: None,
            expires: None,
            encapsulation: None,
            cache: None,
            metrics: None,
            congestion_control: None,
            next_hops: None,
            forwarded: None,
        }),
    };
    assert_eq!(interface_of(&route(2)), Some(InterfaceBy::Index(3)));
    assert_eq!(interface_of(&route(128)), None);
    // Nor is it the request for a route of packets to one host.
    let request = |family| prepare(&route(family), None, &mut Known).unwrap().1;
    assert_ne!(request(2), request(128));
}
