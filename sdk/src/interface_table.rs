//! The table of interfaces that net-tools prints: for `netstat -i` and `ifconfig -s`.

use std::cmp::Ordering;
use std::fmt;

use serde::Serialize;

use crate::text::printable;

/// The line above.
pub const HEAD: &str =
    "Iface             MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg";

/// IFF_UP.
const UP: u32 = 1;
const RUNNING: u32 = 0x40;

/// An interface, a line of the table.
#[derive(Clone, Debug, Default, Serialize, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Row {
    pub name: String,
    pub mtu: u32,
    /// IFF_….
    pub flags: u32,
    /// None for the label of an address, which has no counters of its own.
    #[serde(flatten)]
    pub counts: Option<Counts>,
}

/// What it has carried.
#[derive(Clone, Debug, Default, Serialize, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Counts {
    pub rx_ok: u64,
    pub rx_err: u64,
    pub rx_drp: u64,
    pub rx_ovr: u64,
    pub tx_ok: u64,
    pub tx_err: u64,
    pub tx_drp: u64,
    pub tx_ovr: u64,
}

/// The letters of flags.
fn letters(flags: u32) -> String {
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
    if flags == 0 {
        return "[NO FLAGS]".to_owned();
    }
    let set = LETTERS.iter().filter(|(bit, _)| flags & bit != 0);
    set.map(|(_, letter)| letter).collect()
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = printable(&self.name);
        write!(f, "{name:<15.15} {:>5} ", self.mtu)?;
        match &self.counts {
            Some(counts) => write!(
                f,
                "{:>8} {:>6} {:>6} {:<6} {:>8} {:>6} {:>6} {:>6} ",
                counts.rx_ok,
                counts.rx_err,
                counts.rx_drp,
                counts.rx_ovr,
                counts.tx_ok,
                counts.tx_err,
                counts.tx_drp,
                counts.tx_ovr
            )?,
            None => write!(f, "{:<56}", "     - no statistics available -")?,
        }
        f.write_str(&letters(self.flags))
    }
}

/// The order of net-tools: names octet by octet, the numbers in them by their value.
///
/// ```
/// use nethost_sdk::interface_table::order;
/// let mut names = ["v10", "v9", "lo", "v9:1"];
/// names.sort_by(|one, other| order(one, other));
/// assert_eq!(names, ["lo", "v9", "v9:1", "v10"]);
/// ```
pub fn order(one: &str, other: &str) -> Ordering {
    let (a, b) = (one.as_bytes(), other.as_bytes());
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    // The number in which the difference is begins in what they share.
    let digits = a[..same].iter().rev().take_while(|c| c.is_ascii_digit());
    let begin = same - digits.count();
    let number = |name: &[u8]| -> Option<u64> {
        let digits = name.iter().take_while(|c| c.is_ascii_digit()).take(18);
        let mut digits = digits.peekable();
        digits.peek()?;
        Some(digits.fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')))
    };
    match (number(&a[begin..]), number(&b[begin..])) {
        (Some(one), Some(other)) if one != other => one.cmp(&other),
        _ => a[same..].first().cmp(&b[same..].first()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_that_of_net_tools() {
        let mut row = Row {
            name: "eth0".into(),
            mtu: 1400,
            flags: 0x1043,
            counts: Some(Counts {
                rx_ok: 43639,
                rx_drp: 1,
                rx_ovr: 2,
                tx_ok: 42345,
                tx_err: 3,
                tx_drp: 4,
                tx_ovr: 5,
                ..Counts::default()
            }),
        };
        assert_eq!(
            row.to_string(),
            "eth0             1400    43639      0      1 2         42345      3      4      5 BMRU"
        );
        row.counts = None;
        row.name = "eth0:1".into();
        assert_eq!(
            row.to_string(),
            "eth0:1           1400      - no statistics available -                        BMRU"
        );
        assert_eq!(order("eth10", "eth9"), Ordering::Greater);
        assert_eq!(order("eth0", "eth0"), Ordering::Equal);
    }
}
