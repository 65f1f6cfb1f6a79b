//! Kerberos: versions 4 in words, 5 by name.

use super::prelude::*;

const KINDS: &Table = &[
    (2, "KDC_REQUEST"),
    (4, "KDC_REPLY"),
    (6, "APPL_REQUEST"),
    (8, "APPL_REQUEST_MUTUAL"),
    (10, "ERR_REPLY"),
    (12, "PRIVATE"),
    (14, "SAFE"),
    (16, "APPL_ERR"),
    (126, "DIE"),
];
const ERRORS: &Table = &[
    (0, "OK"),
    (1, "NAME_EXP"),
    (2, "SERVICE_EXP"),
    (3, "AUTH_EXP"),
    (4, "PKT_VER"),
    (5, "NAME_MAST_KEY_VER"),
    (6, "SERV_MAST_KEY_VER"),
    (7, "BYTE_ORDER"),
    (8, "PRINCIPAL_UNKNOWN"),
    (9, "PRINCIPAL_NOT_UNIQUE"),
    (10, "NULL_KEY"),
];

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8]) -> Done {
    p.protocol = "kerberos";
    p.text("kerberos");
    let version = b.u8(0)?;
    match version {
        1..=3 => write!(p, " v{version}"),
        4 => {
            p.text(" v4");
            return fourth(p, b);
        }
        106 | 107 => p.text(" v5"),
        _ => {}
    }
    Ok(())
}

/// Text up to a zero; where it ends.
fn word(p: &mut Printer, b: &[u8], at: usize) -> Done<usize> {
    p.zero_ended(b, at, b.len()).ok_or(Cut)
}

fn principal(p: &mut Printer, b: &[u8]) -> Done<usize> {
    let at = word(p, b, 2)?;
    p.text(".");
    let at = word(p, b, at)?;
    p.text("@");
    word(p, b, at)
}

fn fourth(p: &mut Printer, b: &[u8]) -> Done {
    let kind = b.u8(1)?;
    let little = kind & 1 != 0;
    let number = |at: usize| if little { b.le16(at) } else { b.be16(at) };
    let name = tok(KINDS, (kind & 0xfe).into(), "#%u");
    write!(p, " {} {name}: ", if little { "le" } else { "be" });
    match kind >> 1 {
        1 => {
            let at = principal(p, b)? + 4;
            write!(p, " {}min ", u32::from(b.u8(at)?) * 5);
            let at = word(p, b, at + 1)?;
            p.text(".");
            word(p, b, at)?;
        }
        3 => {
            write!(p, "v{} ", b.u8(2)?);
            let at = word(p, b, 3)?;
            write!(p, " ({})", b.u8(at)?);
            write!(p, " ({})", b.u8(at + 1)?);
        }
        2 => {
            let at = principal(p, b)? + 10;
            write!(p, " ({})", number(at)?);
        }
        5 => {
            let at = principal(p, b)? + 4;
            let error = tok(ERRORS, number(at)?.into(), "#%u");
            write!(p, " {error} ");
            word(p, b, at + 4)?;
        }
        _ => p.text("(unknown)"),
    }
    Ok(())
}
