//! SCTP (RFC 9260): its chunks.

use super::m3ua;
use super::prelude::*;
use super::transport::Ip;

const CHUNKS: &Table = &[
    (0, "DATA"),
    (1, "INIT"),
    (2, "INIT ACK"),
    (3, "SACK"),
    (4, "HB REQ"),
    (5, "HB ACK"),
    (6, "ABORT"),
    (7, "SHUTDOWN"),
    (8, "SHUTDOWN ACK"),
    (9, "OP ERR"),
    (10, "COOKIE ECHO"),
    (11, "COOKIE ACK"),
    (12, "ECN ECHO"),
    (13, "ECN CWR"),
    (14, "SHUTDOWN COMPLETE"),
    (192, "FOR CUM TSN"),
    (193, "REL CTRL"),
    (194, "REL CTRL ACK"),
];
const CHANNELS: &Table = &[
    (6704, "ForCES HP"),
    (6705, "ForCES MP"),
    (6706, "ForCES LP"),
];
const PAYLOADS: &Table = &[
    (1, "ISDN Q.921"),
    (2, "M2UA"),
    (3, "M3UA"),
    (4, "SUA"),
    (5, "M2PA"),
    (6, "V5.2"),
    (7, "H.248"),
    (8, "BICC"),
    (9, "TALI"),
    (10, "DUA"),
    (11, "ASAP"),
    (12, "ENRP"),
    (13, "H.323"),
    (14, "Q.IPC"),
    (15, "SIMCO"),
    (16, "DDPSC"),
    (17, "DDPSSC"),
    (18, "S1AP"),
    (19, "RUA"),
    (20, "HNBAP"),
    (21, "ForCES HP"),
    (22, "ForCES MP"),
    (23, "ForCES LP"),
    (24, "SBc-AP"),
    (25, "NBAP"),
    (27, "X2AP"),
];

/// Prints a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize, ip: Ip<'_>) -> Done {
    p.protocol = "sctp";
    if length < 12 {
        p.bad("length", length, "<", 12);
        return Ok(());
    }
    b.octets(0, 12)?;
    let ports = (b.be16(0)?, b.be16(2)?);
    ip.source(p)?;
    write!(p, ".{} > ", ports.0);
    ip.destination(p)?;
    write!(p, ".{}: sctp", ports.1);
    let mut forces = false;
    for port in [ports.0, ports.1] {
        if matches!(port, 6704..=6706) {
            let name = tok(CHANNELS, port.into(), "#%u");
            write!(p, "[{name}]");
            forces = true;
        }
    }
    chunks(p, b.tail(12), length - 12, forces)
}

fn chunks(p: &mut Printer, b: &[u8], length: usize, forces: bool) -> Done {
    let mut separator = if p.v(2) { "\n\t" } else { " (" };
    // A chunk that is longer than its packet is only ended by what was captured.
    let (mut at, mut end, mut forces) = (0, length, forces);
    let mut number = 0;
    while at != end {
        number += 1;
        let left = end - at;
        if left < 4 {
            write!(
                p,
                "{separator}{number}) [chunk descriptor cut off at end of packet]"
            );
            break;
        }
        let header = b.octets(at, 4)?;
        let size = usize::from(header.be16(2)?);
        if size < 4 {
            write!(
                p,
                "{separator}{number}) [Bad chunk length {size}, < size of chunk descriptor]"
            );
            break;
        }
        let padding = size.next_multiple_of(4) - size;
        if left < padding {
            write!(
                p,
                "{separator}{number}) [Bad chunk length {size}, > remaining data in packet]"
            );
            break;
        }
        let chunk = b.octets(at, size)?;
        let kind = header.u8(0)?;
        let name = tok(CHUNKS, kind.into(), "Unknown chunk type: 0x%x");
        write!(p, "{separator}{number}) [{name}] ");
        if !body(p, chunk, kind, &mut forces)? {
            p.invalid();
            return Ok(());
        }
        if !p.v(2) {
            separator = ", (";
        }
        b.octets(at, size + padding)?;
        at += size + padding;
        if at > end {
            end = usize::MAX;
        }
    }
    Ok(())
}

/// Prints a chunk; false when it is too short, after that was said.
fn body(p: &mut Printer, chunk: &[u8], kind: u8, forces: &mut bool) -> Done<bool> {
    let v = chunk.tail(4);
    if kind == 0 {
        let flags = chunk.u8(1)?;
        for (bit, letter) in [(4, "(U)"), (2, "(B)"), (1, "(E)")] {
            p.text(if flags & bit != 0 { letter } else { "" });
        }
        p.text(if flags & 7 != 0 { " " } else { "" });
    }
    let needed = match kind {
        0 | 3 => 12,
        1 | 2 => 16,
        _ => 0,
    };
    if v.len() < needed {
        p.bad_only("chunk length", v.len(), "<", needed);
        return Ok(false);
    }
    match kind {
        0 => {
            let payload = v.be32(8)?;
            write!(p, "[TSN: {}] ", v.be32(0)?);
            write!(p, "[SID: {}] [SSEQ {}] ", v.be16(4)?, v.be16(6)?);
            let name = tok(PAYLOADS, payload, "0x%x");
            write!(p, "[PPID {name}] ");
            *forces |= matches!(payload, 21..=23);
            let v = v.tail(12);
            if v.is_empty() {
                p.bad_only("chunk length", 0, "==", 0);
                return Ok(false);
            }
            match payload {
                _ if *forces || !p.v(2) => {}
                3 => {
                    m3ua::print(p, v)?;
                    p.protocol = "sctp";
                }
                _ => {
                    p.text("[Payload");
                    if !p.set.dumps() {
                        p.text(":");
                        p.octets_of_unknown(v);
                    }
                    p.text("]");
                }
            }
        }
        1 | 2 => write!(
            p,
            "[init tag: {}] [rwnd: {}] [OS: {}] [MIS: {}] [init TSN: {}] ",
            v.be32(0)?,
            v.be32(4)?,
            v.be16(8)?,
            v.be16(10)?,
            v.be32(12)?
        ),
        3 => return acknowledgement(p, v),
        _ => {}
    }
    Ok(true)
}

fn acknowledgement(p: &mut Printer, v: &[u8]) -> Done<bool> {
    let (highest, gaps, doubles) = (v.be32(0)?, v.be16(8)?, v.be16(10)?);
    write!(
        p,
        "[cum ack {highest}] [a_rwnd {}] [#gap acks {gaps}] [#dup tsns {doubles}] ",
        v.be32(4)?
    );
    let mut f = Fields::new(v.tail(12), v.len() - 12);
    for number in 0..u32::from(gaps) + u32::from(doubles) {
        if f.is_empty() {
            break;
        }
        if f.left < 4 {
            p.bad_only("chunk length", f.left, "<", 4);
            return Ok(false);
        }
        match number.checked_sub(gaps.into()) {
            None => {
                let start = highest.wrapping_add(f.be16()?.into());
                let end = highest.wrapping_add(f.be16()?.into());
                let number = number + 1;
                write!(
                    p,
                    "\n\t\t[gap ack block #{number}: start = {start}, end = {end}] "
                );
            }
            Some(place) => write!(p, "\n\t\t[dup TSN #{}: {}] ", place + 1, f.be32()?),
        }
    }
    Ok(true)
}
