//! DHCP for IPv6 (RFC 8415).

use super::dhcp6_option as option;
use super::prelude::*;

const MESSAGES: &Table = &[
    (1, "solicit"),
    (2, "advertise"),
    (3, "request"),
    (4, "confirm"),
    (5, "renew"),
    (6, "rebind"),
    (7, "reply"),
    (8, "release"),
    (9, "decline"),
    (10, "reconfigure"),
    (11, "inf-req"),
    (12, "relay-fwd"),
    (13, "relay-reply"),
    (14, "leasequery"),
    (15, "leasequery-reply"),
];

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "dhcp6";
    p.text("dhcp6");
    let b = b.upto(length);
    let transaction = b.be32(0)?;
    let kind = b.u8(0)?;
    p.text(" ");
    p.name(MESSAGES, kind, "msgtype-%u");
    if !p.v(1) {
        return Ok(());
    }
    p.text(" (");
    match kind {
        12 | 13 => {
            p.text("linkaddr=");
            p.v6_at(b, 2)?;
            p.text(" peeraddr=");
            p.v6_at(b, 18)?;
            option::print(p, b.tail(34))?;
        }
        _ => {
            write!(p, "xid={:x}", transaction & 0x00ff_ffff);
            option::print(p, b.tail(4))?;
        }
    }
    p.text(")");
    Ok(())
}
