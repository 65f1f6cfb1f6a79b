//! Labels for choosing source addresses: RTM_NEWADDRLABEL and its relatives, struct ifaddrlblmsg.

use super::draft::{DUMP, Draft, INET6};
use super::message::{Attributes, ip, u8_at, u32_at};
use crate::bindings::nethost::cap::netlink as wit;
use crate::capability::types::{ErrorCode, address_to};
use nethost_core::Target;

/// struct ifaddrlblmsg.
const HEADER: usize = 12;

pub(super) const NEW: u16 = 72;
pub(super) const DELETE: u16 = 73;
pub(super) const GET: u16 = 74;

const PREFIX: u16 = 1;
const LABEL: u16 = 2;

pub(super) fn decode(payload: &[u8]) -> Option<wit::AddressLabel> {
    let attributes = || payload.get(HEADER..).map(Attributes);
    let value = |wanted| {
        attributes()?
            .find(|(id, _)| *id == wanted)
            .map(|(_, value)| value)
    };
    Some(wit::AddressLabel {
        prefix: address_to(ip(value(PREFIX)?)?),
        prefix_length: u8_at(payload, 2)?,
        index: u32_at(payload, 4)?,
        label: u32_at(value(LABEL)?, 0)?,
    })
}

pub(super) fn query() -> Draft {
    let mut header = [0; HEADER];
    header[0] = INET6;
    Draft::new(GET, DUMP, &header)
}

pub(super) fn write(kind: u16, flags: u16, label: &wit::AddressLabel) -> Result<Draft, ErrorCode> {
    let mut header = [0; HEADER];
    header[0] = INET6;
    header[2] = label.prefix_length;
    header[4..8].copy_from_slice(&label.index.to_ne_bytes());
    let mut draft = Draft::new(kind, flags, &header);
    draft.ip_of(INET6, PREFIX, "prefix", Some(label.prefix))?;
    draft.note("prefix-length", label.prefix_length);
    draft.u32(LABEL, "label", Some(label.label));
    Ok(draft)
}

/// What the gate is asked about.
pub(super) fn target(label: &wit::AddressLabel) -> Result<Target, ErrorCode> {
    super::route::target(INET6, Some(label.prefix), label.prefix_length)
}
