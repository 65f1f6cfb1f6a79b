//! The layers of a packet as facts, for --json and --flows. What is cut off, or belongs to no known protocol, ends the list.

pub(crate) mod ip;
mod link;
mod transport;

use serde::Serialize;

pub(crate) use ip::Ip;
pub(crate) use transport::Tcp;

/// One layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "protocol", rename_all = "kebab-case")]
pub(crate) enum Layer {
    Ethernet(link::Ethernet),
    Cooked(link::Cooked),
    Vlan(link::Vlan),
    Arp(link::Arp),
    Ipv4(Ip),
    Ipv6(Ip),
    Tcp(Tcp),
    Udp(transport::Ports),
    Icmp(transport::Icmp),
    Icmpv6(transport::Icmp),
    /// Another protocol in IP.
    Other(transport::Other),
}

/// The layers of a packet.
pub(crate) fn layers(link: u32, octets: &[u8]) -> Vec<Layer> {
    let mut layers = Vec::new();
    // A layer that is cut off ends the list; what is before it counts.
    let _ = link::read(link, octets, &mut layers);
    layers
}

fn half(octets: &[u8], at: usize) -> Option<u16> {
    let two = octets.get(at..)?.first_chunk::<2>()?;
    Some(u16::from_be_bytes(*two))
}

fn word(octets: &[u8], at: usize) -> Option<u32> {
    let four = octets.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_be_bytes(*four))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// A SYN to port 80, in a VLAN.
    fn packet() -> Vec<u8> {
        let mut packet = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x81, 0, 0, 5, 8, 0];
        packet.extend_from_slice(&[0x45, 0, 0, 40, 0, 1, 0x40, 0, 64, 6, 0, 0]);
        packet.extend_from_slice(&[192, 0, 2, 1, 192, 0, 2, 2, 3, 232, 0, 80, 0, 0, 0, 1]);
        packet.extend_from_slice(&[0, 0, 0, 0, 0x50, 2, 3, 232, 0, 0, 0, 0]);
        packet
    }

    #[test]
    fn layers_have_names_and_facts() {
        let json = serde_json::to_value(layers(1, &packet())).unwrap();
        assert_eq!(json[0]["source"], "02:00:00:00:00:01");
        assert_eq!(json[1]["id"], 5);
        assert_eq!(json[2]["destination"], "192.0.2.2");
        assert_eq!(json[3]["protocol"], "tcp");
        assert_eq!(json[3]["flags"][0], "syn");
        assert_eq!(json[3]["payload"], 0);
    }

    #[test]
    fn any_cut_leaves_what_is_before_it() {
        let whole = layers(1, &packet());
        for length in 0..packet().len() {
            for link in [0, 1, 101, 113, 276] {
                let some = layers(link, &packet()[..length]);
                assert!(link != 1 || whole.starts_with(&some));
            }
        }
    }
}
