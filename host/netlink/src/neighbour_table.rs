//! The parameters of neighbour tables: RTM_NEWNEIGHTBL and related messages, struct ndtmsg, NDTA_… and NDTPA_….

use crate::attribute::Type::{Bytes, Nest, U32, U64};
use crate::attribute::{self, Entry, entry};
use crate::message_builder::MessageBuilder;
use crate::{AttributeValue, Error, NeighbourTable, invalid};

/// RTM_SETNEIGHTBL.
const SET: u16 = 67;

/// NDTA_NAME.
pub const NAME: u16 = 1;

/// NDTA_….
pub const TABLE: &[Entry] = &[
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

/// The index of the link with these parameters, if they are for one link.
pub(crate) fn index(table: &NeighbourTable) -> u32 {
    const INDEX: u32 = 6 << 16 | 1;
    let mut numbers = table.attributes.iter().filter(|found| found.id == INDEX);
    match numbers.next().map(|found| &found.value) {
        Some(AttributeValue::Number(number)) => u32::try_from(*number).unwrap_or_default(),
        _ => 0,
    }
}

pub(crate) fn write(
    put: bool,
    flags: u16,
    table: &NeighbourTable,
) -> Result<MessageBuilder, Error> {
    if !put {
        return Err(invalid("a neighbour table cannot be deleted"));
    }
    let mut builder = MessageBuilder::new(SET, flags, &[table.family, 0, 0, 0]);
    builder.text(NAME, "table", &table.name)?;
    attribute::write(TABLE, &table.attributes, &mut builder)?;
    Ok(builder)
}
