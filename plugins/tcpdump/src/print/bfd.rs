//! BFD (RFC 5880), with S-BFD and the version before it.

use super::prelude::*;

const DIAGNOSTICS: &Table = &[
    (0, "No Diagnostic"),
    (1, "Control Detection Time Expired"),
    (2, "Echo Function Failed"),
    (3, "Neighbor Signaled Session Down"),
    (4, "Forwarding Plane Reset"),
    (5, "Path Down"),
    (6, "Concatenated Path Down"),
    (7, "Administratively Down"),
    (8, "Reverse Concatenated Path Down"),
];
const PORTS: &Table = &[
    (3784, "Control"),
    (4784, "Multihop"),
    (6784, "LAG"),
    (7784, "S-BFD"),
];
const FLAGS0: &Table = &[
    (0x80, "I Hear You"),
    (0x40, "Demand"),
    (0x20, "Poll"),
    (0x10, "Final"),
    (0x08, "Control Plane Independent"),
    (0x04, "Authentication Present"),
    (0x02, "Reserved"),
    (0x01, "Reserved"),
];
const FLAGS1: &Table = &[
    (0x20, "Poll"),
    (0x10, "Final"),
    (0x08, "Control Plane Independent"),
    (0x04, "Authentication Present"),
    (0x02, "Demand"),
    (0x01, "Multipoint"),
];
const STATES: &Table = &[(0, "AdminDown"), (1, "Down"), (2, "Init"), (3, "Up")];
const AUTHENTICATIONS: &Table = &[
    (1, "Simple Password"),
    (2, "Keyed MD5"),
    (3, "Meticulous Keyed MD5"),
    (4, "Keyed SHA1"),
    (5, "Meticulous Keyed SHA1"),
];
const ECHO: u16 = 3785;

/// Prints a packet to a port.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize, port: u16) -> Done {
    p.protocol = "bfd";
    if port == ECHO {
        write!(p, "BFD, Echo, length: {length}");
        if p.v(1) {
            p.unknown(b, "\n\t", length);
        }
        return Ok(());
    }
    b.octets(0, 24)?;
    let version = b.u8(0)? >> 5;
    let diagnostic = b.u8(0)? & 0x1f;
    let flags = b.u8(1)?;
    let (kind, set) = match version {
        0 => (
            "Control".to_owned(),
            bits(FLAGS0, flags.into(), "none", ", "),
        ),
        1 => {
            let port = tok(PORTS, port.into(), "unknown (%u)");
            let state = tok(STATES, (flags >> 6).into(), "unknown (%u)");
            (
                format!("{port}, State {state}"),
                bits(FLAGS1, (flags & 0x3f).into(), "none", ", "),
            )
        }
        _ => {
            write!(p, "BFDv{version}, Control, length: {length}");
            if p.v(1) {
                p.unknown(b, "\n\t", length);
            }
            return Ok(());
        }
    };
    if !p.v(1) {
        write!(p, "BFDv{version}, {kind}, Flags: [{set}], length: {length}");
        return Ok(());
    }
    let name = tok(DIAGNOSTICS, diagnostic.into(), "unknown");
    write!(
        p,
        "BFDv{version}, length: {length}\n\t{kind}, Flags: [{set}], Diagnostic: {name} (0x{diagnostic:02x})"
    );
    let multiplier = b.u8(2)?;
    let detection = u32::from(multiplier).wrapping_mul(b.be32(12)?) / 1000;
    write!(
        p,
        "\n\tDetection Timer Multiplier: {multiplier} ({detection} ms Detection time), BFD Length: {}",
        b.u8(3)?
    );
    write!(
        p,
        "\n\tMy Discriminator: 0x{:08x}, Your Discriminator: 0x{:08x}",
        b.be32(4)?,
        b.be32(8)?
    );
    write!(
        p,
        "\n\t  Desired min Tx Interval:    {:4} ms",
        b.be32(12)? / 1000
    );
    write!(
        p,
        "\n\t  Required min Rx Interval:   {:4} ms",
        b.be32(16)? / 1000
    );
    write!(
        p,
        "\n\t  Required min Echo Interval: {:4} ms",
        b.be32(20)? / 1000
    );
    match flags & 4 {
        0 => Ok(()),
        _ => authentication(p, b.tail(24)),
    }
}

fn authentication(p: &mut Printer, b: &[u8]) -> Done {
    b.octets(0, 4)?;
    let (kind, length) = (b.u8(0)?, b.u8(1)?);
    let name = tok(AUTHENTICATIONS, kind.into(), "Unknown");
    write!(
        p,
        "\n\tAuthentication: {name} ({kind}), length: {length}\n\t  Auth Key ID: {}",
        b.u8(2)?
    );
    let (fits, digest, what) = match kind {
        1 => ((4..=19).contains(&length), 0, ""),
        2 | 3 => (length == 24, 16, "Digest"),
        4 | 5 => (length == 28, 20, "Hash"),
        _ => return Ok(()),
    };
    if !fits {
        write!(p, "[invalid length {length}]");
    } else if digest == 0 {
        p.text(", Password: ");
        p.string_at(b, 3, usize::from(length) - 3)?;
    } else {
        write!(p, ", Sequence Number: 0x{:08x}", b.be32(4)?);
        let octets = b.octets(8, digest)?;
        write!(p, "\n\t  {what}: ");
        p.hex(octets, "");
    }
    Ok(())
}
