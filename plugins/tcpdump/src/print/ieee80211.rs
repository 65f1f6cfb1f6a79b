//! IEEE 802.11: frames of wireless networks.

use super::ethertype::Ends;
use super::ieee80211_management as management;
use super::ieee80211_names::CONTROL;
use super::llc;
use super::prelude::*;

/// The first two octets of a frame.
#[derive(Clone, Copy)]
pub(crate) struct Control(u16);

impl Control {
    pub(crate) fn kind(self) -> u16 {
        self.0 >> 2 & 3
    }

    pub(crate) fn subtype(self) -> u16 {
        self.0 >> 4 & 15
    }

    fn has(self, bit: u16) -> bool {
        self.0 & bit != 0
    }

    pub(crate) fn is_protected(self) -> bool {
        self.has(0x4000)
    }

    fn is_qos(self) -> bool {
        self.subtype() & 8 != 0
    }

    /// Which addresses of the distribution system there are.
    fn systems(self) -> (bool, bool) {
        (self.has(0x100), self.has(0x200))
    }
}

const TO_BE_ORDERED: u16 = 0x8000;

/// A frame without anything before it.
///
/// # Errors
/// [`Cut`]
pub(crate) fn link(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.link_header += print(p, b, length, false, 0)?;
    Ok(())
}

/// A frame behind the header of a Prism card.
///
/// # Errors
/// [`Cut`]
pub(crate) fn prism(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "prism";
    if matches!(b.be32(0), Ok(0x8021_1001 | 0x8021_1002)) {
        return avs(p, b, length);
    }
    if !b.has(144) {
        p.truncated();
        p.link_header += b.len();
        return Ok(());
    }
    p.link_header += 144;
    link(p, b.tail(144), length.saturating_sub(144))
}

/// A frame behind AVS's header.
///
/// # Errors
/// [`Cut`]
pub(crate) fn avs(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "802.11_radio_avs";
    let size = b.be32(4).map_or(0, |size| size as usize);
    if size < 8 || !b.has(size) {
        p.truncated();
        p.link_header += b.len();
        return Ok(());
    }
    p.link_header += size;
    link(p, b.tail(size), length.saturating_sub(size))
}

/// Prints a frame; the length of its headers.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(
    p: &mut Printer,
    b: &[u8],
    length: usize,
    padded: bool,
    check: usize,
) -> Done<usize> {
    p.protocol = "802.11";
    let all = b.len();
    let Some(length) = length.checked_sub(check) else {
        p.truncated();
        return Ok(all);
    };
    let b = b.upto(length);
    if !b.has(2) {
        p.truncated();
        return Ok(all);
    }
    let control = Control(b.le16(0)?);
    let Some(mut header) = header_length(p, control) else {
        return Ok(0);
    };
    if padded {
        header = header.next_multiple_of(4);
    }
    let mut mesh = 0;
    if p.set.mesh && control.kind() == 2 && control.is_qos() {
        let Ok(flags) = b.u8(header) else {
            p.truncated();
            return Ok(header);
        };
        mesh = match flags {
            0..=3 => 6 * (1 + usize::from(flags)),
            _ => 0,
        };
        header += mesh;
    }
    if !b.has(header) {
        p.truncated();
        return Ok(header);
    }
    if p.set.link {
        describe(p, control, b, header, mesh)?;
    }
    let (body, rest) = (b.tail(header), length - header);
    let fits = match control.kind() {
        0 => management::print(p, control, b.octets(10, 6)?, body, rest)?,
        1 => control_frame(p, control, b)?,
        2 if control.subtype() & 4 != 0 => true,
        2 if control.is_protected() => {
            p.text("Data");
            encrypted(p, body)
        }
        2 => {
            let (to, from) = control.systems();
            let (source, destination) = match (to, from) {
                (false, false) => (10, 4),
                (false, true) => (16, 4),
                (true, false) => (10, 16),
                (true, true) => (24, 16),
            };
            let ends = Ends {
                source: b.octets(source, 6)?,
                destination: b.octets(destination, 6)?,
            };
            let (inner, known) = llc::print(p, body, rest, Some(ends))?;
            if !known {
                p.octets_of_unknown(body);
            }
            header += inner;
            true
        }
        _ => true,
    };
    if !fits {
        p.truncated();
    }
    Ok(header)
}

fn header_length(p: &mut Printer, control: Control) -> Option<usize> {
    let ordered = if control.has(TO_BE_ORDERED) { 4 } else { 0 };
    match (control.kind(), control.subtype()) {
        (0, _) => Some(24 + ordered),
        (1, 7) => Some(16),
        (1, 8) => Some(20),
        (1, 9..=11 | 14 | 15) => Some(16),
        (1, 12 | 13) => Some(10),
        (1, kind) => {
            write!(p, "unknown 802.11 ctrl frame subtype ({kind})");
            None
        }
        (2, _) => {
            let addresses = if control.systems() == (true, true) {
                30
            } else {
                24
            };
            let quality = if control.is_qos() { 2 + ordered } else { 0 };
            Some(addresses + quality)
        }
        (kind, _) => {
            write!(p, "unknown 802.11 frame type ({kind})");
            None
        }
    }
}

/// What a protected frame says of its key; false when that was cut off.
pub(crate) fn encrypted(p: &mut Printer, b: &[u8]) -> bool {
    let Ok(word) = b.le32(0) else {
        return false;
    };
    write!(
        p,
        " IV:{:3x} Pad {:x} KeyID {:x}",
        word & 0xff_ffff,
        word >> 24 & 0x3f,
        word >> 30
    );
    true
}

/// Names and addresses, and a space behind them.
fn addresses(p: &mut Printer, b: &[u8], named: &[(&str, usize)]) -> Done {
    for (_, at) in named {
        b.octets(*at, 6)?;
    }
    for (name, at) in named {
        p.text(name);
        p.text(":");
        p.mac_at(b, *at)?;
        p.text(" ");
    }
    Ok(())
}

fn describe(p: &mut Printer, control: Control, b: &[u8], header: usize, mesh: usize) -> Done {
    if p.v(1) {
        for (bit, name) in [
            (0x2000, "More Data "),
            (0x0400, "More Fragments "),
            (0x1000, "Pwr Mgmt "),
            (0x0800, "Retry "),
            (TO_BE_ORDERED, "+HTC "),
            (0x4000, "Protected "),
        ] {
            p.text(if control.has(bit) { name } else { "" });
        }
        if (control.kind(), control.subtype()) != (1, 10) {
            write!(p, "{}us ", b.le16(2)?);
        }
    }
    if mesh != 0 {
        let v = b.tail(header - mesh);
        let more = usize::from(v.u8(0)? & 3);
        write!(p, "MeshData (AE {more} TTL {} seq {}", v.u8(1)?, v.le32(2)?);
        for place in 0..more {
            write!(p, " A{}:", place + 4);
            p.mac_at(v, 6 + place * 6)?;
        }
        p.text(") ");
    }
    match (control.kind(), control.subtype()) {
        (0, _) => addresses(p, b, &[("BSSID", 16), ("DA", 4), ("SA", 10)]),
        (1, 8) => {
            p.text(" ");
            block_request(p, b)
        }
        (1, 9 | 11) => addresses(p, b, &[("RA", 4), ("TA", 10)]),
        (1, 10) => addresses(p, b, &[("BSSID", 4), ("TA", 10)]),
        (1, 12 | 13) => addresses(p, b, &[("RA", 4)]),
        (1, 14 | 15) => addresses(p, b, &[("RA", 4), ("BSSID", 10)]),
        (2, kind) => {
            if kind & 11 != 0 {
                p.text(match kind & 3 {
                    0 => "CF ",
                    1 => "CF Ack",
                    2 => "CF Poll",
                    _ => "CF Ack/Poll",
                });
                p.text(if kind & 8 != 0 { "+QoS " } else { " " });
            }
            let names = match control.systems() {
                (false, false) => ["DA", "SA", "BSSID"],
                (false, true) => ["DA", "BSSID", "SA"],
                (true, false) => ["BSSID", "SA", "DA"],
                (true, true) => ["RA", "TA", "DA"],
            };
            let [a, b_, c] = names;
            addresses(p, b, &[(a, 4), (b_, 10), (c, 16)])?;
            if control.systems() == (true, true) {
                addresses(p, b, &[("SA", 24)])?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn block_request(p: &mut Printer, b: &[u8]) -> Done {
    let (control, sequence) = (b.le16(16)?, b.le16(18)?);
    addresses(p, b, &[("RA", 4), ("TA", 10)])?;
    write!(p, "CTL({control:x}) SEQ({sequence}) ");
    Ok(())
}

fn control_frame(p: &mut Printer, control: Control, b: &[u8]) -> Done<bool> {
    p.name(CONTROL, control.subtype(), "Unknown Ctrl Subtype");
    let shown = !p.set.link;
    match control.subtype() {
        8 if shown => {
            p.text(" ");
            block_request(p, b)?;
        }
        10 => write!(p, " AID({:x})", b.le16(2)?),
        11 if shown => {
            p.text(" ");
            addresses(p, b, &[("TA", 10)])?;
        }
        9 | 12..=15 if shown => {
            p.text(" ");
            addresses(p, b, &[("RA", 4)])?;
        }
        _ => {}
    }
    Ok(true)
}
