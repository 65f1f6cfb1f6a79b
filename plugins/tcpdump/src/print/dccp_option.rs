//! The options of DCCP.

use super::prelude::*;

const OPTIONS: &Table = &[
    (0, "nop"),
    (1, "mandatory"),
    (2, "slowreceiver"),
    (32, "change_l"),
    (33, "confirm_l"),
    (34, "change_r"),
    (35, "confirm_r"),
    (36, "initcookie"),
    (37, "ndp_count"),
    (38, "ack_vector0"),
    (39, "ack_vector1"),
    (40, "data_dropped"),
    (41, "timestamp"),
    (42, "timestamp_echo"),
    (43, "elapsed_time"),
    (44, "data_checksum"),
];
const FEATURES: &Table = &[
    (0, "reserved"),
    (1, "ccid"),
    (2, "allow_short_seqno"),
    (3, "sequence_window"),
    (4, "ecn_incapable"),
    (5, "ack_ratio"),
    (6, "send_ack_vector"),
    (7, "send_ndp_count"),
    (8, "minimum_checksum_coverage"),
    (9, "check_data_checksum"),
];

/// Prints options; false when one is invalid.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done<bool> {
    p.text(" <");
    let (mut at, mut left) = (0, length);
    loop {
        let Some(size) = option(p, b.tail(at), left)? else {
            return Ok(false);
        };
        if left <= size {
            p.text(">");
            return Ok(true);
        }
        left -= size;
        at += size;
        p.text(", ");
    }
}

/// Prints an option; its length, none when it is invalid.
fn option(p: &mut Printer, b: &[u8], left: usize) -> Done<Option<usize>> {
    let kind = b.u8(0)?;
    match kind {
        128.. => write!(p, "CCID option {kind}"),
        _ => p.name(OPTIONS, kind, "option-type-%u"),
    }
    let size = if kind >= 32 { usize::from(b.u8(1)?) } else { 1 };
    if kind >= 32 && size < 2 {
        write!(p, " [optlen {size} < 2]");
        return Ok(None);
    }
    if left < size {
        write!(p, " [remaining length {left} < {size}]");
        return Ok(None);
    }
    let (least, most) = match kind {
        32 | 34 => (4, usize::MAX),
        33 | 35 | 36 | 38..=40 => (3, usize::MAX),
        37 => (3, 8),
        41 | 44 => (6, 6),
        _ => (0, usize::MAX),
    };
    if size < least || size > most {
        match (least == most, size < least) {
            (true, _) => write!(p, " [optlen {size} != {least}]"),
            (false, true) => write!(p, " [optlen {size} < {least}]"),
            (false, false) => write!(p, " [optlen {size} > {most}]"),
        }
        return Ok(None);
    }
    match (kind, size) {
        (0..=2, _) => {}
        (32..=35, _) => {
            let feature = b.u8(2)?;
            write!(
                p,
                " {}",
                tok(FEATURES, feature.into(), "feature-number-%u (invalid)")
            );
            decimals(p, b, 3, size)?;
        }
        (37, _) => decimals(p, b, 2, size)?,
        (36 | 38..=40 | 44, _) => hexadecimal(p, b, size)?,
        (41, _) | (42 | 43 | 128.., 6) => write!(p, " {}", b.be32(2)?),
        (42, 8) => {
            write!(p, " {}", b.be32(2)?);
            write!(p, " (elapsed time {})", b.be16(6)?);
        }
        (42, 10) => {
            write!(p, " {}", b.be32(2)?);
            write!(p, " (elapsed time {})", b.be32(6)?);
        }
        (43 | 128.., 4) => write!(p, " {}", b.be16(2)?),
        (42, _) => {
            p.text(" [optlen != 6 or 8 or 10]");
            return Ok(None);
        }
        (43, _) => {
            p.text(" [optlen != 4 or 6]");
            return Ok(None);
        }
        (128.., _) => hexadecimal(p, b, size)?,
        _ => return Ok(None),
    }
    Ok(Some(size))
}

fn decimals(p: &mut Printer, b: &[u8], from: usize, to: usize) -> Done {
    for at in from..to {
        write!(p, " {}", b.u8(at)?);
    }
    Ok(())
}

fn hexadecimal(p: &mut Printer, b: &[u8], size: usize) -> Done {
    p.text(" 0x");
    for at in 2..size {
        write!(p, "{:02x}", b.u8(at)?);
    }
    Ok(())
}
