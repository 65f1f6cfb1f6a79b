//! BOOTP (RFC 951) and DHCP (RFC 2131).

use super::bootp_option;
use super::prelude::*;

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "bootp";
    let operation = b.u8(0)?;
    p.text("BOOTP/DHCP, ");
    p.name(
        &[(1, "Request"), (2, "Reply")],
        operation,
        "unknown (0x%02x)",
    );
    let (hardware, long) = (b.u8(1)?, b.u8(2)?);
    let ethernet = hardware == 1 && long == 6;
    if ethernet && operation == 1 {
        p.text(" from ");
        p.mac_at(b, 28)?;
    }
    write!(p, ", length {length}");
    if !p.v(1) {
        return Ok(());
    }
    let seconds = b.be16(8)?;
    if hardware != 1 {
        write!(p, ", htype {hardware}");
    }
    if !ethernet {
        write!(p, ", hlen {long}");
    }
    let (hops, transaction) = (b.u8(3)?, b.be32(4)?);
    if hops != 0 {
        write!(p, ", hops {hops}");
    }
    if transaction != 0 {
        write!(p, ", xid 0x{transaction:x}");
    }
    if seconds != 0 {
        write!(p, ", secs {seconds}");
    }
    let flags = b.be16(10)?;
    write!(
        p,
        ", Flags [{}]",
        bits(&[(0x8000, "Broadcast")], flags.into(), "none", ", ")
    );
    if p.v(2) {
        write!(p, " (0x{flags:04x})");
    }
    for (name, at) in [
        ("Client-IP", 12),
        ("Your-IP", 16),
        ("Server-IP", 20),
        ("Gateway-IP", 24),
    ] {
        if b.be32(at)? != 0 {
            write!(p, "\n\t  {name} ");
            p.v4_at(b, at)?;
        }
    }
    if ethernet {
        p.text("\n\t  Client-Ethernet-Address ");
        p.mac_at(b, 28)?;
    }
    for (name, at, most) in [("sname", 44, 64), ("file", 108, 128)] {
        if b.u8(at)? == 0 {
            continue;
        }
        write!(p, "\n\t  {name} \"");
        let end = p.zero_ended(b, at, most);
        if end.is_none() && b.len() < at + most {
            return Err(Cut);
        }
        p.text("\"");
        if end.is_none() {
            p.invalid();
            return Ok(());
        }
    }
    match b.be32(236)? {
        0x6382_5363 => bootp_option::print(p, b.tail(236)),
        0x434d_5500 => carnegie_mellon(p, b.tail(236)),
        0 => Ok(()),
        vendor => {
            write!(p, "\n\t  Vendor-#0x{vendor:x}");
            Ok(())
        }
    }
}

/// Vendor information of Carnegie Mellon University, from before RFC 1048.
fn carnegie_mellon(p: &mut Printer, b: &[u8]) -> Done {
    p.text(" vend-cmu");
    b.be32(4)?;
    let flags = b.u8(4)?;
    if flags & !1 != 0 {
        write!(p, " F:0x{flags:x}");
    }
    let mask = if flags & 1 != 0 { "SM" } else { "SM*" };
    let addresses = [
        ("DG", 12),
        (mask, 8),
        ("NS1", 16),
        ("NS2", 20),
        ("IEN1", 24),
        ("IEN2", 28),
        ("TS1", 32),
        ("TS2", 36),
    ];
    for (name, at) in addresses {
        if b.be32(at)? != 0 {
            write!(p, " {name}:");
            p.v4_at(b, at)?;
        }
    }
    Ok(())
}
