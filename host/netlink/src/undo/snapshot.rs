//! An object as the kernel has described it, and the message that makes the same object again.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::message::{Attributes, u16_at, u32_at};
use crate::message_builder::{ACKNOWLEDGE, MessageBuilder};
use crate::{Error, address, invalid, link, route};

/// The longest description that is kept.
const LONGEST: usize = 16 << 10;

/// RTNH_F_PERVASIVE and RTNH_F_ONLINK: the flags of a next hop that are not a state.
const HOP_FLAGS: u8 = 2 | 4;
/// IFA_F_NODAD, _HOMEADDRESS, _MANAGETEMPADDR, _NOPREFIXROUTE and _MCAUTOJOIN.
const ADDRESS_FLAGS: u32 = 0x02 | 0x10 | 0x100 | 0x200 | 0x400;
/// RTA_CACHEINFO, and where rta_expires is in it.
const CACHE: u16 = 12;
const EXPIRES_AT: usize = 8;
/// RTA_ENCAP_TYPE and RTA_ENCAP.
const ENCAPSULATION_TYPE: u16 = 21;
const ENCAPSULATION: u16 = 22;
/// USER_HZ.
const HERTZ: u32 = 100;

/// An object: the type of its message, and what follows the netlink header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    kind: u16,
    payload: Vec<u8>,
}

impl Snapshot {
    /// The object in a message. None if it is of another kind than can be put back.
    pub fn new(kind: u16, payload: &[u8]) -> Option<Self> {
        let header = match kind {
            link::NEW => link::HEADER,
            address::NEW => address::HEADER,
            route::NEW => route::HEADER,
            _ => return None,
        };
        let fits = (header..=LONGEST).contains(&payload.len());
        fits.then(|| Self {
            kind,
            payload: payload.to_vec(),
        })
    }

    /// What follows the netlink header, if it is of this kind.
    pub(super) fn payload(&self, kind: u16) -> Option<&[u8]> {
        (self.kind == kind).then_some(&*self.payload)
    }

    /// An attribute of an object of this kind.
    pub(super) fn attribute(&self, kind: u16, wanted: u16) -> Option<&[u8]> {
        let header = match kind {
            address::NEW => address::HEADER,
            route::NEW => route::HEADER,
            _ => link::HEADER,
        };
        let attributes = Attributes(self.payload(kind)?.get(header..)?);
        let mut all = attributes.filter(|(id, _)| *id == wanted);
        all.next().map(|(_, value)| value)
    }

    /// Whether both describe the same object, however long it lasts.
    pub fn is_alike(&self, other: &Self) -> bool {
        let message = |one: &Self| one.message(0, false).ok()?.finish().ok();
        match (message(self), message(other)) {
            (Some((own, _)), Some((other, _))) => own == other,
            _ => false,
        }
    }

    /// The message that makes it again.
    pub fn restoring(&self, flags: u16) -> Result<MessageBuilder, Error> {
        self.message(flags | ACKNOWLEDGE, true)
    }

    fn message(&self, flags: u16, with_times: bool) -> Result<MessageBuilder, Error> {
        let message = match self.kind {
            address::NEW => self.address(flags, with_times),
            route::NEW => self.route(flags, with_times),
            _ => None,
        };
        message.ok_or_else(|| invalid("it cannot be put back"))
    }

    fn address(&self, flags: u16, with_times: bool) -> Option<MessageBuilder> {
        let mut header: [u8; address::HEADER] = *self.payload.first_chunk()?;
        let all = self.attribute(address::NEW, address::FLAGS);
        let all = all.map_or(Some(header[2].into()), |value| u32_at(value, 0))?;
        let kept = all & ADDRESS_FLAGS;
        header[2] = kept as u8;
        let mut builder = MessageBuilder::new(address::NEW, flags, &header);
        for (id, value) in Attributes(self.payload.get(address::HEADER..)?) {
            match id {
                address::LIFETIME if with_times => {
                    // The lifetimes alone, without when it was made.
                    let mut times = [0; 16];
                    times[..8].copy_from_slice(value.get(..8)?);
                    builder.raw(id, &times);
                }
                address::PEER
                | address::LOCAL
                | address::LABEL
                | address::BROADCAST
                | address::ANYCAST
                | address::METRIC
                | address::PROTOCOL => builder.raw(id, value),
                _ => {}
            }
        }
        if kept != 0 {
            builder.raw(address::FLAGS, &kept.to_ne_bytes());
        }
        Some(builder)
    }

    fn route(&self, flags: u16, with_times: bool) -> Option<MessageBuilder> {
        let mut header: [u8; route::HEADER] = *self.payload.first_chunk()?;
        let kept = u32_at(&header, 8)? & u32::from(HOP_FLAGS);
        header[8..].copy_from_slice(&kept.to_ne_bytes());
        let mut builder = MessageBuilder::new(route::NEW, flags, &header);
        let by_number = self.attribute(route::NEW, route::NEXT_HOP).is_some();
        for (id, value) in Attributes(self.payload.get(route::HEADER..)?) {
            match id {
                // The kernel describes the next hop, too, and accepts only one of the two.
                route::OUTPUT
                | route::GATEWAY
                | route::VIA
                | route::MULTIPATH
                | ENCAPSULATION_TYPE
                | ENCAPSULATION
                    if by_number => {}
                route::MULTIPATH => builder.raw(id, &without_states(value)?),
                CACHE if with_times => {
                    let left = u32_at(value, EXPIRES_AT)?.cast_signed();
                    if left > 0 {
                        let seconds = left.cast_unsigned().div_ceil(HERTZ);
                        builder.raw(route::EXPIRES, &seconds.to_ne_bytes());
                    }
                }
                route::DESTINATION
                | route::SOURCE
                | route::OUTPUT
                | route::GATEWAY
                | route::PRIORITY
                | route::PREFERRED_SOURCE
                | route::METRICS
                | route::REALMS
                | route::TABLE
                | route::VIA
                | route::PREFERENCE
                | route::NEXT_HOP
                | ENCAPSULATION_TYPE
                | ENCAPSULATION => builder.raw(id, value),
                _ => {}
            }
        }
        Some(builder)
    }
}

/// Next hops (struct rtnexthop) without the flags that say how they are doing.
fn without_states(hops: &[u8]) -> Option<Vec<u8>> {
    let mut hops = hops.to_vec();
    let mut at = 0;
    while at < hops.len() {
        let length = usize::from(u16_at(&hops, at)?);
        if length < 8 {
            return None;
        }
        *hops.get_mut(at + 2)? &= HOP_FLAGS;
        at += crate::message::aligned(length);
    }
    Some(hops)
}

/// As it stands in a journal.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// nlmsg_type.
    r#type: u16,
    hex: String,
}

impl Serialize for Snapshot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let octets = self.payload.iter().map(|octet| format!("{octet:02x}"));
        let written = Written {
            r#type: self.kind,
            hex: octets.collect(),
        };
        written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Snapshot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Written { r#type, hex } = Written::deserialize(deserializer)?;
        let pairs = hex.as_bytes().chunks(2).map(|pair| {
            let pair = std::str::from_utf8(pair).ok().filter(|pair| {
                pair.len() == 2 && pair.bytes().all(|digit| digit.is_ascii_hexdigit())
            })?;
            u8::from_str_radix(pair, 16).ok()
        });
        pairs
            .collect::<Option<Vec<u8>>>()
            .and_then(|payload| Self::new(r#type, &payload))
            .ok_or_else(|| serde::de::Error::custom("it is no object of the kernel"))
    }
}
