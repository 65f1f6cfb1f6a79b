//! GRE (RFC 2784, 1701, 2637), with WCCP, ERSPAN and EoIP over it.

use super::prelude::*;
use super::{cdp, erspan, ethernet, ethertype, ip, ip6, isoclns, mpls, nhrp, nsh, ppp};

const FLAGS: &Table = &[
    (0x8000, "checksum present"),
    (0x4000, "routing present"),
    (0x2000, "key present"),
    (0x1000, "sequence# present"),
    (0x0800, "source routing present"),
    (0x0080, "ack present"),
];
const EOIP: u16 = 0x6400;

/// Reads fields one after the other, each within the length.
struct Fields<'a> {
    b: &'a [u8],
    left: usize,
}

impl<'a> Fields<'a> {
    /// The next octets; none when the length is too short for them, after that was said.
    fn take(&mut self, p: &mut Printer, count: usize) -> Done<Option<&'a [u8]>> {
        if self.left < count {
            p.bad("len", self.left, "<", count);
            return Ok(None);
        }
        let field = self.b.octets(0, count)?;
        self.b = self.b.tail(count);
        self.left -= count;
        Ok(Some(field))
    }
}

/// Prints a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "gre";
    p.text("GRE");
    if length < 2 {
        p.bad("length", length, "<", 2);
        return Ok(());
    }
    let version = b.be16(0)? & 7;
    write!(p, "v{version}");
    let fields = Fields { b, left: length };
    match version {
        0 => version0(p, fields, length).map(|_| ()),
        1 => version1(p, fields, length).map(|_| ()),
        _ => {
            p.text(" ERROR: unknown-version");
            Ok(())
        }
    }
}

fn head(p: &mut Printer, f: &mut Fields<'_>) -> Done<Option<(u16, u16)>> {
    let Some(flags) = f.take(p, 2)? else {
        return Ok(None);
    };
    let flags = flags.be16(0)?;
    if p.v(1) {
        write!(p, ", Flags [{}]", bits(FLAGS, flags.into(), "none", ", "));
    }
    let Some(kind) = f.take(p, 2)? else {
        return Ok(None);
    };
    Ok(Some((flags, kind.be16(0)?)))
}

fn carried(p: &mut Printer, kind: u16, length: usize) {
    if p.set.link {
        write!(
            p,
            ", proto {} (0x{kind:04x})",
            tok(ethertype::NAMES, kind.into(), "unknown")
        );
    }
    write!(p, ", length {length}");
}

/// None when it ended early.
fn version0(p: &mut Printer, mut f: Fields<'_>, length: usize) -> Done<Option<()>> {
    let Some((flags, kind)) = head(p, &mut f)? else {
        return Ok(None);
    };
    if flags & 0xc000 != 0 {
        let Some(sum) = f.take(p, 2)? else {
            return Ok(None);
        };
        if p.v(1) {
            write!(p, ", sum 0x{:x}", sum.be16(0)?);
        }
        let Some(offset) = f.take(p, 2)? else {
            return Ok(None);
        };
        write!(p, ", off 0x{:x}", offset.be16(0)?);
    }
    if flags & 0x2000 != 0 {
        let Some(key) = f.take(p, 4)? else {
            return Ok(None);
        };
        write!(p, ", key=0x{:x}", key.be32(0)?);
    }
    if flags & 0x1000 != 0 {
        let Some(sequence) = f.take(p, 4)? else {
            return Ok(None);
        };
        write!(p, ", seq {}", sequence.be32(0)?);
    }
    if flags & 0x4000 != 0 && routes(p, &mut f)?.is_none() {
        return Ok(None);
    }
    carried(p, kind, length);
    p.text(if p.v(1) { "\n\t" } else { ": " });
    let mut kind = kind;
    if kind == 0x883e {
        p.text("wccp ");
        if f.left < 1 {
            p.bad("len", f.left, "<", 1);
            return Ok(None);
        }
        if f.b.u8(0)? >> 4 != 4 {
            let Some(redirect) = f.take(p, 4)? else {
                return Ok(None);
            };
            let flags = redirect.u8(0)?;
            let (t, a, u) = (flags >> 7, flags >> 6 & 1, flags >> 5 & 1);
            let (service, alternate, primary) = (redirect.u8(1)?, redirect.u8(2)?, redirect.u8(3)?);
            write!(
                p,
                "T:{t} A:{a} U:{u} SId:{service} Alt:{alternate} Pri:{primary}: "
            );
        }
        kind = 0x0800;
    }
    let (b, left) = (f.b, f.left);
    match kind {
        0 => p.text("keep-alive"),
        0x0800 => ip::print(p, b, left)?,
        0x86dd => ip6::print(p, b, left)?,
        0x8847 | 0x8848 => mpls::print(p, b, left)?,
        0x00fe => isoclns::print(p, b, left)?,
        0x6558 => ethernet::print(p, b, left).map(|_| ())?,
        0x2000 => cdp::print(p, b, left)?,
        0x2001 => nhrp::print(p, b, left)?,
        0x894f => nsh::print(p, b, left)?,
        0x88be => erspan::print(p, flags & 0x1000 != 0, b, left)?,
        0x22eb => erspan::print3(p, b, left)?,
        _ => write!(p, "gre-proto-0x{kind:x}"),
    }
    Ok(Some(()))
}

fn version1(p: &mut Printer, mut f: Fields<'_>, length: usize) -> Done<Option<()>> {
    let Some((flags, kind)) = head(p, &mut f)? else {
        return Ok(None);
    };
    if kind == EOIP && flags & !7 != 0x2000 {
        write!(p, " unknown-eoip-flags-{flags:04x}!");
        return Ok(None);
    }
    if flags & 0x2000 != 0 {
        let Some(_) = f.take(p, 2)? else {
            return Ok(None);
        };
        // EoIP has its number in the other order of octets, and is printed as if it had not.
        let Some(call) = f.take(p, 2)? else {
            return Ok(None);
        };
        let what = if kind == EOIP { "tunnel-id" } else { "call" };
        write!(p, ", {what} {}", call.be16(0)?);
    } else {
        p.text(", (ERROR: K flag not set)");
    }
    if flags & 0x1000 != 0 {
        let Some(sequence) = f.take(p, 4)? else {
            return Ok(None);
        };
        write!(p, ", seq {}", sequence.be32(0)?);
    }
    if flags & 0x0080 != 0 {
        let Some(acknowledged) = f.take(p, 4)? else {
            return Ok(None);
        };
        write!(p, ", ack {}", acknowledged.be32(0)?);
    }
    let empty = kind != EOIP && flags & 0x1000 == 0;
    if empty {
        p.text(", no-payload");
    }
    carried(p, kind, length);
    if empty {
        return Ok(None);
    }
    p.text(if p.v(1) { "\n\t" } else { ": " });
    match kind {
        0x880b => ppp::print(p, f.b, f.left).map(|_| ())?,
        EOIP if f.left == 0 => p.text("keepalive"),
        EOIP => ethernet::print(p, f.b, f.left).map(|_| ())?,
        _ => write!(p, "gre-proto-0x{kind:x}"),
    }
    Ok(Some(()))
}

/// Source routes (RFC 1701).
fn routes(p: &mut Printer, f: &mut Fields<'_>) -> Done<Option<()>> {
    loop {
        let Some(entry) = f.take(p, 4)? else {
            return Ok(None);
        };
        let (family, offset, size) = (
            entry.be16(0)?,
            usize::from(entry.u8(2)?),
            usize::from(entry.u8(3)?),
        );
        if family == 0 && size == 0 {
            return Ok(Some(()));
        }
        let (name, unit) = match family {
            0x0800 => ("ip", 4),
            0xfffe => ("asn", 2),
            _ => {
                write!(p, ", (rtaf=0x{family:x})");
                if f.take(p, size)?.is_none() {
                    return Ok(None);
                }
                continue;
            }
        };
        write!(p, ", (rtaf={name}");
        let fits = route(p, f.b, f.left, (offset, size), unit)?;
        p.text(")");
        if !fits {
            p.invalid();
            return Ok(None);
        }
        if f.take(p, size)?.is_none() {
            return Ok(None);
        }
    }
}

fn route(
    p: &mut Printer,
    b: &[u8],
    left: usize,
    (offset, size): (usize, usize),
    unit: usize,
) -> Done<bool> {
    if offset % unit != 0 {
        write!(p, ", badoffset={offset}");
        return Ok(false);
    }
    if size % unit != 0 {
        write!(p, ", badlength={size}");
        return Ok(false);
    }
    if offset >= size {
        write!(p, ", badoff/len={offset}/{size}");
        return Ok(false);
    }
    for at in (0..size).step_by(unit) {
        if left - at.min(left) < unit {
            write!(p, " [len {} < {unit}]", left - at.min(left));
            return Ok(false);
        }
        let mark = if at == offset { "*" } else { "" };
        match unit {
            4 => {
                let [first, second, third, fourth] = b.array(at)?;
                write!(p, " {mark}{first}.{second}.{third}.{fourth}");
            }
            _ => write!(p, " {mark}{:x}", b.be16(at)?),
        }
    }
    Ok(true)
}
