//! LSP ping (RFC 8029): whether a path of MPLS works.

use super::bgp_nlri::distinguisher;
use super::enterprise::ENTERPRISES;
use super::ntp;
use super::prelude::*;
use super::pseudowire::PSEUDOWIRES;

const KINDS: &Table = &[(1, "MPLS Echo Request"), (2, "MPLS Echo Reply")];
const REPLY_MODES: &Table = &[
    (1, "Do not reply"),
    (2, "Reply via an IPv4/IPv6 UDP packet"),
    (3, "Reply via an IPv4/IPv6 UDP packet with Router Alert"),
    (4, "Reply via application level control channel"),
];
const RETURN_CODES: &Table = &[
    (
        0,
        "No return code or return code contained in the Error Code TLV",
    ),
    (1, "Malformed echo request received"),
    (2, "One or more of the TLVs was not understood"),
    (3, "Replying router is an egress for the FEC at stack depth"),
    (
        4,
        "Replying router has no mapping for the FEC at stack depth",
    ),
    (5, "Reserved"),
    (6, "Reserved"),
    (7, "Reserved"),
    (8, "Label switched at stack-depth"),
    (9, "Label switched but no MPLS forwarding at stack-depth"),
    (
        10,
        "Mapping for this FEC is not the given label at stack depth",
    ),
    (11, "No label entry at stack-depth"),
    (
        12,
        "Protocol not associated with interface at FEC stack depth",
    ),
    (
        13,
        "Premature termination of ping due to label stack shrinking to a single label",
    ),
];
const ELEMENTS: &Table = &[
    (1, "Target FEC Stack"),
    (2, "Downstream Mapping"),
    (3, "Pad"),
    (9, "Error Code"),
    (5, "Vendor Enterprise Code"),
    (7, "Interface Label Stack"),
    (10, "Reply TOS Byte"),
    (15, "BFD Discriminator"),
    (64512, "Vendor Private Code"),
];
const TARGETS: &Table = &[
    (1, "LDP IPv4 prefix"),
    (2, "LDP IPv6 prefix"),
    (3, "RSVP IPv4 Session Query"),
    (4, "RSVP IPv6 Session Query"),
    (5, "Reserved"),
    (6, "VPN IPv4 prefix"),
    (7, "VPN IPv6 prefix"),
    (8, "L2 VPN endpoint"),
    (9, "FEC 128 pseudowire (old)"),
    (10, "FEC 128 pseudowire"),
    (12, "BGP labeled IPv4 prefix"),
    (13, "BGP labeled IPv6 prefix"),
];
const ADDRESSES: &Table = &[
    (1, "IPv4"),
    (2, "Unnumbered IPv4"),
    (3, "IPv6"),
    (4, "IPv6"),
];
const HEADER: usize = 32;

fn too_short(p: &mut Printer) -> Done {
    p.text("\n\t\t packet is too short");
    Ok(())
}

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "lspping";
    if length < HEADER {
        return too_short(p);
    }
    b.octets(0, HEADER)?;
    let (version, kind, sequence) = (b.be16(0)?, b.u8(4)?, b.be32(12)?);
    if version != 1 {
        write!(p, "LSP-PING version {version} packet not supported");
        return Ok(());
    }
    if !p.v(1) {
        let name = tok(KINDS, kind.into(), "unknown (%u)");
        write!(
            p,
            "LSP-PINGv{version}, {name}, seq {sequence}, length: {length}"
        );
        return Ok(());
    }
    let name = tok(KINDS, kind.into(), "unknown");
    write!(
        p,
        "\n\tLSP-PINGv{version}, msg-type: {name} ({kind}), length: {length}"
    );
    let (mode, code, part) = (b.u8(5)?, b.u8(6)?, b.u8(7)?);
    write!(
        p,
        "\n\t  reply-mode: {} ({mode})",
        tok(REPLY_MODES, mode.into(), "unknown")
    );
    let name = tok(RETURN_CODES, code.into(), "unknown");
    write!(p, "\n\t  Return Code: {name}");
    if matches!(code, 3 | 4 | 8 | 10..=12) {
        write!(p, " {part}");
    }
    write!(p, " ({code})\n\t  Return Subcode: ({part})");
    write!(
        p,
        "\n\t  Sender Handle: 0x{:08x}, Sequence: {sequence}",
        b.be32(8)?
    );
    p.text("\n\t  TimeStamp Sent: ");
    ntp::timestamp(p, b, 16)?;
    p.text("\n\t  TimeStamp Received: ");
    match b.be64(24)? {
        0 => p.text("no timestamp"),
        _ => ntp::timestamp(p, b, 24)?,
    }
    let (mut at, mut left) = (HEADER, length - HEADER);
    while left > 0 {
        if left < 4 {
            return too_short(p);
        }
        let (kind, size) = (b.be16(at)?, usize::from(b.be16(at + 2)?));
        let name = tok(ELEMENTS, kind.into(), "Unknown");
        write!(p, "\n\t  {name} TLV ({kind}), length: {size}");
        if size > 0 {
            if left < size + 4 {
                return too_short(p);
            }
            let v = b.octets(at + 4, size)?;
            let dump = match kind {
                1 => match targets(p, v)? {
                    Some(dump) => dump,
                    None => return Ok(()),
                },
                2 => downstream(p, v)?,
                5 | 15 if size < 4 => short(p),
                5 => {
                    let vendor = v.be32(0)?;
                    let name = tok(ENTERPRISES, vendor, "Unknown");
                    write!(p, "\n\t    Vendor: {name} (0x{vendor:04x})");
                    false
                }
                15 => {
                    write!(p, "\n\t    BFD Discriminator 0x{:08x}", v.be32(0)?);
                    false
                }
                _ => {
                    if !p.v(2) {
                        p.unknown(v, "\n\t    ", size);
                    }
                    false
                }
            };
            if p.v(2) || dump {
                p.unknown(v, "\n\t    ", size);
            }
        }
        let padded = size.next_multiple_of(4) + 4;
        if left < padded {
            return too_short(p);
        }
        at += padded;
        left -= padded;
    }
    Ok(())
}

/// An element is too short, and its octets are to be shown.
fn short(p: &mut Printer) -> bool {
    p.text("\n\t      TLV is too short");
    true
}

/// Prints what the paths lead to; whether the octets are to be shown, none when nothing more can be read.
fn targets(p: &mut Printer, v: &[u8]) -> Done<Option<bool>> {
    let mut v = v;
    while !v.is_empty() {
        if v.len() < 4 {
            return Ok(Some(short(p)));
        }
        let (kind, size) = (v.be16(0)?, usize::from(v.be16(2)?));
        if v.len() < size + 4 {
            return Ok(Some(short(p)));
        }
        let target = v.octets(4, size)?;
        let name = tok(TARGETS, kind.into(), "Unknown");
        write!(p, "\n\t    {name} subTLV ({kind}), length: {size}");
        let right = match kind {
            1 | 12 => 5,
            2 | 13 => 17,
            3 => 20,
            4 => 56,
            6 => 13,
            7 => 25,
            8 | 10 => 14,
            9 => 10,
            _ => 0,
        };
        let known = right != 0 && size == right;
        if right != 0 && !known {
            write!(p, "\n\t      invalid subTLV length, should be {right}");
        }
        if known {
            self::target(p, kind, target)?;
        }
        if p.v(2) || !known {
            p.unknown(target, "\n\t      ", size);
        }
        let padded = size.next_multiple_of(4) + 4;
        if v.len() < padded {
            p.text("\n\t\t TLV is too short");
            return Ok(None);
        }
        v = v.tail(padded);
    }
    Ok(Some(false))
}

fn target(p: &mut Printer, kind: u16, v: &[u8]) -> Done {
    p.text("\n\t      ");
    match kind {
        1 | 12 => {
            p.v4_at(v, 0)?;
            write!(p, "/{}", v.u8(4)?);
        }
        2 | 13 => {
            p.v6_at(v, 0)?;
            write!(p, "/{}", v.u8(16)?);
        }
        3 | 4 => {
            let size = if kind == 3 { 4 } else { 16 };
            let address = |p: &mut Printer, at| match kind {
                3 => p.v4_at(v, at),
                _ => p.v6_at(v, at),
            };
            p.text("tunnel end-point ");
            address(p, 0)?;
            p.text(", tunnel sender ");
            address(p, 4 + 2 * size)?;
            write!(p, ", lsp-id 0x{:04x}", v.be16(6 + 3 * size)?);
            write!(
                p,
                "\n\t      tunnel-id 0x{:04x}, extended tunnel-id ",
                v.be16(size + 2)?
            );
            address(p, size + 4)?;
        }
        6 | 7 => {
            let distinguisher = distinguisher(p, v)?;
            write!(p, "RD: {distinguisher}, ");
            match kind {
                6 => {
                    p.v4_at(v, 8)?;
                    write!(p, "/{}", v.u8(12)?);
                }
                _ => {
                    p.v6_at(v, 8)?;
                    write!(p, "/{}", v.u8(24)?);
                }
            }
        }
        8 => {
            let distinguisher = distinguisher(p, v)?;
            write!(p, "RD: {distinguisher}, Sender VE ID: {}", v.be16(8)?);
            let kind = v.be16(12)?;
            let name = tok(PSEUDOWIRES, kind.into(), "unknown");
            write!(p, ", Receiver VE ID: {}", v.be16(10)?);
            write!(p, "\n\t      Encapsulation Type: {name} ({kind})");
        }
        _ => {
            let mut at = 0;
            if kind == 10 {
                p.text("Sender PE: ");
                p.v4_at(v, 0)?;
                p.text(", ");
                at = 4;
            }
            p.text("Remote PE: ");
            p.v4_at(v, at)?;
            let kind = v.be16(at + 8)?;
            let name = tok(PSEUDOWIRES, kind.into(), "unknown");
            write!(
                p,
                "\n\t      PW ID: 0x{:08x}, PW Type: {name} ({kind})",
                v.be32(at + 4)?
            );
        }
    }
    Ok(())
}

fn downstream(p: &mut Printer, v: &[u8]) -> Done<bool> {
    if v.len() < 4 {
        return Ok(short(p));
    }
    let kind = v.u8(2)?;
    let name = tok(ADDRESSES, kind.into(), "unknown");
    write!(
        p,
        "\n\t    MTU: {}, Address-Type: {name} ({kind})",
        v.be16(0)?
    );
    let (size, interface) = match kind {
        1 => (4, 4),
        2 => (4, 4),
        3 => (16, 16),
        4 => (16, 4),
        _ => (0, 0),
    };
    let fixed = if size > 0 { 4 + size + interface } else { 0 };
    if v.len() < fixed {
        return Ok(short(p));
    }
    if size > 0 {
        p.text("\n\t    Downstream IP: ");
        match size {
            4 => p.v4_at(v, 4)?,
            _ => p.v6_at(v, 4)?,
        }
        p.text("\n\t    Downstream Interface ");
        match kind {
            1 => {
                p.text("IP: ");
                p.v4_at(v, 8)?;
            }
            3 => {
                p.text("IP: ");
                p.v6_at(v, 20)?;
            }
            _ => write!(p, "Index: 0x{:08x}", v.be32(4 + size)?),
        }
    }
    if v.len() - fixed < 4 {
        return Ok(short(p));
    }
    // The labels are shown as octets.
    Ok(true)
}
