//! Packets of Apple's systems, with the process that they belong to.

use super::link;
use super::prelude::*;
use crate::links;

const HEADER: usize = 108;

/// Prints a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "pktap";
    if length < HEADER {
        write!(p, " (packet too short, {length} < {HEADER})");
        p.invalid();
        return Ok(());
    }
    let kind = b.le32(8)?;
    let size = b.le32(0)? as usize;
    if size < HEADER {
        write!(p, " (pkt_len too small, {size} < {HEADER})");
        p.invalid();
        return Ok(());
    }
    if size > length {
        write!(p, " (pkt_len too big, {size} > {length})");
        p.invalid();
        return Ok(());
    }
    b.octets(0, size)?;
    if p.set.link {
        header(p, kind, size, length);
    }
    let (payload, rest) = (b.tail(size), length - size);
    match b.le32(4)? {
        0 => p.text("no data"),
        1 if link::known(kind) => {
            p.nested(|p| link::print(p, kind, payload, rest))?;
        }
        1 => {
            if !p.set.link {
                header(p, kind, size, length);
            }
            p.octets_of_unknown(payload);
        }
        _ => {}
    }
    p.link_header += size;
    Ok(())
}

fn header(p: &mut Printer, kind: u32, size: usize, length: usize) {
    let name = links::name(kind).unwrap_or("UNKNOWN");
    match p.set.quiet {
        0 => write!(p, "DLT {name} ({kind}) len {size}"),
        _ => p.text(name),
    }
    write!(p, ", length {length}: ");
}
