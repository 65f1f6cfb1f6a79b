//! How a route or a next hop encapsulates packets: `encap TYPE …` (linux/lwtunnel.h).

mod parse;
mod segments;
pub(in super::super) mod show;
mod trace;

use nethost_sdk::netlink::Field;

use crate::entity::{nest, number};

pub(in super::super) use parse::labels;

/// LWTUNNEL_ENCAP_….
pub(super) const MPLS: u16 = 1;
pub(super) const IP: u16 = 2;
pub(super) const ILA: u16 = 3;
pub(super) const IP6: u16 = 4;
pub(super) const SEG6: u16 = 5;
pub(super) const BPF: u16 = 6;
pub(super) const SEG6_LOCAL: u16 = 7;
pub(super) const RPL: u16 = 8;
pub(super) const IOAM6: u16 = 9;
pub(super) const XFRM: u16 = 10;

/// The types by their words.
const TYPES: &[(u16, &str)] = &[
    (MPLS, "mpls"),
    (IP, "ip"),
    (ILA, "ila"),
    (IP6, "ip6"),
    (SEG6, "seg6"),
    (BPF, "bpf"),
    (SEG6_LOCAL, "seg6local"),
    (RPL, "rpl"),
    (IOAM6, "ioam6"),
    (XFRM, "xfrm"),
];

/// An encapsulation: its type, and the attributes nested in RTA_ENCAP or NHA_ENCAP, which begin at depth 0.
#[derive(Clone, Debug)]
pub(in super::super) struct Encapsulation {
    pub(super) kind: u16,
    pub(super) fields: Vec<Field>,
}

impl Encapsulation {
    /// LWTUNNEL_ENCAP_….
    pub(in super::super) fn kind(&self) -> u16 {
        self.kind
    }

    /// As attributes with these numbers, nested so deep.
    pub(in super::super) fn at(&self, depth: u8, [kind, outer]: [u16; 2]) -> Vec<Field> {
        let mut all = vec![number(kind, self.kind), nest(0, outer)];
        all.extend(self.fields.iter().map(|field| Field {
            depth: field.depth + 1,
            ..field.clone()
        }));
        for field in &mut all {
            field.depth += depth;
        }
        all
    }
}

pub(in super::super) use parse::parse;
