//! A message to the kernel in the making. Whoever puts a field into it also says what the record will call
//! it, so the audit log cannot miss what changes.

use std::fmt::Display;
use std::net::IpAddr;

use super::message::{HEADER, aligned};
use crate::bindings::nethost::cap::netlink as wit;
use crate::capability::types::{ErrorCode, address_from, invalid};
use nethost_core::event::LONGEST_CHANGES;

/// NLM_F_REQUEST and NLM_F_ACK of netlink(7).
pub(super) const REQUEST: u16 = 1;
pub(super) const ACKNOWLEDGE: u16 = 4;
/// NLM_F_ROOT | NLM_F_MATCH.
pub(super) const DUMP: u16 = 0x300;
/// NLA_F_NESTED.
const NESTED: u16 = 0x8000;
/// No kernel message is longer; the length field of an attribute has 16 bits.
const LONGEST: usize = 32 << 10;

/// The name of the link comes on top.
const MOST_RECORDED: usize = LONGEST_CHANGES - 64;

/// What a change changes: each field with its new value.
pub(super) type Changes = Vec<(&'static str, String)>;

/// A message, and what it changes.
#[derive(Debug)]
pub(super) struct Draft {
    bytes: Vec<u8>,
    changes: Changes,
}

impl Draft {
    /// A message of this type, flags, and family's own header.
    pub(super) fn new(kind: u16, flags: u16, header: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(128);
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&kind.to_ne_bytes());
        bytes.extend_from_slice(&(flags | REQUEST).to_ne_bytes());
        // Each socket has one conversation at a time, so one sequence number is as good as another.
        bytes.extend_from_slice(&1_u32.to_ne_bytes());
        bytes.extend_from_slice(&[0; 4]);
        debug_assert_eq!(bytes.len(), HEADER);
        let mut draft = Self {
            bytes,
            changes: Vec::new(),
        };
        draft.align(header);
        draft
    }

    fn align(&mut self, part: &[u8]) {
        self.bytes.extend_from_slice(part);
        self.bytes.resize(aligned(self.bytes.len()), 0);
    }

    /// Says for the record what a field of the header changes.
    pub(super) fn note(&mut self, name: &'static str, value: impl Display) {
        self.changes.push((name, value.to_string()));
    }

    /// An attribute that changes nothing by itself.
    pub(super) fn raw(&mut self, id: u16, value: &[u8]) {
        let length = (4 + value.len()) as u16;
        self.bytes.extend_from_slice(&length.to_ne_bytes());
        self.bytes.extend_from_slice(&id.to_ne_bytes());
        self.align(value);
    }

    pub(super) fn bytes(&mut self, id: u16, name: &'static str, value: &[u8], shown: impl Display) {
        self.note(name, shown);
        self.raw(id, value);
    }

    pub(super) fn u8(&mut self, id: u16, name: &'static str, value: Option<u8>) {
        if let Some(value) = value {
            self.bytes(id, name, &[value], value);
        }
    }

    pub(super) fn u32(&mut self, id: u16, name: &'static str, value: Option<u32>) {
        if let Some(value) = value {
            self.bytes(id, name, &value.to_ne_bytes(), value);
        }
    }

    pub(super) fn text(
        &mut self,
        id: u16,
        name: &'static str,
        value: &str,
    ) -> Result<(), ErrorCode> {
        if value.contains('\0') || value.len() > 4096 {
            return Err(invalid(format!("{name} is not a text for the kernel")));
        }
        let mut terminated = value.as_bytes().to_vec();
        terminated.push(0);
        self.bytes(id, name, &terminated, value);
        Ok(())
    }

    pub(super) fn ip(&mut self, id: u16, name: &'static str, address: IpAddr) {
        self.note(name, address);
        self.raw(id, &octets(address));
    }

    /// An address that must be of this family.
    pub(super) fn ip_of(
        &mut self,
        family: u8,
        id: u16,
        name: &'static str,
        address: Option<wit::IpAddress>,
    ) -> Result<(), ErrorCode> {
        if let Some(address) = address {
            let address = address_from(address);
            if family_of(address) != family {
                return Err(invalid(format!("{name} {address} is of another family")));
            }
            self.ip(id, name, address);
        }
        Ok(())
    }

    pub(super) fn link_address(
        &mut self,
        id: u16,
        name: &'static str,
        address: &wit::LinkAddress,
    ) -> Result<(), ErrorCode> {
        let octets = link_octets(address)?;
        self.bytes(id, name, &octets, hexadecimal(&octets));
        Ok(())
    }

    /// Attributes inside of another.
    pub(super) fn nest(
        &mut self,
        id: u16,
        inner: impl FnOnce(&mut Self) -> Result<(), ErrorCode>,
    ) -> Result<(), ErrorCode> {
        let at = self.bytes.len();
        self.raw(id | NESTED, &[]);
        inner(self)?;
        self.close(at);
        Ok(())
    }

    /// A structure of the kernel's, with attributes behind it, that begins with its own length.
    pub(super) fn counted(
        &mut self,
        header: &[u8],
        inner: impl FnOnce(&mut Self) -> Result<(), ErrorCode>,
    ) -> Result<(), ErrorCode> {
        let at = self.bytes.len();
        self.align(header);
        inner(self)?;
        self.close(at);
        Ok(())
    }

    /// A part without a frame, such as the header inside VETH_INFO_PEER.
    pub(super) fn part(&mut self, bytes: &[u8]) {
        self.align(bytes);
    }

    /// What belongs together, as all of a next hop does, is one field of the record.
    pub(super) fn one_field(
        &mut self,
        name: &'static str,
        inner: impl FnOnce(&mut Self) -> Result<(), ErrorCode>,
    ) -> Result<(), ErrorCode> {
        let from = self.changes.len();
        inner(self)?;
        let parts = self.changes.drain(from..);
        let parts: Vec<_> = parts
            .map(|(part, value)| format!("{part}={value}"))
            .collect();
        self.note(name, parts.join(" "));
        Ok(())
    }

    fn close(&mut self, at: usize) {
        let length = (self.bytes.len() - at) as u16;
        self.bytes[at..at + 2].copy_from_slice(&length.to_ne_bytes());
    }

    /// The message, and what it changes.
    pub(super) fn finish(mut self) -> Result<(Vec<u8>, Changes), ErrorCode> {
        if self.bytes.len() > LONGEST {
            return Err(invalid(
                "the change is longer than the kernel takes at once",
            ));
        }
        let recorded = self
            .changes
            .iter()
            .map(|(field, value)| field.len() + value.len() + 2);
        if recorded.sum::<usize>() > MOST_RECORDED {
            return Err(invalid("the change has more parts than a record holds"));
        }
        let length = self.bytes.len() as u32;
        self.bytes[..4].copy_from_slice(&length.to_ne_bytes());
        Ok((self.bytes, self.changes))
    }
}

/// AF_INET or AF_INET6.
pub(super) fn family_of(address: IpAddr) -> u8 {
    if address.is_ipv4() { INET } else { INET6 }
}

pub(super) const INET: u8 = libc::AF_INET as u8;
pub(super) const INET6: u8 = libc::AF_INET6 as u8;

pub(super) fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// MAX_ADDR_LEN of the kernel.
const LONGEST_LINK_ADDRESS: usize = 32;

pub(super) fn link_octets(address: &wit::LinkAddress) -> Result<Vec<u8>, ErrorCode> {
    match address {
        wit::LinkAddress::Mac((a, b, c, d, e, f)) => Ok(vec![*a, *b, *c, *d, *e, *f]),
        wit::LinkAddress::Other(octets) if octets.len() <= LONGEST_LINK_ADDRESS => {
            Ok(octets.clone())
        }
        wit::LinkAddress::Other(_) => Err(invalid("a link address of more than 32 octets")),
    }
}

pub(super) fn link_address(octets: &[u8]) -> wit::LinkAddress {
    match *octets {
        [a, b, c, d, e, f] => wit::LinkAddress::Mac((a, b, c, d, e, f)),
        _ => wit::LinkAddress::Other(octets.to_vec()),
    }
}

fn hexadecimal(octets: &[u8]) -> String {
    let parts: Vec<_> = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    parts.join(":")
}
