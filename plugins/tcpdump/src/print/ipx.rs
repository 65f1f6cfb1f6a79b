//! IPX: NetWare's packets.

use super::eigrp;
use super::ipx_names::SERVICES;
use super::prelude::*;

fn address(p: &mut Printer, b: &[u8], at: usize) -> Done {
    let (network, node) = (b.be32(at)?, b.octets(at + 4, 6)?);
    write!(p, "{network:08x}.");
    p.hex(node, ":");
    Ok(())
}

/// Prints a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8]) -> Done {
    p.protocol = "ipx";
    p.text(if p.set.link { "" } else { "IPX " });
    let from = b.octets(18, 12)?.be16(10)?;
    address(p, b, 18)?;
    write!(p, ".{from:04x} > ");
    let to = b.be16(16)?;
    address(p, b, 6)?;
    write!(p, ".{to:04x}: ");
    let length = usize::from(b.be16(2)?);
    if length < 30 {
        write!(p, "[length {length} < 30]");
        p.invalid();
        return Ok(());
    }
    let (b, length) = (b.tail(30), length - 30);
    match to {
        0x451 => write!(p, "ipx-ncp {length}"),
        0x452 => return services(p, b, length),
        0x453 => return routes(p, b, length),
        0x455 => write!(p, "ipx-netbios {length}"),
        0x456 => write!(p, "ipx-diags {length}"),
        0x553 => write!(p, "ipx-nwlink-dgm {length}"),
        0x85be => return eigrp::print(p, b, length),
        _ => write!(p, "ipx-#{to:x} {length}"),
    }
    Ok(())
}

fn reject(p: &mut Printer, left: usize, least: usize) -> Done {
    p.bad("length", left, "<", least);
    Ok(())
}

/// The name of a service, or its number.
fn service(p: &mut Printer, kind: u16) {
    match p.set.numeric {
        0 => p.name(SERVICES, kind, "%04x"),
        _ => write!(p, "{kind:04x}"),
    }
}

fn services(p: &mut Printer, b: &[u8], length: usize) -> Done {
    let command = b.be16(0)?;
    if length < 2 {
        return reject(p, length, 2);
    }
    match command {
        1 | 3 => {
            let kind = b.be16(2)?;
            p.text(if command == 1 {
                "ipx-sap-req "
            } else {
                "ipx-sap-nearest-req "
            });
            service(p, kind);
        }
        2 | 4 => {
            p.text(if command == 2 {
                "ipx-sap-resp"
            } else {
                "ipx-sap-nearest-resp"
            });
            let mut at = 2;
            for _ in 0..8 {
                if at >= length {
                    break;
                }
                if length - at < 2 {
                    return reject(p, length - at, 2);
                }
                let kind = b.be16(at)?;
                p.text(" ");
                service(p, kind);
                p.text(" '");
                if length - at < 50 {
                    p.text("'");
                    p.invalid();
                    return Ok(());
                }
                p.padded_string_at(b, at + 2, 48)?;
                p.text("'");
                if length - at < 60 {
                    return reject(p, length - at - 50, 10);
                }
                b.octets(at + 50, 10)?;
                p.text(" addr ");
                address(p, b, at + 50)?;
                if length - at < 64 {
                    return reject(p, length - at - 60, 4);
                }
                b.octets(at + 60, 4)?;
                at += 64;
            }
        }
        _ => write!(p, "ipx-sap-?{command:x}"),
    }
    Ok(())
}

fn routes(p: &mut Printer, b: &[u8], length: usize) -> Done {
    let command = b.be16(0)?;
    if length < 2 {
        return reject(p, length, 2);
    }
    let most = match command {
        1 => 1,
        2 => 50,
        _ => {
            write!(p, "ipx-rip-?{command:x}");
            return Ok(());
        }
    };
    p.text(if command == 1 {
        "ipx-rip-req"
    } else {
        "ipx-rip-resp"
    });
    let mut at = 2;
    for _ in 0..most {
        if at >= length {
            break;
        }
        if length - at < 8 {
            return reject(p, length - at, 8);
        }
        let (network, hops, ticks) = (b.be32(at)?, b.be16(at + 4)?, b.be16(at + 6)?);
        write!(p, " {network:08x}/{hops}.{ticks}");
        at += 8;
    }
    Ok(())
}
