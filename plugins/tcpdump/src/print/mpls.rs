//! MPLS (RFC 3032).

use super::prelude::*;
use super::{ip, ip6, isoclns};

/// Prints a stack of labels and what is below it.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "mpls";
    p.text("MPLS");
    let mut at = 0;
    let label = loop {
        if length - at < 4 {
            p.invalid();
            b.octets(at, length - at)?;
            return Ok(());
        }
        let entry = b.be32(at)?;
        let label = entry >> 12;
        p.text(if at > 0 && p.v(1) { "\n\t" } else { " " });
        write!(p, "(label {label}");
        if p.v(1) && label < 16 {
            p.text(match label {
                0 => " (IPv4 explicit NULL)",
                1 => " (router alert)",
                2 => " (IPv6 explicit NULL)",
                3 => " (implicit NULL)",
                _ => " (rsvd)",
            });
        }
        write!(p, ", tc {}", entry >> 9 & 7);
        let last = entry & 0x100 != 0;
        if last {
            p.text(", [S]");
        }
        write!(p, ", ttl {})", entry & 0xff);
        at += 4;
        if last {
            break label;
        }
    };
    let (b, length) = (b.tail(at), length - at);
    // The label tells the protocol in three cases, else its first octet does.
    let first = match label {
        0 | 3 => 0x45,
        2 => 0x60,
        _ if length == 0 => return Ok(()),
        _ => b.u8(0)?,
    };
    let separator = if p.v(1) { "\n\t" } else { " " };
    match first {
        0x45..=0x4f => {
            p.text(separator);
            ip::print(p, b, length)
        }
        0x60..=0x6f => {
            p.text(separator);
            ip6::print(p, b, length)
        }
        0x81..=0x83 => {
            p.text(separator);
            isoclns::print(p, b, length)
        }
        _ => {
            p.octets_of_unknown(b.upto(length));
            if b.len() < length && !p.set.dumps() {
                return Err(Cut);
            }
            Ok(())
        }
    }
}
