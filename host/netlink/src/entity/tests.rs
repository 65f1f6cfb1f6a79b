//! Tests of the table.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::{AttributeValue, IpAddress};

fn number(depth: u8, id: u16, number: u64) -> Field {
    let value = Some(AttributeValue::Number(number));
    Field { depth, id, value }
}

fn nest(depth: u8, id: u16) -> Field {
    let value = None;
    Field { depth, id, value }
}

fn hop() -> Entity {
    Entity {
        kind: EntityKind::NextHops,
        command: 104,
        header: vec![2, 0, 4, 0, 4, 0, 0, 0],
        fields: vec![number(0, 1, 7), number(0, 5, 3)],
    }
}

/// 10.9.0.0/16 by link 3, with a label of MPLS.
fn route(encapsulation: u64, inside: Field) -> Entity {
    Entity {
        kind: EntityKind::Routes,
        command: 24,
        header: vec![2, 16, 0, 0, 254, 3, 253, 1, 0, 0, 0, 0],
        fields: vec![
            Field {
                depth: 0,
                id: 1,
                value: Some(AttributeValue::Address(IpAddress::Ipv4((10, 9, 0, 0)))),
            },
            number(0, 4, 3),
            number(0, 21, encapsulation),
            nest(0, 22),
            inside,
        ],
    }
}

fn labelled() -> Entity {
    route(1, number(1, 2, 9))
}

#[test]
fn a_change_is_on_record_and_read_again() {
    let (message, changes) = change(&hop(), 0).unwrap().finish().unwrap();
    let shown: Vec<_> = changes
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    assert_eq!(
        shown,
        [
            "family=2",
            "protocol=4",
            "flags=4",
            "id=7",
            "oif=3",
            "command=add"
        ]
    );
    assert_eq!(
        decode(EntityKind::NextHops, 104, &message[16..]),
        Some(hop())
    );
}

#[test]
fn what_is_bound_to_a_link_is_about_that_link() {
    let endpoint = |command| Entity {
        kind: EntityKind::Mptcp,
        command,
        header: Vec::new(),
        fields: vec![
            nest(0, 1),
            number(1, 2, 9),
            Field {
                depth: 1,
                id: 7,
                value: Some(AttributeValue::Signed(4)),
            },
        ],
    };
    assert_eq!((link(&hop()), link(&endpoint(1))), (3, 4));
    // These find the object by its number, whatever link is named beside it.
    let command = 105;
    assert_eq!(link(&Entity { command, ..hop() }), 0);
    assert_eq!((link(&endpoint(2)), link(&endpoint(7))), (0, 0));
    // The kernel would take the last one.
    let mut twice = hop();
    twice.fields.extend(hop().fields);
    assert!(change(&twice, 0).is_err());
}

#[test]
fn a_route_is_about_its_network_and_its_link() {
    assert_eq!(link(&labelled()), 3);
    let shown = target(&labelled()).unwrap();
    assert_eq!(shown.to_string(), "10.9.0.0/16");
    // A segment's action, or an interface of IPsec, can lead to any link.
    for leads in [route(7, number(1, 7, 4)), route(10, number(1, 2, 4))] {
        assert_eq!(link(&leads), 0);
        assert!(change(&leads, 0).is_ok());
    }
    let mut several = labelled();
    several.fields.push(nest(0, 9));
    assert_eq!(link(&several), 0);
    let mut of_ipv6 = labelled();
    of_ipv6.header[0] = 10;
    assert!(target(&of_ipv6).is_err());
    let bpf = route(6, nest(1, 2));
    assert!(change(&bpf, 0).is_err());
}

#[test]
fn what_lists_changes_nothing_and_the_other_way_round() {
    assert!(question(&hop(), true).is_err());
    let query = Entity {
        command: 106,
        ..hop()
    };
    assert!(question(&query, true).is_ok() && change(&query, 0).is_err());
    let short = Entity {
        header: vec![2],
        ..hop()
    };
    assert!(change(&short, 0).is_err());
}

#[test]
fn an_association_is_on_record_without_its_key() {
    let mut header = vec![0; 224];
    header[56..60].copy_from_slice(&[192, 0, 2, 9]);
    header[72..76].copy_from_slice(&0x1000_u32.to_be_bytes());
    header[76] = 50;
    header[212] = 2;
    let mut algorithm = b"cbc(aes)".to_vec();
    algorithm.resize(64, 0);
    algorithm.extend(32_u32.to_ne_bytes());
    algorithm.extend(b"\xde\xad\xbe\xef");
    let association = Entity {
        kind: EntityKind::Security,
        command: 0x10,
        header,
        fields: vec![Field {
            depth: 0,
            id: 2,
            value: Some(AttributeValue::Bytes(algorithm)),
        }],
    };
    let (message, changes) = change(&association, 0).unwrap().finish().unwrap();
    assert!(message.ends_with(b"\xde\xad\xbe\xef"));
    let shown: Vec<_> = changes
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    assert_eq!(
        shown,
        [
            "dst=192.0.2.9",
            "spi=4096",
            "protocol=50",
            "family=2",
            "enc=cbc(aes) (key not recorded)",
            "command=add-association"
        ]
    );
}

#[test]
fn secrets_in_answers_are_overwritten() {
    let mut builder = MessageBuilder::new(0x20, 0, &[2, 1, 0, 0]);
    builder.raw(3, &7_u32.to_ne_bytes());
    builder.raw(4, b"secret");
    let (mut answer, _) = builder.finish().unwrap();
    let family = family(EntityKind::SegmentRouting);
    assert!(family.has_secrets());
    family.blank_secrets(&mut answer);
    let blank = answer.len() - 8;
    assert_eq!(answer[blank..], [0; 8]);
    assert_eq!(answer[blank - 8], 7);
    // What cannot be parsed is no longer there.
    let mut cut = answer[..answer.len() - 1].to_vec();
    family.blank_secrets(&mut cut);
    assert!(cut.iter().all(|octet| *octet == 0));
}
