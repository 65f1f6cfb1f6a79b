//! RIPng (RFC 2080).

use super::prelude::*;

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "ripng";
    let version = b.u8(1)?;
    if version != 1 {
        write!(p, "ripng [version {version}, must be 1]");
        p.invalid();
        return Ok(());
    }
    let command = b.u8(0)?;
    let name = match command {
        1 => "req",
        2 => "resp",
        _ => {
            write!(p, " ripng-{command} ?? {length}");
            p.invalid();
            return Ok(());
        }
    };
    if length < 4 {
        p.invalid();
        return Ok(());
    }
    let (count, rest) = ((length - 4) / 20, (length - 4) % 20);
    if command == 1 && count == 1 && b.u8(23)? == 16 && b.octets(4, 16)? == [0; 16] {
        p.text(" ripng-req dump");
        return Ok(());
    }
    write!(p, " ripng-{name} {count}");
    if rest != 0 {
        write!(p, "[{length}]");
    }
    p.text(":");
    for at in (0..count).map(|place| 4 + place * 20) {
        p.text(if p.v(2) { "\n\t" } else { " " });
        let prefix = b.u8(at + 18)?;
        p.v6_at(b, at)?;
        write!(p, "/{prefix}");
        let tag = b.be16(at + 16)?;
        if tag != 0 {
            write!(p, " [{tag}]");
        }
        let metric = b.u8(at + 19)?;
        if metric != 0 && command == 2 {
            write!(p, " ({metric})");
        }
    }
    if rest != 0 {
        p.invalid();
    }
    Ok(())
}
