//! The lightweight resolver of BIND.

use super::domain_record::{CLASSES, TYPES};
use super::prelude::*;

const OPCODES: &Table = &[
    (0, "noop"),
    (65537, "getaddrsbyname"),
    (65538, "getnamebyaddr"),
    (65539, "getrdatabyname"),
];

const NO_OPERATION: u32 = 0;
const ADDRESSES: u32 = 0x10001;
const NAME: u32 = 0x10002;
const RECORDS: u32 = 0x10003;

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "lwres";
    b.octets(26, 2)?;
    p.text(" lwres");
    let version = b.be16(4)?;
    if p.v(1) || version != 0 {
        write!(p, " v{version}");
    }
    let told = b.be32(0)? as usize;
    if version != 0 {
        b.octets(0, told)?;
        return end(p, told, length, Some(told));
    }
    let flags = b.be16(6)?;
    let response = flags & 1 != 0;
    let opcode = b.be32(12)?;
    p.text(" ");
    p.name(OPCODES, opcode, "#0x%x");
    p.text(if response { "" } else { "?" });
    if flags & !1 != 0 {
        write!(p, "[0x{:x}]", flags);
    }
    if p.v(2) {
        write!(
            p,
            " (serial:0x{:x} result:0x{:x} recvlen:{}",
            b.be32(8)?,
            b.be32(16)?,
            b.be32(20)?
        );
        if p.v(3) {
            write!(p, " authtype:0x{:x} authlen:{}", b.be16(24)?, b.be16(26)?);
        }
        p.text(")");
    }
    let stop = match (opcode, response) {
        (NO_OPERATION, _) => Some(28),
        (ADDRESSES, false) => Some(addresses_wanted(p, b)?),
        (NAME, false) => {
            let flags = b.be32(28)?;
            if p.v(3) {
                write!(p, " flags:0x{flags:x}");
            }
            match address(p, b, 32)? {
                Some(next) => Some(next),
                None => return invalid(p),
            }
        }
        (RECORDS, false) => {
            b.octets(36, 2)?;
            record_kind(p, b)?;
            Some(name(p, b, 38, b.be16(36)?.into())?)
        }
        (ADDRESSES, true) => match addresses(p, b)? {
            Some(next) => Some(next),
            None => return invalid(p),
        },
        (NAME, true) => {
            b.octets(34, 2)?;
            if p.v(3) {
                write!(p, " flags:0x{:x}", b.be32(28)?);
            }
            let aliases = b.be16(32)?;
            write!(p, " {aliases}");
            let next = name(p, b, 36, b.be16(34)?.into())?;
            Some(names(p, b, next, aliases)?)
        }
        (RECORDS, true) => Some(records(p, b)?),
        _ => None,
    };
    end(p, told, length, stop)
}

fn invalid(p: &mut Printer) -> Done {
    p.invalid();
    Ok(())
}

fn end(p: &mut Printer, told: usize, length: usize, stop: Option<usize>) -> Done {
    if told != length {
        write!(p, " [len: {told} != {length}]");
    }
    if stop.is_some_and(|stop| stop < told) {
        p.text("[extra]");
    }
    Ok(())
}

fn name(p: &mut Printer, b: &[u8], at: usize, size: usize) -> Done<usize> {
    p.text(" ");
    p.string_at(b, at, size)?;
    if b.u8(at + size)? != 0 {
        p.text(" (not NUL-terminated!)");
    }
    Ok(at + size + 1)
}

fn names(p: &mut Printer, b: &[u8], at: usize, count: u16) -> Done<usize> {
    let mut at = at;
    for _ in 0..count {
        at = name(p, b, at + 2, b.be16(at)?.into())?;
    }
    Ok(at)
}

fn address(p: &mut Printer, b: &[u8], at: usize) -> Done<Option<usize>> {
    let size = usize::from(b.be16(at + 4)?);
    let v = b.octets(at + 6, size)?;
    let family = b.be32(at)?;
    let taken = match family {
        1 | 2 => {
            let needed = if family == 1 { 4 } else { 16 };
            if size < needed {
                return Ok(None);
            }
            p.text(" ");
            match family {
                1 => p.v4_at(v, 0)?,
                _ => p.v6_at(v, 0)?,
            }
            needed
        }
        _ => {
            write!(p, " {family}/");
            p.hex(v, "");
            size
        }
    };
    Ok(Some(at + 6 + taken))
}

fn addresses_wanted(p: &mut Printer, b: &[u8]) -> Done<usize> {
    b.octets(36, 2)?;
    if p.v(3) {
        write!(p, " flags:0x{:x}", b.be32(28)?);
    }
    let kinds = b.be32(32)?;
    p.text(match kinds & 3 {
        1 => " IPv4",
        2 => " IPv6",
        3 => " IPv4/6",
        _ => "",
    });
    if kinds & !3 != 0 {
        write!(p, "[0x{kinds:x}]");
    }
    name(p, b, 38, b.be16(36)?.into())
}

fn addresses(p: &mut Printer, b: &[u8]) -> Done<Option<usize>> {
    b.octets(36, 2)?;
    if p.v(3) {
        write!(p, " flags:0x{:x}", b.be32(28)?);
    }
    let (aliases, count) = (b.be16(32)?, b.be16(34)?);
    write!(p, " {aliases}/{count}");
    let next = name(p, b, 38, b.be16(36)?.into())?;
    let mut at = names(p, b, next, aliases)?;
    for _ in 0..count {
        match address(p, b, at)? {
            Some(next) => at = next,
            None => return Ok(None),
        }
    }
    Ok(Some(at))
}

fn record_kind(p: &mut Printer, b: &[u8]) -> Done {
    if p.v(3) {
        write!(p, " flags:0x{:x}", b.be32(28)?);
    }
    let (class, kind) = (b.be16(32)?, b.be16(34)?);
    p.text(" ");
    p.name(TYPES, kind, "Type%u");
    if class != 1 {
        p.text(" ");
        p.name(CLASSES, class, "Class%u");
    }
    Ok(())
}

fn records(p: &mut Printer, b: &[u8]) -> Done<usize> {
    b.octets(42, 2)?;
    record_kind(p, b)?;
    p.text(" TTL ");
    p.span(b.be32(36)?);
    let (records, signatures) = (b.be16(40)?, b.be16(42)?);
    write!(p, " {records}/{signatures}");
    let mut at = names(p, b, 44, 1)?;
    for _ in 0..u32::from(records) + u32::from(signatures) {
        let size = usize::from(b.be16(at)?);
        p.hex(b.tail(at + 2).upto(size), "");
        b.octets(at + 2, size)?;
        at += 2 + size;
    }
    Ok(at)
}
