//! MACsec (IEEE 802.1AE).

use super::ethertype::Ends;
use super::prelude::*;

const FLAGS: &Table = &[
    (0x08, "E"),
    (0x04, "C"),
    (0x40, "S"),
    (0x10, "B"),
    (0x20, "I"),
];
/// Octets of the integrity check, unless the stations agreed on others.
const CHECK: usize = 16;

/// What was found behind the tag.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Seen {
    /// It is encrypted.
    Opaque(usize),
    /// It is malformed, or cut off.
    Bad(usize),
    /// It is readable, and so many octets at its end belong to the check.
    Plain {
        /// Octets of the tag.
        header: usize,
        /// Octets at the end.
        check: usize,
    },
}

fn tag(p: &mut Printer, b: &[u8]) -> Done {
    let control = b.u8(0)?;
    let names = bits(FLAGS, (control & 0x7c).into(), "none", "");
    write!(p, "an {}, pn {}, flags {names}", control & 3, b.be32(2)?);
    let short = b.u8(1)? & 0x3f;
    if short != 0 {
        write!(p, ", sl {short}");
    }
    if control & 0x20 != 0 {
        write!(p, ", sci {:016x}", b.be64(6)?);
    }
    p.text(", ");
    Ok(())
}

/// Prints the tag.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize, ends: Ends<'_>) -> Done<Seen> {
    let before = std::mem::replace(&mut p.protocol, "macsec");
    let seen = inner(p, b, length, ends)?;
    p.protocol = before;
    Ok(seen)
}

fn inner(p: &mut Printer, b: &[u8], length: usize, ends: Ends<'_>) -> Done<Seen> {
    let bad = |p: &mut Printer| {
        p.truncated();
        Ok(Seen::Bad(b.len()))
    };
    let available = b.len().min(length);
    if available < 6 {
        return bad(p);
    }
    let control = b.u8(0)?;
    let header = if control & 0x20 != 0 { 14 } else { 6 };
    if available < header {
        return bad(p);
    }
    let short = b.u8(1)?;
    if short & 0xc0 != 0 || control & 0x80 != 0 {
        p.invalid();
        return Ok(Seen::Bad(b.len()));
    }
    if p.set.link {
        tag(p, b)?;
    }
    if control & 0x0c != 0 {
        if !p.set.link {
            ends.print(p, " ");
            p.text("802.1AE MACsec, ");
            tag(p, b)?;
        }
        return Ok(Seen::Opaque(header));
    }
    if available < header + CHECK {
        return bad(p);
    }
    let rest = available - header - CHECK;
    let short = usize::from(short);
    if short > rest {
        return bad(p);
    }
    let cut = if short == 0 {
        0
    } else {
        (length - header - CHECK).saturating_sub(short)
    };
    Ok(Seen::Plain {
        header,
        check: CHECK + cut,
    })
}
