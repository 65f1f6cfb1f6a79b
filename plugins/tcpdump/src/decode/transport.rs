//! TCP, UDP and the two ICMPs.

use serde::Serialize;

use super::{Layer, half, word};

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Tcp {
    pub(crate) source_port: u16,
    pub(crate) destination_port: u16,
    pub(crate) sequence: u32,
    pub(crate) acknowledgement: u32,
    pub(crate) flags: Vec<&'static str>,
    window: u16,
    checksum: u16,
    urgent: u16,
    /// Octets of options, and of payload.
    options: usize,
    pub(crate) payload: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Ports {
    pub(crate) source_port: u16,
    pub(crate) destination_port: u16,
    length: u16,
    checksum: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Icmp {
    #[serde(rename = "type")]
    kind: u8,
    code: u8,
    checksum: u16,
    /// Of echo requests and replies.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Other {
    number: u8,
    payload: usize,
}

const FLAGS: [(u16, &str); 9] = [
    (0x002, "syn"),
    (0x010, "ack"),
    (0x001, "fin"),
    (0x004, "rst"),
    (0x008, "psh"),
    (0x020, "urg"),
    (0x040, "ece"),
    (0x080, "cwr"),
    (0x100, "ae"),
];

pub(super) fn read(
    protocol: u8,
    octets: &[u8],
    length: usize,
    ipv6: bool,
    layers: &mut Vec<Layer>,
) -> Option<()> {
    match protocol {
        6 => {
            let offset = half(octets, 12)?;
            let head = usize::from(offset >> 12) * 4;
            let set = FLAGS.iter().filter(|(bit, _)| offset & bit != 0);
            layers.push(Layer::Tcp(Tcp {
                source_port: half(octets, 0)?,
                destination_port: half(octets, 2)?,
                sequence: word(octets, 4)?,
                acknowledgement: word(octets, 8)?,
                flags: set.map(|(_, name)| *name).collect(),
                window: half(octets, 14)?,
                checksum: half(octets, 16)?,
                urgent: half(octets, 18)?,
                options: head.saturating_sub(20),
                payload: length.saturating_sub(head),
            }));
        }
        17 => layers.push(Layer::Udp(Ports {
            source_port: half(octets, 0)?,
            destination_port: half(octets, 2)?,
            length: half(octets, 4)?,
            checksum: half(octets, 6)?,
        })),
        1 | 58 => {
            let kind = *octets.first()?;
            let is_echo = match protocol {
                1 => matches!(kind, 0 | 8),
                _ => matches!(kind, 128 | 129),
            };
            let echo = |at| half(octets, at).filter(|_| is_echo);
            let icmp = Icmp {
                kind,
                code: *octets.get(1)?,
                checksum: half(octets, 2)?,
                id: echo(4),
                sequence: echo(6),
            };
            layers.push(match ipv6 {
                true => Layer::Icmpv6(icmp),
                false => Layer::Icmp(icmp),
            });
        }
        number => layers.push(Layer::Other(Other {
            number,
            payload: length,
        })),
    }
    Some(())
}
