//! The loopback of Ethernet's configuration testing protocol.

use super::prelude::*;

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "loopback";
    p.text("Loopback");
    let invalid = |p: &mut Printer, b: &[u8], left: usize, limit: usize| {
        p.bad("length", left, "<", limit);
        b.octets(0, left).map(|_| ())
    };
    if length < 2 {
        return invalid(p, b, length, 2);
    }
    let skip = usize::from(b.le16(0)?);
    let (b, length) = (b.tail(2), length - 2);
    write!(p, ", skipCount {skip}");
    if skip % 8 != 0 {
        p.text(" (bogus)");
    }
    if length < skip {
        p.bad("length", length, "<", skip);
        return b.octets(0, length).map(|_| ());
    }
    b.octets(0, skip)?;
    let (b, length) = (b.tail(skip), length - skip);
    if length < 2 {
        return invalid(p, b, length, 2);
    }
    let function = b.le16(0)?;
    let (b, length) = (b.tail(2), length - 2);
    p.text(", ");
    p.name(
        &[(1, "Reply"), (2, "Forward Data")],
        function,
        " invalid (%u)",
    );
    let rest = match function {
        1 if length < 2 => return invalid(p, b, length, 2),
        1 => {
            write!(p, ", receipt number {}", b.le16(0)?);
            2
        }
        2 if length < 6 => return invalid(p, b, length, 6),
        2 => {
            p.text(", forwarding address ");
            p.mac_at(b, 0)?;
            6
        }
        _ => return b.octets(0, length).map(|_| ()),
    };
    write!(p, ", data ({} octets)", length - rest);
    b.octets(rest, length - rest).map(|_| ())
}
