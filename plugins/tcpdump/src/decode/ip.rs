//! IPv4 and IPv6, with the extension headers that lead on.

use std::net::{IpAddr, Ipv6Addr};

use serde::Serialize;

use super::{Layer, half, transport, word};

/// Extension headers of a packet at most.
const MOST_EXTENSIONS: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Ip {
    pub(crate) source: IpAddr,
    pub(crate) destination: IpAddr,
    /// TTL or hop limit.
    hop_limit: u8,
    /// TOS or traffic class.
    traffic_class: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u32>,
    /// Octets before this fragment, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    fragment_offset: Option<u16>,
    more_fragments: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    flow_label: Option<u32>,
    /// The number of the protocol above.
    pub(crate) next: u8,
    /// Octets above.
    pub(crate) payload: usize,
}

pub(super) fn read(octets: &[u8], layers: &mut Vec<Layer>) -> Option<()> {
    match octets.first()? >> 4 {
        4 => v4(octets, layers),
        6 => v6(octets, layers),
        _ => None,
    }
}

fn v4(octets: &[u8], layers: &mut Vec<Layer>) -> Option<()> {
    let head = usize::from(octets.first()? & 0xf) * 4;
    let total = usize::from(half(octets, 2)?);
    let place = half(octets, 6)?;
    let (offset, more) = ((place & 0x1fff) * 8, place & 0x2000 != 0);
    let payload = total.checked_sub(head).filter(|_| head >= 20)?;
    let next = *octets.get(9)?;
    layers.push(Layer::Ipv4(Ip {
        source: word(octets, 12).map(|word| IpAddr::V4(word.into()))?,
        destination: word(octets, 16).map(|word| IpAddr::V4(word.into()))?,
        hop_limit: *octets.get(8)?,
        traffic_class: *octets.get(1)?,
        id: Some(half(octets, 4)?.into()),
        fragment_offset: (offset != 0 || more).then_some(offset),
        more_fragments: more,
        flow_label: None,
        next,
        payload,
    }));
    match offset {
        0 => transport::read(next, octets.get(head..)?, payload, false, layers),
        _ => None,
    }
}

fn v6(octets: &[u8], layers: &mut Vec<Layer>) -> Option<()> {
    let address = |at: usize| {
        let octets = octets.get(at..)?.first_chunk::<16>()?;
        Some(IpAddr::V6(Ipv6Addr::from(*octets)))
    };
    let first = word(octets, 0)?;
    let mut ip = Ip {
        source: address(8)?,
        destination: address(24)?,
        hop_limit: *octets.get(7)?,
        traffic_class: (first >> 20) as u8,
        id: None,
        fragment_offset: None,
        more_fragments: false,
        flow_label: Some(first & 0xf_ffff),
        next: *octets.get(6)?,
        payload: usize::from(half(octets, 4)?),
    };
    let mut rest = octets.get(40..).unwrap_or_default();
    for _ in 0..MOST_EXTENSIONS {
        let length = match ip.next {
            0 | 43 | 60 | 135 => rest.get(1).map(|length| usize::from(*length) * 8 + 8),
            44 => {
                let place = half(rest, 2);
                ip.fragment_offset = place.map(|place| place & 0xfff8);
                ip.more_fragments = place.is_some_and(|place| place & 1 != 0);
                ip.id = word(rest, 4);
                Some(8)
            }
            _ => break,
        };
        let (Some(length), Some(next)) = (length, rest.first()) else {
            break;
        };
        ip.next = *next;
        ip.payload = ip.payload.saturating_sub(length);
        rest = rest.get(length..).unwrap_or_default();
    }
    layers.push(Layer::Ipv6(ip));
    match ip.fragment_offset {
        None | Some(0) => transport::read(ip.next, rest, ip.payload, true, layers),
        Some(_) => None,
    }
}
