//! DCCP (RFC 4340).

use super::prelude::*;
use super::transport::Ip;
use super::{checksum, dccp_option};

const KINDS: &Table = &[
    (0, "DCCP-Request"),
    (1, "DCCP-Response"),
    (2, "DCCP-Data"),
    (3, "DCCP-Ack"),
    (4, "DCCP-DataAck"),
    (5, "DCCP-CloseReq"),
    (6, "DCCP-Close"),
    (7, "DCCP-Reset"),
    (8, "DCCP-Sync"),
    (9, "DCCP-SyncAck"),
];
const RESETS: &Table = &[
    (0, "unspecified"),
    (1, "closed"),
    (2, "aborted"),
    (3, "no_connection"),
    (4, "packet_error"),
    (5, "option_error"),
    (6, "mandatory_error"),
    (7, "connection_refused"),
    (8, "bad_service_code"),
    (9, "too_busy"),
    (10, "bad_init_cookie"),
    (11, "aggression_penalty"),
];
const REQUEST: u8 = 0;
const RESPONSE: u8 = 1;
const DATA: u8 = 2;
const RESET: u8 = 7;

fn short(p: &mut Printer, name: &str, length: usize, least: usize) -> bool {
    if length < least {
        p.bad(name, length, "<", least);
    }
    length < least
}

/// Prints a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize, ip: Ip<'_>) -> Done {
    p.protocol = "dccp";
    if short(p, "length", length, 12) {
        return Ok(());
    }
    let extended = b.u8(8)? & 1 != 0;
    let mut fixed = if extended { 16 } else { 12 };
    if short(p, "length", length, fixed) {
        return Ok(());
    }
    b.octets(0, fixed)?;
    ip.source(p)?;
    write!(p, ".{} > ", b.be16(0)?);
    ip.destination(p)?;
    write!(p, ".{}: ", b.be16(2)?);
    p.protocol_caps();
    let header = usize::from(b.u8(4)?) * 4;
    if p.set.quiet > 0 {
        if !short(p, "length", length, header) {
            write!(p, " {}", length - header);
        }
        return Ok(());
    }
    if p.v(1) {
        let coverage = b.u8(5)?;
        write!(p, " (CCVal {}, CsCov {}", coverage >> 4, coverage & 15);
        if b.has(length) {
            let is = b.be16(6)?;
            write!(p, ", cksum 0x{is:04x} ");
            let covered = match usize::from(coverage & 15) {
                0 => length,
                words => ((usize::from(b.u8(4)?) + words).saturating_sub(1) * 4).min(length),
            };
            match ip.checksum(b, length, covered, 33).unwrap_or(0) {
                0 => p.text("(correct)"),
                sum => write!(p, "(incorrect -> 0x{:04x})", checksum::should_be(is, sum)),
            }
        }
        p.text(")");
    }
    let kind = b.u8(8)? >> 1 & 15;
    write!(p, " {} ", tok(KINDS, kind.into(), "packet-type-%u"));
    let numbers = fixed;
    fixed += match kind {
        REQUEST => 4,
        RESPONSE | RESET => 12,
        DATA => 0,
        3..=9 => 8,
        _ => {
            p.invalid();
            return Ok(());
        }
    };
    if short(p, "length", length, fixed) {
        return Ok(());
    }
    match kind {
        REQUEST => write!(p, "(service={}) ", b.be32(numbers)?),
        RESPONSE => write!(p, "(service={}) ", b.be32(numbers + 8)?),
        RESET => {
            b.octets(numbers, 12)?;
            let code = b.u8(numbers + 8)?;
            write!(
                p,
                "(code={}) ",
                tok(RESETS, code.into(), "reset-code-%u (invalid)")
            );
        }
        _ => {}
    }
    if !matches!(kind, REQUEST | DATA) {
        let acknowledged = match extended {
            true => u64::from(b.be16(numbers + 2)?) << 32 | u64::from(b.be32(numbers + 4)?),
            false => b.be24(numbers + 1)?.into(),
        };
        write!(p, "(ack={acknowledged}) ");
    }
    if !p.v(2) {
        return Ok(());
    }
    let sequence = match extended {
        true => u64::from(b.be16(10)?) << 32 | u64::from(b.be32(12)?),
        false => b.be24(9)?.into(),
    };
    write!(p, "seq {sequence}");
    if header > fixed && !dccp_option::print(p, b.tail(fixed), header - fixed)? {
        p.invalid();
    }
    Ok(())
}
