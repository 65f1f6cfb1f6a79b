//! What the kernel remembers about TCP connections: the generic netlink family `tcp_metrics` (linux/tcp_metrics.h).

use super::attribute::Type::{Bytes, Nest, U16, U32, U64};
use super::attribute::{self, Entry, entry};
use crate::bindings::nethost::cap::netlink as wit;
use nethost_kit::types::{address_from, address_to};
use nethost_netlink::generic::HEADER;
use nethost_netlink::message::{Attributes, ip};
use nethost_netlink::tcp_metrics::{DESTINATION, DESTINATION6, destination};
use nethost_netlink::{DUMP, MessageBuilder};

/// TCP_METRICS_CMD_….
const GET: u8 = 1;

const SOURCE: u16 = 11;
const SOURCE6: u16 = 12;

/// TCP_METRICS_ATTR_….
const TABLE: &[Entry] = &[
    entry(3, "age", U64),
    entry(4, "time-wait-value", U32),
    entry(5, "time-wait-stamp", U32),
    entry(6, "values", Nest(VALUES)),
    entry(7, "fast-open-mss", U16),
    entry(8, "fast-open-drops", U16),
    entry(9, "fast-open-drop-age", U64),
    entry(10, "fast-open-cookie", Bytes),
];

/// TCP_METRIC_… + 1.
const VALUES: &[Entry] = &[
    entry(1, "rtt", U32),
    entry(2, "rttvar", U32),
    entry(3, "ssthresh", U32),
    entry(4, "cwnd", U32),
    entry(5, "reordering", U32),
    entry(6, "rtt-us", U32),
    entry(7, "rttvar-us", U32),
];

pub(super) fn decode(payload: &[u8]) -> Option<wit::TcpMetrics> {
    let attributes = payload.get(HEADER..)?;
    let (mut destination, mut source) = (None, None);
    for (id, value) in Attributes(attributes) {
        match id {
            DESTINATION | DESTINATION6 => destination = ip(value),
            SOURCE | SOURCE6 => source = ip(value),
            _ => {}
        }
    }
    Some(wit::TcpMetrics {
        destination: address_to(destination?),
        source: source.map(address_to),
        attributes: attribute::read(TABLE, attributes),
    })
}

/// The query for one address, or for all. The answer for one address is not a dump.
pub(super) fn query(family: u16, of: Option<wit::IpAddress>) -> MessageBuilder {
    let flags = if of.is_some() { 0 } else { DUMP };
    let mut builder = MessageBuilder::new(family, flags, &[GET, 1, 0, 0]);
    let of = of.map(|address| address_from(address).into());
    destination(of, &mut builder);
    builder
}
