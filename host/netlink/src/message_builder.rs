//! Builds a message to the kernel. Each field is written together with its name for the record, so the audit log
//! contains everything that changes.

use std::fmt::Display;
use std::net::IpAddr;

use crate::message::{HEADER, aligned};
use crate::{Error, IpAddress, LinkAddress, invalid};
use nethost_core::event::LONGEST_CHANGES;

/// NLM_F_REQUEST of netlink(7).
const REQUEST: u16 = 1;
/// NLM_F_ACK.
pub const ACKNOWLEDGE: u16 = 4;
/// NLM_F_REPLACE.
pub const REPLACE: u16 = 0x100;
/// NLM_F_EXCL.
pub const EXCLUSIVE: u16 = 0x200;
/// NLM_F_CREATE.
pub const CREATE: u16 = 0x400;
/// NLM_F_APPEND.
pub const APPEND: u16 = 0x800;
/// NLM_F_ROOT | NLM_F_MATCH.
pub const DUMP: u16 = 0x300;
/// NLA_F_NESTED.
const NESTED: u16 = 0x8000;
/// The maximum length of a message to the kernel; the length field of an attribute has 16 bits.
const LONGEST: usize = 32 << 10;

/// Room for the name of the link, which is added to the record.
const MOST_RECORDED: usize = LONGEST_CHANGES - 64;

/// The fields of a change, each with its new value.
pub type Changes = Vec<(&'static str, String)>;

/// A message, and what it changes.
#[derive(Debug)]
pub struct MessageBuilder {
    bytes: Vec<u8>,
    changes: Changes,
}

impl MessageBuilder {
    /// A message with this type, these flags, and the header of its family.
    pub fn new(kind: u16, flags: u16, header: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(128);
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&kind.to_ne_bytes());
        bytes.extend_from_slice(&(flags | REQUEST).to_ne_bytes());
        // A socket has one request at a time, so any sequence number will do.
        bytes.extend_from_slice(&1_u32.to_ne_bytes());
        bytes.extend_from_slice(&[0; 4]);
        debug_assert_eq!(bytes.len(), HEADER);
        let mut builder = Self {
            bytes,
            changes: Vec::new(),
        };
        builder.align(header);
        builder
    }

    fn align(&mut self, part: &[u8]) {
        self.bytes.extend_from_slice(part);
        self.bytes.resize(aligned(self.bytes.len()), 0);
    }

    /// Adds a field of the header to the record.
    pub fn note(&mut self, name: &'static str, value: impl Display) {
        self.changes.push((name, value.to_string()));
    }

    /// Adds an attribute that changes nothing by itself.
    pub fn raw(&mut self, id: u16, value: &[u8]) {
        let length = (4 + value.len()) as u16;
        self.bytes.extend_from_slice(&length.to_ne_bytes());
        self.bytes.extend_from_slice(&id.to_ne_bytes());
        self.align(value);
    }

    /// Adds an attribute, with its name and its value for the record.
    pub fn bytes(&mut self, id: u16, name: &'static str, value: &[u8], shown: impl Display) {
        self.note(name, shown);
        self.raw(id, value);
    }

    /// Adds an octet, if there is one.
    pub fn u8(&mut self, id: u16, name: &'static str, value: Option<u8>) {
        if let Some(value) = value {
            self.bytes(id, name, &[value], value);
        }
    }

    /// Adds a 32-bit number, if there is one.
    pub fn u32(&mut self, id: u16, name: &'static str, value: Option<u32>) {
        if let Some(value) = value {
            self.bytes(id, name, &value.to_ne_bytes(), value);
        }
    }

    /// Adds a text with a final NUL.
    pub fn text(&mut self, id: u16, name: &'static str, value: &str) -> Result<(), Error> {
        if value.contains('\0') || value.len() > 4096 {
            return Err(invalid(format!(
                "{name} has a NUL character or is too long"
            )));
        }
        let mut terminated = value.as_bytes().to_vec();
        terminated.push(0);
        self.bytes(id, name, &terminated, value);
        Ok(())
    }

    /// Adds an IPv4 or IPv6 address.
    pub fn ip(&mut self, id: u16, name: &'static str, address: IpAddr) {
        self.note(name, address);
        self.raw(id, &octets(address));
    }

    /// Adds an address that must be of this family.
    pub fn ip_of(
        &mut self,
        family: u8,
        id: u16,
        name: &'static str,
        address: Option<IpAddress>,
    ) -> Result<(), Error> {
        if let Some(address) = address {
            let address = IpAddr::from(address);
            if family_of(address) != family {
                return Err(invalid(format!("{name} {address} is of another family")));
            }
            self.ip(id, name, address);
        }
        Ok(())
    }

    /// Adds a link-layer address.
    pub fn link_address(
        &mut self,
        id: u16,
        name: &'static str,
        address: &LinkAddress,
    ) -> Result<(), Error> {
        let octets = link_octets(address)?;
        self.bytes(id, name, &octets, hexadecimal(&octets));
        Ok(())
    }

    /// Adds nested attributes.
    pub fn nest(
        &mut self,
        id: u16,
        inner: impl FnOnce(&mut Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let at = self.bytes.len();
        self.raw(id | NESTED, &[]);
        inner(self)?;
        self.close(at);
        Ok(())
    }

    /// Adds a structure of the kernel that begins with its own length and is followed by attributes.
    pub fn counted(
        &mut self,
        header: &[u8],
        inner: impl FnOnce(&mut Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let at = self.bytes.len();
        self.align(header);
        inner(self)?;
        self.close(at);
        Ok(())
    }

    /// Adds bytes without an attribute header, such as the header inside VETH_INFO_PEER.
    pub fn part(&mut self, bytes: &[u8]) {
        self.align(bytes);
    }

    /// Makes one field of the record from values that belong together, such as those of a next hop.
    pub fn one_field(
        &mut self,
        name: &'static str,
        inner: impl FnOnce(&mut Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
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
    pub fn finish(mut self) -> Result<(Vec<u8>, Changes), Error> {
        if self.bytes.len() > LONGEST {
            return Err(invalid(
                "the change is too long for one message to the kernel",
            ));
        }
        let recorded = self
            .changes
            .iter()
            .map(|(field, value)| field.len() + value.len() + 2);
        if recorded.sum::<usize>() > MOST_RECORDED {
            return Err(invalid("the change has too many fields for one record"));
        }
        let length = self.bytes.len() as u32;
        self.bytes[..4].copy_from_slice(&length.to_ne_bytes());
        Ok((self.bytes, self.changes))
    }
}

/// AF_INET or AF_INET6.
pub fn family_of(address: IpAddr) -> u8 {
    if address.is_ipv4() { INET } else { INET6 }
}

/// AF_INET.
pub const INET: u8 = libc::AF_INET as u8;
/// AF_INET6.
pub const INET6: u8 = libc::AF_INET6 as u8;

/// The octets of an address, in network byte order.
pub fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// MAX_ADDR_LEN of the kernel.
const LONGEST_LINK_ADDRESS: usize = 32;

pub(crate) fn link_octets(address: &LinkAddress) -> Result<Vec<u8>, Error> {
    match address {
        LinkAddress::Mac((a, b, c, d, e, f)) => Ok(vec![*a, *b, *c, *d, *e, *f]),
        LinkAddress::Other(octets) if octets.len() <= LONGEST_LINK_ADDRESS => Ok(octets.clone()),
        LinkAddress::Other(_) => Err(invalid("a link address of more than 32 octets")),
    }
}

fn hexadecimal(octets: &[u8]) -> String {
    let parts: Vec<_> = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    parts.join(":")
}
