//! Arista's header with the time at which a switch saw a frame.

use super::prelude::*;
use super::time::{self, Civil};

/// Prints the header; its length, 0 when it is not known.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done<usize> {
    if b.len() < 2 || length < 2 {
        p.text("[|arista]");
        return Ok(0);
    }
    p.protocol = "arista";
    let kind = b.be16(0)?;
    write!(
        p,
        "SubType {} (0x{kind:04x}), ",
        tok(&[(1, "Timestamp")], kind.into(), "Unknown")
    );
    if kind != 1 {
        return Ok(0);
    }
    let scale = b.u8(2)?;
    write!(
        p,
        "Timescale {} ({scale}), ",
        tok(&[(0, "TAI"), (1, "UTC")], scale.into(), "Unknown")
    );
    let (form, hardware) = (b.u8(3)? >> 4, b.u8(3)? & 15);
    write!(
        p,
        "Format {} ({form}), HwInfo {} ({hardware}), Timestamp ",
        tok(&[(1, "64-bit"), (2, "48-bit")], form.into(), "Unknown"),
        tok(&[(0, "R/R2"), (1, "R3")], hardware.into(), "Unknown"),
    );
    let size = match form {
        1 => {
            let Civil {
                year,
                month,
                day,
                hour,
                minute,
                second,
                ..
            } = time::civil(b.be32(4)?.into());
            write!(
                p,
                "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}."
            );
            nanoseconds(p, b.be32(8)?);
            12
        }
        2 => {
            write!(p, "{}.", b.be16(4)?);
            nanoseconds(p, b.be32(6)?);
            10
        }
        _ => return Ok(0),
    };
    p.text(": ");
    Ok(size)
}

fn nanoseconds(p: &mut Printer, count: u32) {
    write!(p, "{count:09}");
    p.text(if count > 999_999_999 {
        " (invalid ns)"
    } else {
        ""
    });
}
