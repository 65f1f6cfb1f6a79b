//! Denied, allowed, malformed; and messages that no kernel would send.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use super::message::{Attributes, Message, Messages};
use super::service::Namespace;
use super::{address, link, neighbour, route, rule};
use crate::bindings::nethost::cap::netlink as wit;
use crate::broker::Broker;
use crate::capability::test_bed::TestBed;
use crate::capability::types::ErrorCode;

fn here(bed: &TestBed) -> Namespace {
    Namespace::open(&bed.gate, &Arc::new(Broker::Here), None).unwrap()
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

/// 192.0.2.0/24, unreachable.
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
    let broker = Arc::new(Broker::Here);
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
    other_family.preferred_source = Some(crate::capability::types::address_to([0; 16].into()));
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
    // A small generator of its own: every run tries the same bytes.
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
    }
}

#[test]
fn an_error_brings_its_explanation() {
    let mut bytes = vec![0; 16 + 4 + 16];
    bytes[4] = 2;
    bytes[6..8].copy_from_slice(&0x300_u16.to_ne_bytes());
    bytes[16..20].copy_from_slice(&(-libc::EEXIST).to_ne_bytes());
    bytes.extend([9, 0, 1, 0]);
    bytes.extend(b"taken\0\0\0");
    let length = bytes.len() as u32;
    bytes[..4].copy_from_slice(&length.to_ne_bytes());
    let Some(Message::Error(error)) = Messages::new(&bytes).next() else {
        unreachable!("it is an error");
    };
    assert_eq!(error.errno, libc::EEXIST);
    assert_eq!(error.message.as_deref(), Some("taken"));
}
