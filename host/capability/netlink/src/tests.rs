//! Tests for denied, allowed and malformed requests, and for messages that a kernel would not send.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use super::listing::{Listing, Objects};
use super::service::Namespace;
use super::undoable::Undoable;
use super::{address, event, l2tp, link, neighbour, route, rule, xfrm};
use crate::bindings::nethost::cap::netlink as wit;
use nethost_broker::Broker;
use nethost_core::{Request, Target};
use nethost_kit::types::ErrorCode;
use nethost_netlink::message::{Attributes, Message, Messages};
use nethost_netlink::xfrm::blank_keys;
use nethost_test_bed::TestBed;

fn here(bed: &TestBed) -> Namespace {
    Namespace::open(&bed.gate, &Arc::new(Broker::in_process()), None).unwrap()
}

fn all_links() -> wit::Query {
    wit::Query::Links(wit::LinkQuery {
        index: None,
        name: None,
        master: None,
        kind: None,
        family: 0,
        statistics: false,
    })
}

/// An unreachable route for 192.0.2.0/24.
fn a_route() -> wit::Route {
    let header = [2, 24, 0, 0, 254, 4, 0, 7, 0, 0, 0, 0];
    let destination = [8, 0, 1, 0, 192, 0, 2, 0];
    route::decode(&[&header[..], &destination[..]].concat()).unwrap()
}

fn put(namespace: &mut Namespace, change: wit::Change) -> Result<Option<String>, wit::Failure> {
    namespace.put(&change, wit::How::CREATE)
}

#[test]
fn a_denied_listing_leaves_one_record() {
    let bed = TestBed::allowing(&["route.write"]);
    let refused = here(&bed).list(&all_links());
    assert!(matches!(
        refused.err(),
        Some(wit::Failure::Refused(ErrorCode::Denied(denial))) if denial.target == "links"
    ));
    assert_eq!(bed.names(), ["denied"]);
}

#[test]
fn who_may_read_may_not_write_and_the_record_has_every_field() {
    let bed = TestBed::allowing(&["route.read"]);
    let refused = put(&mut here(&bed), wit::Change::Route(a_route()));
    assert!(matches!(
        refused,
        Err(wit::Failure::Refused(ErrorCode::Denied(denial))) if denial.target == "192.0.2.0/24"
    ));
    let record = &bed.events()[0];
    assert_eq!(record["event"], "denied");
    let shown = record.to_string();
    for field in ["to", "table", "254", "protocol", "type", "scope"] {
        assert!(
            shown.contains(&format!("\"{field}\"")),
            "{field} in {shown}"
        );
    }
}

#[test]
fn a_change_in_a_scope_is_asked_for_like_any_other() {
    let bed = TestBed::allowing(&["route.read"]);
    let scope = Undoable::open(&here(&bed));
    let refused = scope.put(&wit::Change::Route(a_route()), wit::How::CREATE);
    assert!(matches!(
        refused,
        Err(wit::Failure::Refused(ErrorCode::Denied(denial))) if denial.target == "192.0.2.0/24"
    ));
    assert_eq!(bed.events()[0]["op"], "undoable.put");
    // What cannot be undone reaches neither gate nor kernel.
    let mut multicast = a_route();
    multicast.family = 128;
    for refused in [
        scope.put(&wit::Change::Route(multicast.clone()), wit::How::CREATE),
        scope.remove(&wit::Change::Route(multicast)),
    ] {
        assert!(matches!(
            refused,
            Err(wit::Failure::Refused(ErrorCode::InvalidArgument(_)))
        ));
    }
    assert!(scope.undo().unwrap().is_empty());
    scope.commit().unwrap();
    drop(scope);
    assert_eq!(bed.names(), ["denied"]);
}

#[test]
fn a_grant_for_one_network_is_none_for_another() {
    let bed = TestBed::allowing(&["route.write=198.51.100.0/24"]);
    let refused = put(&mut here(&bed), wit::Change::Route(a_route()));
    assert!(matches!(
        refused,
        Err(wit::Failure::Refused(ErrorCode::Denied(_)))
    ));
}

#[test]
fn another_namespace_is_a_request_of_its_own() {
    let bed = TestBed::allowing(&["route.read"]);
    let broker = Arc::new(Broker::in_process());
    let refused = Namespace::open(&bed.gate, &broker, Some("other"));
    assert!(matches!(refused.err(), Some(ErrorCode::Denied(denial)) if denial.target == "other"));
    for name in ["", "..", "../../etc/passwd", "a\0b"] {
        let refused = Namespace::open(&bed.gate, &broker, Some(name));
        assert!(
            matches!(refused.err(), Some(ErrorCode::InvalidArgument(_))),
            "{name:?}"
        );
    }
    assert_eq!(bed.names(), ["denied"]);
}

#[test]
fn links_are_listed_and_their_bytes_counted() {
    let bed = TestBed::allowing(&["route.read=links"]);
    let mut listing = here(&bed).list(&all_links()).unwrap();
    let mut names = Vec::new();
    loop {
        let batch = listing.next(1).unwrap();
        let wit::Objects::Links(links) = batch.objects else {
            unreachable!("links were asked for");
        };
        assert!(links.len() <= 1);
        names.extend(links.into_iter().map(|link| link.name));
        if batch.last {
            break;
        }
    }
    assert!(names.contains(&"lo".to_owned()), "{names:?}");
    drop(listing);
    assert_eq!(bed.names(), ["open", "close"]);
    assert_ne!(bed.events()[1]["counters"]["bytes_received"], 0);
}

#[test]
fn what_the_kernel_says_comes_back() {
    let bed = TestBed::allowing(&["route.read"]);
    let query = wit::Query::Links(wit::LinkQuery {
        index: None,
        name: Some("no-such-link".into()),
        master: None,
        kind: None,
        family: 0,
        statistics: false,
    });
    let error = here(&bed).list(&query).unwrap().next(1).unwrap_err();
    assert_eq!(error.errno, libc::ENODEV);
}

#[test]
fn malformed_changes_reach_neither_gate_nor_kernel() {
    let bed = TestBed::allowing(&["route.write"]);
    let mut namespace = here(&bed);
    let mut other_family = a_route();
    other_family.preferred_source = Some(nethost_kit::types::address_to([0; 16].into()));
    let mut too_long = a_route();
    too_long.destination_length = 33;
    let unknown = wit::LinkChange {
        index: 1,
        family: 0,
        name: None,
        flags: 0,
        flags_mask: 0,
        attributes: vec![wit::Attribute {
            id: 9999,
            value: wit::AttributeValue::Flag,
        }],
        kind: None,
        kind_data: Vec::new(),
        port_kind: None,
        port_data: Vec::new(),
        peer: None,
        namespace: None,
    };
    let mut wrong_type = unknown.clone();
    wrong_type.attributes[0].id = 4;
    let mut nul = unknown.clone();
    nul.attributes.clear();
    nul.name = Some("a\0b".into());
    for change in [
        wit::Change::Route(other_family),
        wit::Change::Route(too_long),
        wit::Change::Link(unknown),
        wit::Change::Link(wrong_type),
        wit::Change::Link(nul),
    ] {
        let refused = put(&mut namespace, change);
        assert!(
            matches!(
                refused,
                Err(wit::Failure::Refused(ErrorCode::InvalidArgument(_)))
            ),
            "{refused:?}"
        );
    }
    assert!(!bed.names().contains(&"open".to_owned()));
}

#[test]
fn no_bytes_make_the_decoders_read_outside_or_without_end() {
    // A small random generator with a fixed seed: every run tries the same bytes.
    let mut state = 1_u64;
    let mut random = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 56) as u8
    };
    for length in 0..512 {
        let bytes: Vec<u8> = (0..length).map(|_| random() & 0x1f).collect();
        let messages: Vec<_> = Messages::new(&bytes).collect();
        assert!(messages.len() <= length / 16 + 1);
        assert!(Attributes(&bytes).count() <= length / 4 + 1);
        let _ = (link::decode(&bytes), address::decode(&bytes));
        let _ = (route::decode(&bytes), rule::decode(&bytes));
        let _ = neighbour::decode(&bytes);
        let _ = (
            xfrm::decode_association(&bytes),
            xfrm::decode_policy(&bytes),
        );
        let _ = (l2tp::decode(&bytes), event::hop(&bytes));
        let _ = (event::settings(&bytes), event::prefix(&bytes));
    }
}

/// A message of this type with these flags and this payload.
fn message(kind: u16, flags: u16, payload: &[u8]) -> Vec<u8> {
    let length = 16 + payload.len() as u32;
    let head = [
        &length.to_ne_bytes()[..],
        &kind.to_ne_bytes(),
        &flags.to_ne_bytes(),
    ];
    let mut bytes = [&head.concat()[..], &[0; 8], payload].concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

#[test]
fn a_listing_says_that_it_was_interrupted() {
    const INTERRUPTED: u16 = 0x10;
    const DONE: u16 = 3;
    let route = [
        2, 24, 0, 0, 254, 4, 0, 1, 0, 0, 0, 0, 8, 0, 1, 0, 192, 0, 2, 0,
    ];
    let bed = TestBed::allowing(&["route.read"]);
    for (first, last) in [(0, 0), (INTERRUPTED, 0), (0, INTERRUPTED)] {
        let (ours, kernel) = std::os::unix::net::UnixDatagram::pair().unwrap();
        let all = [
            message(route::NEW, first, &route),
            message(DONE, last, &[0; 4]),
        ];
        kernel.send(&all.concat()).unwrap();
        let request = Request::new("namespace.list", Target::Local("routes"));
        let permit = bed.gate.authorize(request).unwrap();
        let mut listing = Listing::new(ours.into(), permit, Objects::Routes, true);
        let batch = listing.next(10).unwrap();
        assert!(
            batch.last && matches!(batch.objects, wit::Objects::Routes(found) if found.len() == 1)
        );
        assert_eq!(batch.interrupted, first | last != 0);
    }
}

#[test]
fn an_association_comes_without_its_key() {
    const KEY: [u8; 4] = [0xde, 0xad, 0xbe, 0xef];
    let mut payload = vec![0; 224];
    // 10.0.0.2, 0x100, ESP; 10.0.0.1; tunnel.
    payload[56..60].copy_from_slice(&[10, 0, 0, 2]);
    payload[72..76].copy_from_slice(&[0, 0, 1, 0]);
    payload[76] = 50;
    payload[80..84].copy_from_slice(&[10, 0, 0, 1]);
    payload[212..215].copy_from_slice(&[2, 0, 1]);
    // XFRMA_ALG_AUTH_TRUNC.
    let mut algorithm = b"hmac(sha256)".to_vec();
    algorithm.resize(64, 0);
    algorithm.extend(32_u32.to_ne_bytes());
    algorithm.extend(96_u32.to_ne_bytes());
    algorithm.extend(KEY);
    payload.extend((4 + algorithm.len() as u16).to_ne_bytes());
    payload.extend(20_u16.to_ne_bytes());
    payload.extend(&algorithm);
    let found = xfrm::decode_association(&payload).unwrap();
    assert_eq!((found.protocol, found.index, found.mode), (50, 0x100, 1));
    let [algorithm] = &found.algorithms[..] else {
        unreachable!("one algorithm");
    };
    assert_eq!(algorithm.name, "hmac(sha256)");
    assert_eq!((algorithm.key_bits, algorithm.check_bits), (32, Some(96)));
    let contains = |bytes: &[u8]| bytes.windows(KEY.len()).any(|part| part == KEY);
    assert!(!contains(&postcard::to_allocvec(&found).unwrap()));
    // The runner does not get the key.
    let whole = message(xfrm::NEW_ASSOCIATION, 2, &payload).repeat(2);
    assert!(contains(&whole));
    let mut list = whole.clone();
    blank_keys(&mut list);
    assert!(!contains(&list));
    let Some(Message::Object { payload, .. }) = Messages::new(&list).last() else {
        unreachable!("two associations");
    };
    let without = xfrm::decode_association(payload).unwrap();
    assert_eq!(format!("{without:?}"), format!("{found:?}"));
    // A truncated message gives no key either.
    for cut in 0..whole.len() {
        let mut rest = whole[..cut].to_vec();
        blank_keys(&mut rest);
        assert!(!contains(&rest), "{cut}");
    }
}

#[test]
fn a_tunnel_of_l2tp_is_read() {
    // A generic netlink header; L2TP_ATTR_CONN_ID, L2TP_ATTR_IP_SADDR.
    let mut payload = vec![4, 1, 0, 0];
    payload.extend([8, 0, 9, 0, 42, 0, 0, 0]);
    payload.extend([8, 0, 24, 0, 10, 0, 0, 1]);
    let found = l2tp::decode(&payload).unwrap().attributes;
    assert_eq!(found.len(), 2);
    assert!(matches!(found[0].value, wit::AttributeValue::Number(42)));
    assert!(matches!(found[1].value, wit::AttributeValue::Address(_)));
}
