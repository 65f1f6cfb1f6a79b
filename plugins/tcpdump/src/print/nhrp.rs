//! NHRP (RFC 2332): who is the next hop on a network without broadcast.

use super::prelude::*;

const KINDS: &Table = &[
    (1, "res request"),
    (2, "res reply"),
    (3, "reg request"),
    (4, "reg reply"),
    (5, "purge request"),
    (6, "purge reply"),
    (7, "error indication"),
    (8, "traffic indication"),
];
const ERRORS: &Table = &[
    (1, "unrecognized extension"),
    (3, "NHRP loop detected"),
    (6, "protocol address unreachable"),
    (7, "protocol error"),
    (8, "NHRP SDU size exceeded"),
    (9, "invalid extension"),
    (10, "invalid NHRP resolution reply received"),
    (11, "authentication failure"),
    (15, "hop count exceeded"),
];
const INDICATIONS: &Table = &[(0, "NHRP traffic redirect/indirection")];
const FIXED: usize = 20;
const MANDATORY: usize = 8;
const ENTRY: usize = 12;
const MAC: u16 = 6;

/// Which addresses a message has.
#[derive(Clone, Copy)]
struct Families {
    link: u16,
    protocol: u16,
}

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "nhrp";
    p.protocol_caps();
    p.text(": ");
    if length < FIXED {
        p.bad("length", length, "<", FIXED);
        return Ok(());
    }
    match b.u8(16)? {
        1 => {}
        version => {
            write!(p, "unknown-version-{version:02x}");
            return Ok(());
        }
    }
    let families = Families {
        link: b.be16(0)?,
        protocol: b.be16(2)?,
    };
    let size = usize::from(b.be16(10)?);
    if size < FIXED {
        p.bad("pktsz", size, "<", FIXED);
        return Ok(());
    }
    let extensions = usize::from(b.be16(14)?);
    let kind = b.u8(17)?;
    p.name(KINDS, kind, "unknown-op-type-%04x");
    if extensions > size {
        p.bad("extoff", extensions, ">", size);
        return Ok(());
    }
    if extensions != 0 && extensions < FIXED {
        p.bad("extoff", extensions, "<", FIXED);
        return Ok(());
    }
    let end = if extensions == 0 { size } else { extensions };
    let mandatory = (end - FIXED).min(length - FIXED);
    b.octets(0, FIXED)?;
    if mandatory < MANDATORY {
        p.bad("mand_part_len", mandatory, "<", MANDATORY);
        return Ok(());
    }
    b.octets(FIXED, MANDATORY)?;
    let code = b.be16(FIXED + 4)?;
    match kind {
        1..=6 => write!(p, ", id {}", b.be32(FIXED + 4)?),
        7 => write!(
            p,
            ", error <{}>",
            tok(ERRORS, code.into(), "unknown-err-code-%u")
        ),
        8 => write!(
            p,
            ", code <{}>",
            tok(INDICATIONS, code.into(), "unknown-traffic-code-%u")
        ),
        _ => {}
    }
    let mut part = Part {
        b: b.tail(FIXED + MANDATORY),
        left: mandatory - MANDATORY,
    };
    if part.addresses(p, b, families)? && matches!(kind, 1..=6) {
        while part.left != 0 {
            if !part.entry(p, families)? {
                break;
            }
        }
    }
    Ok(())
}

/// What is left of the mandatory part.
struct Part<'a> {
    b: &'a [u8],
    left: usize,
}

impl<'a> Part<'a> {
    fn take(&mut self, count: usize) -> Done<&'a [u8]> {
        let b = self.b;
        let taken = b.octets(0, count)?;
        self.b = b.tail(count);
        self.left = self.left.saturating_sub(count);
        Ok(taken)
    }

    fn short(&self, p: &mut Printer, what: &str, size: usize) -> bool {
        let short = self.left < size;
        if short {
            p.bad(what, self.left, "<", size);
        }
        short
    }

    /// The addresses of source and destination; false when there was not room for them.
    fn addresses(&mut self, p: &mut Printer, b: &[u8], families: Families) -> Done<bool> {
        let (link, part) = (b.u8(18)?, usize::from(b.u8(19)?));
        if p.v(1) {
            write!(p, ", hopcnt {}", b.u8(9)?);
            if link & 0x80 != 0 {
                p.text(" (shtl bit 7 set)");
            }
            if link & 0x40 != 0 {
                p.text(" (nbma E.154)");
            }
        }
        let (from, to) = (usize::from(b.u8(FIXED)?), usize::from(b.u8(FIXED + 1)?));
        if link != 0 {
            if self.short(p, "mand_part_len", link.into()) {
                return Ok(false);
            }
            let address = self.take(link.into())?;
            link_address(p, families.link, ", src nbma ", address);
        }
        if part != 0 {
            if self.short(p, "mand_part_len", part) {
                return Ok(false);
            }
            self.take(part)?;
        }
        p.text(", ");
        for (size, before, after) in [(from, "", " "), (to, " ", "")] {
            if size != 0 {
                if self.short(p, "mand_part_len", size) {
                    return Ok(false);
                }
                if before.is_empty() && !matches!(families.protocol, 0x0800 | 0x86dd) {
                    write!(p, "proto type {:04x} ", families.protocol);
                }
                let address = self.take(size)?;
                p.text(before);
                protocol_address(p, families.protocol, address);
                p.text(after);
            }
            if before.is_empty() {
                p.text("->");
            }
        }
        Ok(true)
    }

    /// An entry of a client; false when there was not room for it.
    fn entry(&mut self, p: &mut Printer, families: Families) -> Done<bool> {
        const LEFT: &str = "remaining mandatory part length";
        if self.short(p, LEFT, ENTRY) {
            return Ok(false);
        }
        let head = self.b;
        write!(p, " (code {}", head.u8(0)?);
        if p.v(1) {
            write!(
                p,
                ", pl {}, mtu {}, htime {}, pref {}",
                head.u8(1)?,
                head.be16(4)?,
                head.be16(6)?,
                head.u8(11)?
            );
        }
        let (link, part, protocol) = (head.u8(8)?, head.u8(9)?, head.u8(10)?);
        if link & 0x40 != 0 {
            p.text(", nbma E.154");
        }
        self.take(ENTRY)?;
        if link != 0 {
            if self.short(p, LEFT, link.into()) {
                return Ok(false);
            }
            let address = self.take(link.into())?;
            link_address(p, families.link, ", nbma ", address);
        }
        if part != 0 {
            if self.short(p, LEFT, link.into()) {
                return Ok(false);
            }
            p.text(", unknown-nbma-saddr-family");
            self.take(part.into())?;
        }
        if protocol != 0 {
            if self.short(p, LEFT, protocol.into()) {
                return Ok(false);
            }
            let address = self.take(protocol.into())?;
            let family = families.protocol;
            if matches!(family, 0x0800 | 0x86dd) {
                p.text(", proto ");
                protocol_address(p, family, address);
            } else {
                write!(p, ", unknown-proto-family-{family:04x} (");
                p.hex(address, ":");
                p.text(")");
            }
        }
        p.text(")");
        Ok(true)
    }
}

fn link_address(p: &mut Printer, family: u16, before: &str, address: &[u8]) {
    if !matches!(family, 1 | 2 | MAC) {
        write!(p, ", unknown-nbma-addr-family-{family:04x} (");
        p.hex(address, ":");
        return p.text(")");
    }
    p.text(before);
    match (
        family,
        <[u8; 4]>::try_from(address),
        <[u8; 16]>::try_from(address),
    ) {
        (1, Ok(address), _) => p.v4(address),
        (2, _, Ok(address)) => p.v6(address),
        _ => p.hex(address, ":"),
    }
}

fn protocol_address(p: &mut Printer, family: u16, address: &[u8]) {
    match (
        family,
        <[u8; 4]>::try_from(address),
        <[u8; 16]>::try_from(address),
    ) {
        (0x0800, Ok(address), _) => p.v4(address),
        (0x86dd, _, Ok(address)) => p.v6(address),
        _ => p.hex(address, ":"),
    }
}
