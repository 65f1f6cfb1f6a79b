//! The options of PGM.

use super::pgm::address;
use super::prelude::*;

/// How options end.
pub(crate) enum End {
    /// As they should.
    Printed,
    /// What is wrong has been said.
    Bad,
    /// They are invalid.
    Invalid,
}

/// Prints options.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, f: &mut Fields<'_>) -> Done<End> {
    f.b.octets(0, 4)?;
    let (first, size, all) = (f.u8()? & 0x7f, f.u8()?, f.be16()?);
    if first != 0 {
        write!(
            p,
            "[First option bad, should be PGM_OPT_LENGTH, is {first}]"
        );
        return Ok(End::Bad);
    }
    if size != 4 {
        write!(p, "[Bad OPT_LENGTH option, length {size} != 4]");
        return Ok(End::Bad);
    }
    if all < 4 {
        write!(p, "[Bad total option length {all} < 4]");
        return Ok(End::Bad);
    }
    write!(p, " OPTS LEN {all}");
    let mut left = usize::from(all) - 4;
    while left > 0 {
        const NO_ROOM: &str = "[Total option length leaves no room for final option]";
        if left < 4 {
            p.text(NO_ROOM);
            return Ok(End::Bad);
        }
        let (kind, size) = (f.u8()?, usize::from(f.u8()?));
        if size < 4 {
            write!(p, "[Bad option, length {size} < 4]");
            break;
        }
        if left < size {
            p.text(NO_ROOM);
            return Ok(End::Bad);
        }
        let v = f.take(size - 2)?;
        match option(p, kind, v.tail(2), v, size)? {
            // A list does not count its header.
            End::Printed if kind & 0x7f == 2 => left -= size - 4,
            End::Printed => left -= size,
            end => return Ok(end),
        }
        if kind & 0x80 != 0 {
            break;
        }
    }
    Ok(End::Printed)
}

/// The name of an option in complaints, and the length that it has to have.
fn fixed(kind: u8) -> Option<(&'static str, usize)> {
    Some(match kind {
        0 => ("OPT_LENGTH", 4),
        1 => ("OPT_FRAGMENT", 16),
        3 => ("OPT_JOIN", 8),
        4 => ("OPT_NAK_BO_IVL", 12),
        5 => ("OPT_NAK_BO_RNG", 12),
        8 => ("OPT_PARITY_PRM", 8),
        9 => ("OPT_PARITY_GRP", 8),
        10 => ("OPT_CURR_TGSIZE", 8),
        11 => ("OPT_NBR_UNREACH", 4),
        13 => ("OPT_SYN", 4),
        14 => ("OPT_FIN", 4),
        15 => ("OPT_RST", 4),
        17 => ("OPT_CRQST", 4),
        _ => return None,
    })
}

fn option(p: &mut Printer, kind: u8, v: &[u8], whole: &[u8], size: usize) -> Done<End> {
    let number = kind & 0x7f;
    if let Some((name, right)) = fixed(number)
        && size != right
    {
        write!(p, "[Bad {name} option, length {size} != {right}]");
        return Ok(End::Bad);
    }
    match number {
        0 => write!(p, " OPTS LEN (extra?) {}", whole.be16(0)?),
        1 => write!(
            p,
            " FRAG seq {} off {} len {}",
            v.be32(0)?,
            v.be32(4)?,
            v.be32(8)?
        ),
        2 => {
            p.text(" NAK LIST");
            for sequence in v.chunks(4) {
                if sequence.len() < 4 {
                    p.text("[Option length not a multiple of 4]");
                    return Ok(End::Bad);
                }
                write!(p, " {}", sequence.be32(0)?);
            }
        }
        3 => write!(p, " JOIN {}", v.be32(0)?),
        4 => write!(p, " BACKOFF ivl {} ivlseq {}", v.be32(0)?, v.be32(4)?),
        5 => write!(p, " BACKOFF max {} min {}", v.be32(0)?, v.be32(4)?),
        7 => return with_address(p, v, size, ("OPT_REDIRECT", "OPT_REDIRECT", " REDIRECT"), 8),
        8 => write!(p, " PARITY MAXTGS {}", v.be32(0)?),
        9 => write!(p, " PARITY GROUP {}", v.be32(0)?),
        10 => write!(p, " PARITY ATGS {}", v.be32(0)?),
        11 => p.text(" NBR_UNREACH"),
        12 => write!(p, " PATH_NLA [{size}]"),
        13 => p.text(" SYN"),
        14 => p.text(" FIN"),
        15 => p.text(" RST"),
        16 => p.text(" CR"),
        17 => p.text(" CRQST"),
        18 => {
            let names = ("OPT_PGMCC_DATA", "OPT_PGMCC_DATA", " PGMCC DATA");
            return with_address(p, v, size, names, 12);
        }
        19 => {
            let names = (
                "PGM_OPT_PGMCC_FEEDBACK",
                "OPT_PGMCC_FEEDBACK",
                " PGMCC FEEDBACK",
            );
            return with_address(p, v, size, names, 12);
        }
        _ => write!(p, " OPT_{kind:02X} [{size}] "),
    }
    Ok(End::Printed)
}

/// An option that ends with an address.
fn with_address(
    p: &mut Printer,
    v: &[u8],
    size: usize,
    (short, wrong, title): (&str, &str, &str),
    least: usize,
) -> Done<End> {
    if size < least {
        write!(p, "[Bad {short} option, length {size} < {least}]");
        return Ok(End::Bad);
    }
    let mut f = Fields::new(v, v.len());
    let offset = if least == 12 { Some(f.be32()?) } else { None };
    let family = f.take(4)?.be16(0)?;
    let needed = match family {
        1 => 4,
        2 => 16,
        _ => return Ok(End::Invalid),
    };
    if size != least + needed {
        write!(
            p,
            "[Bad {wrong} option, length {size} != {least} + address size]"
        );
        return Ok(End::Bad);
    }
    let Some(text) = address(&mut f, family)? else {
        return Ok(End::Invalid);
    };
    p.text(title);
    if let Some(offset) = offset {
        write!(p, " {offset}");
    }
    write!(p, " {text}");
    Ok(End::Printed)
}
