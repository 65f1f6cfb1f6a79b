//! `-i`: the interfaces and what they count, from /proc/net/dev and rtnetlink(7).

use std::fmt::Write as _;

use nethost_sdk::netlink::{Failure, Link, LinkQuery, Namespace};
use nethost_sdk::procfs;
use nethost_sdk::{Error, Exit};
use serde::Serialize;

/// The line above.
pub(crate) const HEAD: &str =
    "Iface             MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg";

/// An interface.
#[derive(Clone, Debug, Default, Serialize, PartialEq, Eq)]
pub(crate) struct Interface {
    name: String,
    mtu: u32,
    flags: u32,
    rx_ok: u64,
    rx_err: u64,
    rx_drp: u64,
    rx_ovr: u64,
    tx_ok: u64,
    tx_err: u64,
    tx_drp: u64,
    tx_ovr: u64,
}

/// IFF_UP.
const UP: u32 = 1;
/// IFF_RUNNING.
const RUNNING: u32 = 0x40;
/// IFF_LOWER_UP and what else only newer interfaces of the kernel tell.
const OLD: u32 = 0xffff;

impl Interface {
    /// A line of /proc/net/dev.
    fn parse(line: &str) -> Option<Self> {
        let (name, counts) = line.rsplit_once(':')?;
        let counts: Vec<u64> = counts
            .split_whitespace()
            .map(|word| word.parse().unwrap_or_default())
            .collect();
        let at = |index: usize| counts.get(index).copied().unwrap_or_default();
        (counts.len() >= 16).then(|| Self {
            name: name.trim().to_owned(),
            mtu: 0,
            flags: 0,
            rx_ok: at(1),
            rx_err: at(2),
            rx_drp: at(3),
            rx_ovr: at(4),
            tx_ok: at(9),
            tx_err: at(10),
            tx_drp: at(11),
            tx_ovr: at(12),
        })
    }

    /// What the kernel says of it. What is gone meanwhile has no facts.
    fn complete(&mut self, links: &[Link]) {
        if let Some(link) = links.iter().find(|link| link.name == self.name) {
            self.mtu = link.mtu;
            self.flags = link.flags & OLD;
        }
    }

    /// The letters of its flags.
    fn letters(&self) -> String {
        const LETTERS: [(u32, char); 14] = [
            (0x200, 'A'),
            (0x2, 'B'),
            (0x4, 'D'),
            (0x8, 'L'),
            (0x1000, 'M'),
            (0x8000, 'd'),
            (0x100, 'P'),
            (0x20, 'N'),
            (0x80, 'O'),
            (0x10, 'P'),
            (0x800, 's'),
            (0x400, 'm'),
            (RUNNING, 'R'),
            (UP, 'U'),
        ];
        if self.flags == 0 {
            return "[NO FLAGS]".to_owned();
        }
        let set = LETTERS.iter().filter(|(bit, _)| self.flags & bit != 0);
        set.map(|(_, letter)| letter).collect()
    }

    /// A line.
    pub(crate) fn line(&self) -> String {
        let name = nethost_sdk::text::printable(&self.name);
        let mut line = format!("{name:<15.15} {:>5} ", self.mtu);
        let _ = write!(
            line,
            "{:>8} {:>6} {:>6} {:<6} {:>8} {:>6} {:>6} {:>6} ",
            self.rx_ok,
            self.rx_err,
            self.rx_drp,
            self.rx_ovr,
            self.tx_ok,
            self.tx_err,
            self.tx_drp,
            self.tx_ovr
        );
        line + &self.letters()
    }
}

/// All interfaces, or those that are up, in the order of net-tools: by name.
pub(crate) fn all(also_down: bool) -> Result<Vec<Interface>, Exit> {
    let failed = |error: Error| Exit::failed(1, format!("netstat: {error}"));
    let text = procfs::counters("net.dev").map_err(failed)?;
    let mut all: Vec<Interface> = text.lines().skip(2).filter_map(Interface::parse).collect();
    all.sort_by(|one, other| natural(&one.name, &other.name));
    let refused = |error: Failure| Exit::failed(1, format!("netstat: {error}"));
    let kernel = Namespace::open(None).map_err(failed)?;
    let links = kernel
        .links(LinkQuery::default())
        .map_err(refused)?
        .all()
        .map_err(refused)?;
    for interface in &mut all {
        interface.complete(&links);
    }
    all.retain(|interface| also_down || interface.flags & UP != 0);
    Ok(all)
}

/// Names by their letters, then by the number at their end.
fn natural(one: &str, other: &str) -> std::cmp::Ordering {
    let split = |name: &str| {
        let letters = name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let number: u64 = name[letters..].parse().unwrap_or_default();
        (name[..letters].to_owned(), number)
    };
    split(one).cmp(&split(other))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_that_of_net_tools() {
        let line = "  eth0: 604876 43639 0 1 2 0 0 0 3535 42345 3 4 5 0 0 0";
        let mut interface = Interface::parse(line).unwrap();
        interface.mtu = 1400;
        interface.flags = 0x1043;
        assert_eq!(
            interface.line(),
            "eth0             1400    43639      0      1 2         42345      3      4      5 BMRU"
        );
        assert_eq!(natural("eth10", "eth9"), std::cmp::Ordering::Greater);
    }
}
