//! HNCP: the options of DHCP that it passes on.

use super::domain;
use super::hncp::line;
use super::prelude::*;

const OPTIONS4: &Table = &[(6, "DNS-server"), (42, "NTP-server"), (119, "DNS-search")];
const OPTIONS6: &Table = &[
    (23, "DNS-server"),
    (24, "DNS-search-list"),
    (31, "SNTP-servers"),
];

fn names(p: &mut Printer, v: &[u8]) -> bool {
    let mut at = 0;
    while at < v.len() {
        p.text(" ");
        match domain::name(p, v, at, v.len()) {
            Some(next) => at = next,
            None => return false,
        }
    }
    true
}

/// Prints options of DHCP; false when they do not fit.
///
/// # Errors
/// [`Cut`]
pub(crate) fn options4(p: &mut Printer, v: &[u8], indent: usize) -> Done<bool> {
    let mut at = 0;
    while at < v.len() {
        if at + 2 > v.len() {
            return Ok(false);
        }
        let (kind, size) = (v.u8(at)?, usize::from(v.u8(at + 1)?));
        line(p, indent);
        p.name(OPTIONS4, kind, "Unknown");
        write!(p, " ({})", size + 2);
        let Ok(value) = v.octets(at + 2, size) else {
            return Ok(false);
        };
        match kind {
            6 | 42 => {
                if size < 4 || size % 4 != 0 {
                    return Ok(false);
                }
                for place in (0..size).step_by(4) {
                    p.text(" ");
                    p.v4_at(value, place)?;
                }
            }
            119 if !names(p, value) => return Ok(false),
            _ => {}
        }
        at += 2 + size;
    }
    Ok(true)
}

/// Prints options of DHCPv6; false when they do not fit.
///
/// # Errors
/// [`Cut`]
pub(crate) fn options6(p: &mut Printer, v: &[u8], indent: usize) -> Done<bool> {
    let mut at = 0;
    while at < v.len() {
        if at + 4 > v.len() {
            return Ok(false);
        }
        let (kind, size) = (v.be16(at)?, usize::from(v.be16(at + 2)?));
        line(p, indent);
        p.name(OPTIONS6, kind, "Unknown");
        write!(p, " ({})", size + 4);
        let Ok(value) = v.octets(at + 4, size) else {
            return Ok(false);
        };
        match kind {
            23 | 31 => {
                if size % 16 != 0 {
                    p.invalid();
                    return Ok(false);
                }
                for place in (0..size).step_by(16) {
                    p.text(" ");
                    p.v6_at(value, place)?;
                }
            }
            24 if !names(p, value) => return Ok(false),
            _ => {}
        }
        at += 4 + size;
    }
    Ok(true)
}
