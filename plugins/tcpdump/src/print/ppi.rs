//! PPI: a packet of any link with facts about it before it.

use super::link;
use super::prelude::*;

/// Prints a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "ppi";
    let Ok(size) = b.octets(0, 8).and_then(|b| b.le16(2)) else {
        p.truncated();
        p.link_header += b.len();
        return Ok(());
    };
    if !(8..=65532).contains(&size) {
        write!(p, " [length {size} < 8 or > 65532]");
        p.invalid();
        p.link_header += b.len();
        return Ok(());
    }
    let size = usize::from(size);
    if !b.has(size) {
        p.truncated();
        p.link_header += b.len();
        return Ok(());
    }
    let kind = b.le32(4)?;
    if p.set.link {
        header(p, b, length)?;
    }
    let (rest, left) = (b.tail(size), length.saturating_sub(size));
    if link::known(kind) {
        p.nested(|p| link::print(p, kind, rest, left))?;
    } else {
        if !p.set.link {
            header(p, b, length)?;
        }
        p.octets_of_unknown(rest);
    }
    p.link_header += size;
    Ok(())
}

fn header(p: &mut Printer, b: &[u8], length: usize) -> Done {
    let (version, size, kind) = (b.u8(0)?, b.le16(2)?, b.le32(4)?);
    let name = crate::links::name(kind).unwrap_or("UNKNOWN");
    match p.set.quiet {
        0 => write!(p, "V.{version} DLT {name} ({kind}) len {size}"),
        _ => p.text(name),
    }
    write!(p, ", length {length}: ");
    Ok(())
}
