//! The structures in front of the attributes: where the fields are that a record names.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::message::{u8_at, u16_at, u32_at, u64_at};
use crate::message_builder::{INET6, MessageBuilder};

/// A structure of the kernel.
pub(super) struct Header {
    /// Its length in octets.
    pub(super) length: usize,
    parts: &'static [Part],
}

/// A field of it.
pub(super) struct Part {
    at: usize,
    name: &'static str,
    of: Form,
}

/// How it is written.
#[derive(Clone, Copy)]
pub(super) enum Form {
    Octet,
    Short,
    BigShort,
    Long,
    BigLong,
    Quad,
    /// 16 octets for an IPv4 or IPv6 address; here, the structure has the family.
    Address(usize),
}

/// No structure.
pub(super) const NONE: &Header = &header(0, &[]);

pub(super) const fn header(length: usize, parts: &'static [Part]) -> Header {
    Header { length, parts }
}

pub(super) const fn part(at: usize, name: &'static str, of: Form) -> Part {
    Part { at, name, of }
}

impl Header {
    /// Adds what is not zero to the record.
    pub(super) fn note(&self, header: &[u8], builder: &mut MessageBuilder) {
        for Part { at, name, of } in self.parts {
            if let Some(value) = shown(header, *at, *of) {
                builder.note(name, value);
            }
        }
    }
}

fn shown(header: &[u8], at: usize, of: Form) -> Option<String> {
    let number = match of {
        Form::Octet => u8_at(header, at)?.into(),
        Form::Short => u16_at(header, at)?.into(),
        Form::BigShort => u16::from_be(u16_at(header, at)?).into(),
        Form::Long => u32_at(header, at)?.into(),
        Form::BigLong => u32::from_be(u32_at(header, at)?).into(),
        Form::Quad => u64_at(header, at)?,
        Form::Address(family) => {
            let octets: [u8; 16] = *header.get(at..)?.first_chunk()?;
            let [a, b, c, d, rest @ ..] = octets;
            // What the kernel does not look at is in the record if it is there.
            let is_inet = u16_at(header, family) != Some(INET6.into()) && rest == [0; 12];
            let address: IpAddr = match is_inet {
                true => Ipv4Addr::new(a, b, c, d).into(),
                false => Ipv6Addr::from(octets).into(),
            };
            return (octets != [0; 16]).then(|| address.to_string());
        }
    };
    (number != 0).then(|| number.to_string())
}
