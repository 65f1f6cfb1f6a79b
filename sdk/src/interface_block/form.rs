//! The block as text.

use std::fmt::{self, Display};

use super::hardware;
use super::{BROADCAST, Interface, POINT_TO_POINT};
use crate::text::printable;

/// The names of IFF_… that net-tools shows.
#[must_use]
pub fn flag_names(bits: u32) -> Vec<&'static str> {
    const NAMES: [(u32, &str); 14] = [
        (0x1, "UP"),
        (0x2, "BROADCAST"),
        (0x4, "DEBUG"),
        (0x8, "LOOPBACK"),
        (0x10, "POINTOPOINT"),
        (0x20, "NOTRAILERS"),
        (0x40, "RUNNING"),
        (0x80, "NOARP"),
        (0x100, "PROMISC"),
        (0x200, "ALLMULTI"),
        (0x800, "SLAVE"),
        (0x400, "MASTER"),
        (0x1000, "MULTICAST"),
        (0x8000, "DYNAMIC"),
    ];
    let set = NAMES.iter().filter(|(bit, _)| bits & bit != 0);
    set.map(|(_, name)| *name).collect()
}

/// Octets in a larger unit, with one digit behind the point, cut off.
struct Amount(u64);

impl Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(&str, u32); 6] = [
            ("PiB", 50),
            ("TiB", 40),
            ("GiB", 30),
            ("MiB", 20),
            ("KiB", 10),
            ("B", 0),
        ];
        let fits = |(_, shift): &&(&str, u32)| self.0 > 1 << shift || *shift == 0;
        let (unit, shift) = UNITS.iter().find(fits).copied().unwrap_or(("B", 0));
        let tenths = (u128::from(self.0) * 10) >> shift;
        write!(f, "{}.{} {unit}", tenths / 10, tenths % 10)
    }
}

impl Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let interface = self;
        // net-tools keeps the flags in 16 bits with a sign.
        let number = interface.flags as u16 as i16;
        let names = flag_names(interface.flags).join(",");
        let name = printable(&interface.name);
        writeln!(f, "{name}: flags={number}<{names}>  mtu {}", interface.mtu)?;
        if let Some(inet) = &interface.inet {
            write!(f, "        inet {}  netmask {}", inet.address, inet.netmask)?;
            if interface.flags & BROADCAST != 0 {
                write!(f, "  broadcast {}", inet.broadcast)?;
            }
            if interface.flags & POINT_TO_POINT != 0 {
                write!(f, "  destination {}", inet.destination)?;
            }
            writeln!(f)?;
        }
        for inet6 in &interface.inet6 {
            let scope = scope(inet6.scope);
            writeln!(
                f,
                "        inet6 {}  prefixlen {}  scopeid 0x{:x}<{scope}>",
                inet6.address, inet6.prefix_length, inet6.scope
            )?;
        }
        let kind = hardware::by_number(interface.hardware);
        write!(f, "        {}", kind.name)?;
        if let Some(address) = hardware::write(kind.form, &interface.octets) {
            write!(f, " {address}")?;
        }
        if let Some(length) = interface.queue_length {
            write!(f, "  txqueuelen {length}")?;
        }
        writeln!(f, "  ({})", kind.title)?;
        self.write_counts(f)?;
        writeln!(f)
    }
}

fn scope(bits: u8) -> String {
    const NAMES: [(u8, &str); 3] = [(0x20, "link"), (0x40, "site"), (0x10, "host")];
    let mut names = Vec::new();
    if bits & 0x80 != 0 {
        names.push("compat");
    }
    if bits & !0x80 == 0 {
        names.push("global");
    }
    let set = NAMES.iter().filter(|(bit, _)| bits & bit != 0);
    names.extend(set.map(|(_, name)| *name));
    names.join(",")
}

impl Interface {
    fn write_counts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(counts) = &self.counts else {
            return Ok(());
        };
        let indent = "        ";
        writeln!(
            f,
            "{indent}RX packets {}  bytes {} ({})",
            counts.rx_packets,
            counts.rx_bytes,
            Amount(counts.rx_bytes)
        )?;
        if counts.rx_compressed > 0 {
            writeln!(f, "{indent}RX compressed:{}", counts.rx_compressed)?;
        }
        writeln!(
            f,
            "{indent}RX errors {}  dropped {}  overruns {}  frame {}",
            counts.rx_errors, counts.rx_dropped, counts.rx_fifo_errors, counts.rx_frame_errors
        )?;
        writeln!(
            f,
            "{indent}TX packets {}  bytes {} ({})",
            counts.tx_packets,
            counts.tx_bytes,
            Amount(counts.tx_bytes)
        )?;
        if counts.tx_compressed > 0 {
            writeln!(f, "{indent}TX compressed {}", counts.tx_compressed)?;
        }
        writeln!(
            f,
            "{indent}TX errors {}  dropped {} overruns {}  carrier {}  collisions {}",
            counts.tx_errors,
            counts.tx_dropped,
            counts.tx_fifo_errors,
            counts.tx_carrier_errors,
            counts.collisions
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_those_of_net_tools() {
        for (octets, text) in [
            (0, "0.0 B"),
            (1024, "1024.0 B"),
            (1025, "1.0 KiB"),
            (677_069_071, "645.7 MiB"),
            (7_628_089_303, "7.1 GiB"),
            (u64::MAX, "16383.9 PiB"),
        ] {
            assert_eq!(Amount(octets).to_string(), text);
        }
        assert_eq!(scope(0), "global");
        assert_eq!(scope(0x80), "compat,global");
        assert_eq!(scope(0x20), "link");
    }
}
