//! Attributes and link-layer addresses, as the types that plugins get.

use crate::bindings::nethost::cap::netlink as wit;
use nethost_kit::types::address_to;
use nethost_netlink as netlink;

pub(super) use netlink::attribute::{Entry, Type, entry};

/// Decodes the attributes that are in the table, in their order in the message.
pub(super) fn read(table: &[Entry], bytes: &[u8]) -> Vec<wit::Attribute> {
    converted(netlink::attribute::read(table, bytes))
}

/// Adds the attributes that are in the table and nested in another one. The upper half of `outer` is the number of that
/// one.
pub(super) fn read_into(
    table: &[Entry],
    bytes: &[u8],
    outer: u32,
    found: &mut Vec<wit::Attribute>,
) {
    let mut more = Vec::new();
    netlink::attribute::read_into(table, bytes, outer, &mut more);
    found.extend(converted(more));
}

fn converted(attributes: Vec<netlink::Attribute>) -> Vec<wit::Attribute> {
    let attributes = attributes.into_iter();
    attributes
        .map(|netlink::Attribute { id, value }| wit::Attribute {
            id,
            value: value.into(),
        })
        .collect()
}

impl From<netlink::AttributeValue> for wit::AttributeValue {
    fn from(value: netlink::AttributeValue) -> Self {
        use netlink::AttributeValue as Value;
        match value {
            Value::Flag => Self::Flag,
            Value::Number(number) => Self::Number(number),
            Value::Signed(number) => Self::Signed(number),
            Value::Text(text) => Self::Text(text),
            Value::Address(address) => Self::Address(address_to(address.into())),
            Value::LinkAddress(address) => Self::LinkAddress(address.into()),
            Value::Bytes(bytes) => Self::Bytes(bytes),
        }
    }
}

impl From<netlink::LinkAddress> for wit::LinkAddress {
    fn from(address: netlink::LinkAddress) -> Self {
        match address {
            netlink::LinkAddress::Mac(octets) => Self::Mac(octets),
            netlink::LinkAddress::Other(octets) => Self::Other(octets),
        }
    }
}

/// Converts a link-layer address from the kernel's form.
pub(super) fn link_address(octets: &[u8]) -> wit::LinkAddress {
    netlink::LinkAddress::from(octets).into()
}
