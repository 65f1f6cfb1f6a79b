//! LISP's messages of registration (RFC 6833).

use super::prelude::*;

const KINDS: &Table = &[
    (0, "Reserved"),
    (1, "Map-Request"),
    (2, "Map-Reply"),
    (3, "Map-Register"),
    (4, "Map-Notify"),
    (8, "Encapsulated-Control-Message"),
];
const REGISTER_FLAGS: &Table = &[
    (134217728, "P-Proxy-Map-Reply"),
    (67108864, "S-LISP-SEC-Capable"),
    (33554432, "I-xTR-ID-Present"),
    (16777216, "R-Build-For-RTR"),
    (256, "M-Want-Map-Notify"),
];
const NOTIFY_FLAGS: &Table = &[
    (134217728, "I-xTR-ID-Present"),
    (67108864, "R-Build-For-RTR"),
];
const AUTHENTICATION: &Table = &[(0, "None"), (1, "SHA1"), (2, "SHA256")];
const ACTIONS: &Table = &[
    (0, "No-Action"),
    (1, "Natively-Forward"),
    (2, "Send-Map-Request"),
    (3, "Drop"),
];
const LOCATOR_FLAGS: &Table = &[(4, "Local-Locator"), (2, "RLoc-Probed"), (1, "Reachable")];
const REGISTER: u8 = 3;
const NOTIFY: u8 = 4;
const HEADER: usize = 16;

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "lisp";
    p.protocol_caps();
    if length < HEADER {
        p.bad("length", length, "<", HEADER);
        return Ok(());
    }
    let first = b.u8(0)?;
    let kind = first >> 4;
    write!(p, "-{},", tok(KINDS, kind.into(), "unknown-type-%u"));
    let flags = match kind {
        REGISTER => REGISTER_FLAGS,
        NOTIFY => NOTIFY_FLAGS,
        _ => {
            b.octets(0, HEADER)?;
            return Ok(());
        }
    };
    if p.v(1) {
        write!(p, " flags [{}],", bits(flags, b.be32(0)?, "none", ", "));
    }
    let extra = first & if kind == REGISTER { 2 } else { 8 } != 0;
    let authentication = usize::from(b.be16(14)?);
    let records = b.u8(3)?;
    let too_long = authentication > length - HEADER;
    if p.v(1) {
        let name = tok(AUTHENTICATION, b.be16(12)?.into(), "unknown-type");
        write!(p, "\n    {records} record(s), Authentication {name},");
    } else {
        write!(p, " {records} record(s),");
    }
    if too_long {
        p.bad(
            "authentication data length",
            authentication,
            ">",
            length - HEADER,
        );
        return Ok(());
    }
    if p.v(1) {
        p.hex_lines_at(b, HEADER, authentication, "\n    Authentication-Data: ")?;
    }
    if records == 0 {
        p.bad("record count", records, "==", 0);
        return Ok(());
    }
    let mut at = HEADER + authentication;
    for _ in 0..records {
        if length <= at {
            break;
        }
        match record(p, b, at)? {
            Some(next) => at = next,
            None => return Ok(()),
        }
    }
    if extra {
        p.hex_lines_at(b, at, 16, "\n    xTR-ID: ")?;
        write!(p, "\n    SITE-ID: {}", b.be64(at + 16)?);
    } else if b.len() > at {
        super::dump::hex(p, "\n    Data: ", b.tail(at));
    }
    Ok(())
}

/// Prints what a prefix is reached through; where the next one is, none after what is not known.
fn record(p: &mut Printer, b: &[u8], at: usize) -> Done<Option<usize>> {
    let head = b.octets(at, 12)?;
    p.text("\n");
    if p.v(1) {
        write!(p, "      Record TTL {},", head.be32(0)?);
        let action = head.u8(6)?;
        p.text(if action & 0x10 != 0 {
            " Authoritative,"
        } else {
            " Non-Authoritative,"
        });
        write!(p, " {},", tok(ACTIONS, (action >> 5).into(), "unknown"));
        write!(p, " Map Version: {},", head.be16(8)? & 0xfff);
    }
    let mut at = at + 12;
    let mask = head.u8(5)?;
    match head.be16(10)? {
        1 => {
            b.octets(at, 4)?;
            p.text(" EID ");
            p.v4_at(b, at)?;
            at += 4;
        }
        2 => {
            b.octets(at, 16)?;
            p.text(" EID ");
            p.v6_at(b, at)?;
            at += 16;
        }
        family => {
            write!(p, " [unsupported address family identifier {family}]");
            return Ok(None);
        }
    }
    let locators = head.u8(4)?;
    write!(p, "/{mask}, {locators} locator(s)");
    for _ in 0..locators {
        at = locator(p, b, at)?;
    }
    Ok(Some(at))
}

fn locator(p: &mut Printer, b: &[u8], at: usize) -> Done<usize> {
    let head = b.octets(at, 8)?;
    let mut at = at + 8;
    if p.v(1) {
        p.text("\n       ");
    }
    match head.be16(6)? {
        1 => {
            b.octets(at, 4)?;
            p.text(" LOC ");
            p.v4_at(b, at)?;
            at += 4;
        }
        2 => {
            b.octets(at, 16)?;
            p.text(" LOC ");
            p.v6_at(b, at)?;
            at += 16;
        }
        _ => {}
    }
    if p.v(1) {
        let [priority, weight, group_priority, group_weight]: [u8; 4] = head.array(0)?;
        write!(p, "\n          Priority/Weight {priority}/{weight}, ");
        write!(
            p,
            "Multicast Priority/Weight {group_priority}/{group_weight},"
        );
        let flags = bits(LOCATOR_FLAGS, head.be16(4)?.into(), "none", ", ");
        write!(p, " flags [{flags}],");
    }
    Ok(at)
}
