//! IS-IS (ISO 10589, RFC 1195).

use super::isis_tlv;
use super::osi::{self, identifier};
use super::prelude::*;

const KINDS: &Table = &[
    (15, "L1 Lan IIH"),
    (16, "L2 Lan IIH"),
    (17, "p2p IIH"),
    (18, "L1 LSP"),
    (20, "L2 LSP"),
    (24, "L1 CSNP"),
    (25, "L2 CSNP"),
    (26, "L1 PSNP"),
    (27, "L2 PSNP"),
];
const CIRCUITS: &Table = &[
    (1, "Level 1 only"),
    (2, "Level 2 only"),
    (3, "Level 1, Level 2"),
];
const SYSTEMS: &Table = &[
    (0, "Unused 0x0 (invalid)"),
    (1, "L1 IS"),
    (2, "Unused 0x2 (invalid)"),
    (3, "L2 IS"),
];
/// Octets of the header that all have.
const COMMON: usize = 8;

/// Prints a packet; false when it is not understood.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done<bool> {
    p.protocol = "isis";
    if !b.has(COMMON) || length < COMMON {
        p.truncated();
        return Ok(true);
    }
    let separator = if p.set.link { "" } else { ", " };
    if !p.set.link {
        p.text("IS-IS");
    }
    let (version, fixed) = (b.u8(2)?, usize::from(b.u8(1)?));
    if version != 1 {
        write!(p, "version {version} packet not supported");
        return Ok(false);
    }
    let id_length = b.u8(3)?;
    if id_length != 6 && id_length != 0 {
        write!(p, "system ID length of {id_length} is not supported");
        return Ok(false);
    }
    let packet_version = b.u8(5)?;
    if packet_version != 1 {
        write!(p, "version {packet_version} packet not supported");
        return Ok(false);
    }
    if length < fixed {
        write!(p, "fixed header length {fixed} > packet length {length}");
        return Ok(false);
    }
    if fixed < COMMON {
        write!(
            p,
            "fixed header length {fixed} < minimum header size {COMMON}"
        );
        return Ok(false);
    }
    let areas = b.u8(7)?;
    if areas == 255 {
        p.text("bad packet -- 255 areas");
        return Ok(false);
    }
    let kind = b.u8(4)?;
    if p.v(1) {
        let name = tok(KINDS, kind.into(), "unknown, type %u");
        let most = if areas == 0 { 3 } else { areas };
        write!(
            p,
            "{separator}length {length}\n\t{name}, hlen: {fixed}, v: {version}, pdu-v: {packet_version}, \
             sys-id-len: 6 ({id_length}), max-area: {most} ({areas})"
        );
        if p.v(2) {
            p.unknown(b, "\n\t", COMMON);
        }
    } else {
        write!(
            p,
            "{separator}{}",
            tok(KINDS, kind.into(), "unknown PDU-Type %u")
        );
    }
    match header(p, b, kind, fixed, length) {
        Ok(Head::Done(understood)) => Ok(understood),
        Ok(Head::Behind { at, length, left }) => match isis_tlv::print(p, b, at, left, length)? {
            isis_tlv::Seen::All => Ok(true),
            isis_tlv::Seen::Cut => {
                p.truncated();
                Ok(true)
            }
        },
        Err(Cut) => {
            p.truncated();
            Ok(true)
        }
    }
}

/// What comes behind a header.
enum Head {
    /// Nothing more is printed.
    Done(bool),
    /// Fields begin at an offset.
    Behind {
        at: usize,
        /// Octets of the packet.
        length: usize,
        /// Octets of the fields.
        left: usize,
    },
}

fn header(p: &mut Printer, b: &[u8], kind: u8, fixed: usize, length: usize) -> Done<Head> {
    let size = match kind {
        15 | 16 => 19,
        17 => 12,
        18 | 20 => 19,
        24 | 25 => 25,
        26 | 27 => 9,
        _ => {
            if !p.v(1) {
                write!(p, ", length {length}");
                return Ok(Head::Done(true));
            }
            p.unknown(b.tail(COMMON), "\n\t  ", length);
            return Ok(Head::Done(false));
        }
    };
    if fixed != COMMON + size {
        match kind {
            18 | 20 => write!(p, ", bogus fixed header length {fixed} should be {size}"),
            26 | 27 => write!(
                p,
                "- bogus fixed header length {fixed} should be {}",
                COMMON + size
            ),
            _ => write!(
                p,
                ", bogus fixed header length {fixed} should be {}",
                COMMON + size
            ),
        }
        return Ok(Head::Done(false));
    }
    let h = b.tail(COMMON);
    h.octets(0, size)?;
    if length < COMMON + size {
        return Err(Cut);
    }
    if !p.v(1) {
        match kind {
            15 | 16 => {
                write!(p, ", src-id {}", identifier(h, 1, 6)?);
                write!(p, ", lan-id {}, prio {}", identifier(h, 12, 7)?, h.u8(11)?);
            }
            17 => write!(p, ", src-id {}", identifier(h, 1, 6)?),
            18 | 20 => {
                let name = identifier(h, 4, 8)?;
                write!(
                    p,
                    ", lsp-id {name}, seq 0x{:08x}, lifetime {:5}s",
                    h.be32(12)?,
                    h.be16(2)?
                );
            }
            _ => write!(p, ", src-id {}", identifier(h, 2, 7)?),
        }
        write!(p, ", length {length}");
        return Ok(Head::Done(true));
    }
    let written = match kind {
        15..=17 => h.be16(9)?,
        _ => h.be16(0)?,
    };
    let length = length.min(written.into());
    let circuit = |h: &[u8]| {
        h.u8(0)
            .map(|circuit| tok(CIRCUITS, circuit.into(), "unknown circuit type 0x%02x"))
    };
    match kind {
        15 | 16 => {
            let (source, lan) = (identifier(h, 1, 6)?, identifier(h, 12, 7)?);
            let time = h.be16(7)?;
            write!(
                p,
                "\n\t  source-id: {source},  holding time: {time}s, Flags: [{}]",
                circuit(h)?
            );
            write!(
                p,
                "\n\t  lan-id:    {lan}, Priority: {}, PDU length: {written}",
                h.u8(11)? & 0x7f
            );
        }
        17 => {
            let (source, time) = (identifier(h, 1, 6)?, h.be16(7)?);
            write!(
                p,
                "\n\t  source-id: {source}, holding time: {time}s, Flags: [{}]",
                circuit(h)?
            );
            write!(
                p,
                "\n\t  circuit-id: 0x{:02x}, PDU length: {written}",
                h.u8(11)?
            );
        }
        18 | 20 => link_state(p, h, written, length)?,
        _ => {
            write!(
                p,
                "\n\t  source-id:    {}, PDU length: {written}",
                identifier(h, 2, 7)?
            );
            if size == 25 {
                write!(p, "\n\t  start lsp-id: {}", identifier(h, 9, 8)?);
                write!(p, "\n\t  end lsp-id:   {}", identifier(h, 17, 8)?);
            }
        }
    }
    if p.v(2) {
        p.unknown(h, "\n\t  ", size);
    }
    if length < COMMON + size {
        write!(p, " [packet length {length} < {}]", COMMON + size);
        p.invalid();
        return Ok(Head::Done(true));
    }
    Ok(Head::Behind {
        at: COMMON + size,
        length,
        left: length - COMMON - size,
    })
}

fn link_state(p: &mut Printer, h: &[u8], written: u16, length: usize) -> Done {
    let sum = h.be16(16)?;
    let name = identifier(h, 4, 8)?;
    write!(
        p,
        "\n\t  lsp-id: {name}, seq: 0x{:08x}, lifetime: {:5}s",
        h.be32(12)?,
        h.be16(2)?
    );
    write!(p, "\n\t  chksum: 0x{sum:04x}");
    osi::checksum(p, h.tail(4), sum, 12, length.wrapping_sub(12));
    let flags = h.u8(18)?;
    write!(p, ", PDU length: {written}, Flags: [ ");
    if flags & 4 != 0 {
        p.text("Overload bit set, ");
    }
    if flags & 0x78 != 0 {
        for (bit, name) in [
            (0x08, "default "),
            (0x10, "delay "),
            (0x20, "expense "),
            (0x40, "error "),
        ] {
            if flags & bit != 0 {
                p.text(name);
            }
        }
        p.text("ATT bit set, ");
    }
    if flags & 0x80 != 0 {
        p.text("P bit set, ");
    }
    p.name(SYSTEMS, flags & 3, "Unknown(0x%x)");
    p.text(" ]");
    Ok(())
}
