//! What is noted, recognised and put back, with messages as the kernel sends them.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::message::{Attributes, Message, Messages, u32_at};
use crate::message_builder::{INET, INET6, MessageBuilder};
use crate::{Attribute, AttributeValue, IpAddress, Lifetime};

const ALIVE: u32 = 0x80;

fn change(put: bool, flags: u16, change: Change) -> NetworkChange {
    NetworkChange {
        put,
        scope: Some(1),
        flags,
        change,
    }
}

fn snapshot(builder: MessageBuilder) -> Snapshot {
    let (bytes, _) = builder.finish().unwrap();
    let Some(Message::Object { kind, payload }) = Messages::new(&bytes).next() else {
        unreachable!("it is an object");
    };
    Snapshot::new(kind, payload).unwrap()
}

fn address(valid: Option<u32>) -> Address {
    Address {
        family: INET,
        index: 3,
        prefix_length: 24,
        flags: 0,
        scope: 0,
        local: Some(IpAddress::Ipv4((10, 0, 0, 50))),
        peer: Some(IpAddress::Ipv4((10, 0, 0, 50))),
        broadcast: None,
        anycast: None,
        label: None,
        metric: None,
        protocol: None,
        lifetime: valid.map(|valid| Lifetime {
            preferred: valid,
            valid,
        }),
    }
}

/// As the kernel describes it: last changed then.
fn described(address: &Address, valid: u32, changed: u32) -> Snapshot {
    let bare = Address {
        lifetime: None,
        flags: ALIVE,
        ..address.clone()
    };
    let mut builder = crate::address::write(crate::address::NEW, 0, &bare).unwrap();
    let times: Vec<u8> = [valid, valid, 7, changed]
        .iter()
        .flat_map(|number| number.to_ne_bytes())
        .collect();
    builder.raw(crate::address::LIFETIME, &times);
    snapshot(builder)
}

fn route(gateway: u8, metric: Option<u32>) -> Route {
    Route {
        family: INET,
        destination: Some(IpAddress::Ipv4((192, 0, 2, 0))),
        destination_length: 24,
        source: None,
        source_length: 0,
        tos: 0,
        table: 254,
        protocol: 16,
        scope: 0,
        kind: 1,
        flags: 0,
        input_interface: None,
        output_interface: Some(3),
        gateway: Some(IpAddress::Ipv4((10, 0, 0, gateway))),
        preferred_source: None,
        metric,
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
    }
}

fn described_route(route: &Route) -> Snapshot {
    let mut builder = crate::route::write(crate::route::NEW, 0, route).unwrap();
    builder.raw(crate::route::TABLE, &route.table.to_ne_bytes());
    snapshot(builder)
}

fn link(flags: u32, mtu: u32) -> Snapshot {
    let mut header = [0; crate::link::HEADER];
    header[4..8].copy_from_slice(&3_u32.to_ne_bytes());
    header[8..12].copy_from_slice(&flags.to_ne_bytes());
    let mut builder = MessageBuilder::new(crate::link::NEW, 0, &header);
    builder.raw(crate::link::MTU, &mtu.to_ne_bytes());
    snapshot(builder)
}

fn link_change(flags: u32, mask: u32, mtu: Option<u64>) -> LinkChange {
    LinkChange {
        index: 3,
        family: 0,
        name: None,
        flags,
        flags_mask: mask,
        attributes: mtu
            .map(|mtu| Attribute {
                id: crate::link::MTU.into(),
                value: AttributeValue::Number(mtu),
            })
            .into_iter()
            .collect(),
        kind: None,
        kind_data: Vec::new(),
        port_kind: None,
        port_data: Vec::new(),
        peer: None,
        namespace: None,
    }
}

/// The type, the flags, and what follows the header.
fn parts(message: &[u8]) -> (u16, u16, Vec<u8>) {
    let number = |at| crate::message::u16_at(message, at).unwrap();
    (number(4), number(6), message[16..].to_vec())
}

#[test]
fn a_new_address_is_removed_while_it_is_the_one() {
    let ours = address(Some(100));
    let undoing = Undoing::new(
        &change(true, CREATE | REPLACE, Change::Address(ours.clone())),
        vec![],
    )
    .unwrap();
    let (kind, _, payload) = parts(&undoing.message().unwrap());
    assert_eq!(kind, crate::address::DELETE);
    assert!(Attributes(&payload[8..]).any(|(_, value)| value == [10, 0, 0, 50]));
    for (found, standing) in [
        (vec![], Standing::Before),
        (vec![described(&ours, 90, 5)], Standing::Changed),
        // Somebody lets it last longer.
        (vec![described(&ours, 3600, 5)], Standing::Another),
        (vec![described(&ours, u32::MAX, 5)], Standing::Another),
    ] {
        assert_eq!(undoing.standing(&found), standing, "{found:?}");
    }
    assert!(undoing.undo_concerns().is_some());
}

#[test]
fn an_address_that_was_there_gets_its_lifetime_back() {
    let earlier = described(&address(None), 60, 5);
    for valid in [30, 300] {
        let ours = address(Some(valid));
        let change = change(true, CREATE | REPLACE, Change::Address(ours.clone()));
        let undoing = Undoing::new(&change, vec![earlier.clone()]).unwrap();
        let now = |valid, changed| vec![described(&ours, valid, changed)];
        assert_eq!(undoing.standing(&now(55, 5)), Standing::Before);
        assert_eq!(undoing.standing(&now(valid, 6)), Standing::Changed);
        assert_eq!(undoing.standing(&now(valid + 1, 7)), Standing::Another);
        assert_eq!(undoing.standing(&[]), Standing::Another);
        let (kind, flags, payload) = parts(&undoing.message().unwrap());
        assert_eq!(kind, crate::address::NEW);
        assert_eq!(flags & REPLACE, REPLACE);
        let mut all = Attributes(&payload[8..]);
        let times = all.find(|(id, _)| *id == crate::address::LIFETIME);
        assert_eq!(u32_at(times.unwrap().1, 4), Some(60));
        // What the kernel knows of itself is not said to it.
        assert!(Attributes(&payload[8..]).all(|(id, _)| id != crate::address::FLAGS));
    }
}

#[test]
fn an_address_is_found_as_the_kernel_finds_it() {
    let ours = address(None);
    let put = change(true, CREATE, Change::Address(ours.clone()));
    let subject = Subject::of(&put).unwrap();
    let mut other = ours.clone();
    assert!(subject.is(&described(&ours, 1, 1), true));
    other.prefix_length = 25;
    assert!(
        !subject.is(&described(&other, 1, 1), true),
        "another prefix"
    );
    other = Address { index: 4, ..ours };
    assert!(!subject.is(&described(&other, 1, 1), true), "another link");
    assert!(!subject.is(&link(1, 1500), true));
}

#[test]
fn a_replaced_route_comes_back_and_a_new_one_goes() {
    let (earlier, ours) = (route(1, None), route(2, None));
    let put = change(true, CREATE | REPLACE, Change::Route(ours.clone()));
    let undoing = Undoing::new(&put, vec![described_route(&earlier)]).unwrap();
    let (kind, flags, payload) = parts(&undoing.message().unwrap());
    assert_eq!((kind, flags & REPLACE), (crate::route::NEW, REPLACE));
    assert!(Attributes(&payload[12..]).any(|(_, value)| value == [10, 0, 0, 1]));
    for (found, standing) in [
        (vec![described_route(&earlier)], Standing::Before),
        (vec![described_route(&ours)], Standing::Changed),
        (vec![described_route(&route(3, None))], Standing::Another),
        (vec![], Standing::Another),
    ] {
        assert_eq!(undoing.standing(&found), standing);
    }
    let new = Undoing::new(&put, vec![]).unwrap();
    assert_eq!(parts(&new.message().unwrap()).0, crate::route::DELETE);
    assert_eq!(new.standing(&[]), Standing::Before);
    assert_eq!(
        new.standing(&[described_route(&earlier)]),
        Standing::Another
    );
}

#[test]
fn what_cannot_be_undone_exactly_is_not_done() {
    let ours = route(2, None);
    let two = vec![described_route(&ours), described_route(&route(1, None))];
    let put = |flags| change(true, flags, Change::Route(ours.clone()));
    assert!(matches!(
        Undoing::new(&put(CREATE | REPLACE), two),
        Err(NotUndoable::Several)
    ));
    let one = || vec![described_route(&route(1, None))];
    assert!(matches!(
        Undoing::new(&put(CREATE), one()),
        Err(NotUndoable::Beside)
    ));
    assert!(Undoing::new(&put(CREATE | EXCLUSIVE), one()).is_ok());
    let gone = change(false, 0, Change::Route(ours.clone()));
    assert!(matches!(
        Undoing::new(&gone, vec![]),
        Err(NotUndoable::Form(_))
    ));
    for refused in [
        Change::Link(LinkChange {
            name: Some("x".into()),
            ..link_change(0, 0, None)
        }),
        Change::Link(LinkChange {
            index: 0,
            ..link_change(1, 1, None)
        }),
        Change::Link(link_change(0x100, 0x100, None)),
        Change::Route(Route { family: 28, ..ours }),
        Change::Address(Address {
            index: 0,
            ..address(None)
        }),
        Change::TcpMetrics(None),
    ] {
        let refused = change(true, CREATE, refused);
        assert!(Subject::of(&refused).is_err(), "{refused:?}");
    }
    let removed = change(false, 0, Change::Link(link_change(0, 0, None)));
    assert!(Subject::of(&removed).is_err());
}

#[test]
fn routes_are_told_apart_by_table_source_and_metric() {
    let ours = route(2, Some(7));
    let put = change(true, CREATE, Change::Route(ours.clone()));
    let subject = Subject::of(&put).unwrap();
    assert!(subject.is(&described_route(&route(9, Some(7))), true));
    assert!(!subject.is(&described_route(&route(2, None)), true));
    let mut other = ours.clone();
    other.table = 1000;
    assert!(!subject.is(&described_route(&other), true));
    // The main table is the one where none is named.
    let nameless = change(
        true,
        CREATE,
        Change::Route(Route {
            table: 0,
            ..ours.clone()
        }),
    );
    assert!(
        Subject::of(&nameless)
            .unwrap()
            .is(&described_route(&ours), true)
    );
    // To remove a route takes less.
    let remove = change(
        false,
        0,
        Change::Route(Route {
            metric: None,
            gateway: None,
            protocol: 0,
            kind: 0,
            scope: 255,
            ..ours.clone()
        }),
    );
    let subject = Subject::of(&remove).unwrap();
    assert!(subject.is(&described_route(&ours), false));
    let v6 = Route {
        family: INET6,
        destination: Some(IpAddress::Ipv6((0xfd00, 0, 0, 0, 0, 0, 0, 0))),
        destination_length: 64,
        gateway: None,
        metric: None,
        ..ours
    };
    let put = change(true, CREATE, Change::Route(v6.clone()));
    let with = Route {
        metric: Some(1024),
        ..v6
    };
    assert!(Subject::of(&put).unwrap().is(&described_route(&with), true));
}

#[test]
fn a_link_gets_back_what_it_had() {
    let put = change(true, 0, Change::Link(link_change(1, 1, Some(1400))));
    let undoing = Undoing::new(&put, vec![link(0x1002, 1500)]).unwrap();
    assert_eq!(undoing.standing(&[link(0x1002, 1500)]), Standing::Before);
    assert_eq!(undoing.standing(&[link(0x1043, 1400)]), Standing::Changed);
    assert_eq!(undoing.standing(&[link(0x1043, 1300)]), Standing::Another);
    assert_eq!(undoing.standing(&[]), Standing::Another);
    let (kind, _, payload) = parts(&undoing.message().unwrap());
    assert_eq!(kind, crate::link::NEW);
    assert_eq!(
        (u32_at(&payload, 8), u32_at(&payload, 12)),
        (Some(0), Some(1))
    );
    let mtu = Attributes(&payload[16..]).find(|(id, _)| *id == crate::link::MTU);
    assert_eq!(u32_at(mtu.unwrap().1, 0), Some(1500));
    assert!(matches!(
        Undoing::new(&put, vec![]),
        Err(NotUndoable::Form(_))
    ));
}

#[test]
fn a_link_that_others_use_is_not_set_down() {
    let put = change(true, 0, Change::Link(link_change(1, 1, None)));
    let mut undoing = Undoing::new(&put, vec![link(0, 1500)]).unwrap();
    let theirs = described(&address(None), u32::MAX, 1);
    assert!(!undoing.is_used(&[]));
    assert!(undoing.is_used(std::slice::from_ref(&theirs)));
    // It was there before.
    undoing.note_belongings(vec![theirs.clone()]);
    assert!(!undoing.is_used(&[theirs]));
}

#[test]
fn what_goes_along_is_put_back_addresses_first() {
    let earlier = [
        described_route(&route(2, None)),
        described_route(&Route {
            gateway: None,
            ..route(0, Some(5))
        }),
        described(&address(None), u32::MAX, 1),
    ];
    assert!(missing(&earlier, &earlier).unwrap().is_empty());
    let all = missing(&earlier, &[]).unwrap();
    let kinds: Vec<u16> = all.iter().map(|message| parts(message).0).collect();
    assert_eq!(
        kinds,
        [crate::address::NEW, crate::route::NEW, crate::route::NEW]
    );
    let (_, _, last) = parts(&all[2]);
    assert!(Attributes(&last[12..]).any(|(id, _)| id == crate::route::GATEWAY));
}

#[test]
fn states_of_the_kernel_are_not_put_back() {
    let mut dead = route(2, None);
    // RTNH_F_DEAD, RTNH_F_ONLINK and RTNH_F_LINKDOWN.
    dead.flags = 1 | 4 | 16;
    let message = described_route(&dead).restoring(CREATE).unwrap();
    let (_, _, payload) = parts(&message.finish().unwrap().0);
    assert_eq!(u32_at(&payload, 8), Some(4));
    // Of a route with a numbered next hop, only the number.
    let mut builder = crate::route::write(
        crate::route::NEW,
        0,
        &Route {
            next_hop_id: Some(9),
            ..route(2, None)
        },
    )
    .unwrap();
    builder.raw(22, &[0; 8]);
    let (_, _, payload) = parts(
        &snapshot(builder)
            .restoring(CREATE)
            .unwrap()
            .finish()
            .unwrap()
            .0,
    );
    let ids: Vec<u16> = Attributes(&payload[12..]).map(|(id, _)| id).collect();
    assert!(ids.contains(&crate::route::NEXT_HOP), "{ids:?}");
    assert!(!ids.contains(&crate::route::GATEWAY), "{ids:?}");
    assert!(!ids.contains(&crate::route::OUTPUT), "{ids:?}");
}

#[test]
fn no_object_is_believed_that_is_none() {
    assert!(Snapshot::new(crate::address::NEW, &[0; 7]).is_none());
    assert!(Snapshot::new(crate::address::DELETE, &[0; 64]).is_none());
    assert!(Snapshot::new(crate::route::NEW, &[0; 17 << 10]).is_none());
    // A next hop with a length of nothing.
    let mut builder = MessageBuilder::new(crate::route::NEW, 0, &[0; crate::route::HEADER]);
    builder.raw(crate::route::MULTIPATH, &[0; 8]);
    assert!(snapshot(builder).restoring(CREATE).is_err());
}
