//! How neighbours are kept: RTM_NEWNEIGHTBL and its relatives, struct ndtmsg, NDTA_… and NDTPA_….

use super::attribute::Type::{Bytes, Nest, U32, U64};
use super::attribute::{self, Entry, entry};
use super::draft::{DUMP, Draft};
use super::message::{Attributes, text, u8_at};
use crate::bindings::nethost::cap::netlink as wit;
use crate::capability::types::{ErrorCode, invalid};

/// struct ndtmsg.
const HEADER: usize = 4;

pub(super) const NEW: u16 = 64;
const GET: u16 = 66;
pub(super) const SET: u16 = 67;

const NAME: u16 = 1;

/// NDTA_….
const TABLE: &[Entry] = &[
    entry(2, "thresh1", U32),
    entry(3, "thresh2", U32),
    entry(4, "thresh3", U32),
    entry(5, "config", Bytes),
    entry(6, "parameters", Nest(PARAMETERS)),
    entry(7, "statistics", Bytes),
    entry(8, "gc-interval", U64),
];

/// NDTPA_….
const PARAMETERS: &[Entry] = &[
    entry(1, "dev-index", U32),
    entry(2, "references", U32),
    entry(3, "reachable", U64),
    entry(4, "base-reachable", U64),
    entry(5, "retrans", U64),
    entry(6, "gc-stale", U64),
    entry(7, "delay-probe", U64),
    entry(8, "queue", U32),
    entry(9, "app-probes", U32),
    entry(10, "ucast-probes", U32),
    entry(11, "mcast-probes", U32),
    entry(12, "anycast-delay", U64),
    entry(13, "proxy-delay", U64),
    entry(14, "proxy-queue", U32),
    entry(15, "locktime", U64),
    entry(16, "queue-bytes", U32),
    entry(17, "mcast-reprobes", U32),
];

pub(super) fn decode(payload: &[u8]) -> Option<wit::NeighbourTable> {
    let attributes = payload.get(HEADER..)?;
    let (_, name) = Attributes(attributes).find(|(id, _)| *id == NAME)?;
    Some(wit::NeighbourTable {
        family: u8_at(payload, 0)?,
        name: text(name),
        attributes: attribute::read(TABLE, attributes),
    })
}

pub(super) fn query(family: u8) -> Draft {
    Draft::new(GET, DUMP, &[family, 0, 0, 0])
}

/// The index of the link whose parameters these are, if it is one link's.
pub(super) fn index(table: &wit::NeighbourTable) -> u32 {
    const INDEX: u32 = 6 << 16 | 1;
    let mut numbers = table.attributes.iter().filter(|found| found.id == INDEX);
    match numbers.next().map(|found| &found.value) {
        Some(wit::AttributeValue::Number(number)) => u32::try_from(*number).unwrap_or_default(),
        _ => 0,
    }
}

pub(super) fn write(
    put: bool,
    flags: u16,
    table: &wit::NeighbourTable,
) -> Result<Draft, ErrorCode> {
    if !put {
        return Err(invalid("the kernel's neighbour tables stay"));
    }
    let mut draft = Draft::new(SET, flags, &[table.family, 0, 0, 0]);
    draft.text(NAME, "table", &table.name)?;
    attribute::write(TABLE, &table.attributes, &mut draft)?;
    Ok(draft)
}
