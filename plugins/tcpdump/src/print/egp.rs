//! EGP (RFC 904): the routing between systems before BGP.

use super::prelude::*;

const KINDS: &Table = &[
    (3, "acquire"),
    (5, "reach"),
    (2, "poll"),
    (1, "update"),
    (8, "error"),
];
const CODES: &Table = &[
    (0, "request"),
    (1, "confirm"),
    (2, "refuse"),
    (3, "cease"),
    (4, "cease_ack"),
];
const STATES: &Table = &[
    (0, "unspecified"),
    (1, "active_mode"),
    (2, "passive_mode"),
    (3, "insufficient_resources"),
    (4, "administratively_prohibited"),
    (5, "going_down"),
    (6, "parameter_violation"),
    (7, "protocol_violation"),
];
const REACH: &Table = &[(0, "hello"), (1, "i-h-u")];
const WAYS: &Table = &[(0, "indeterminate"), (1, "up"), (2, "down")];
const REASONS: &Table = &[
    (0, "unspecified"),
    (1, "bad_EGP_header_format"),
    (2, "bad_EGP_data_field_format"),
    (3, "reachability_info_unavailable"),
    (4, "excessive_polling_rate"),
    (5, "no_response"),
    (6, "unsupported_version"),
];

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "egp";
    p.text("EGP");
    if length < 16 {
        p.bad("length", length, "<", 16);
        return Ok(());
    }
    let version = b.u8(0)?;
    if version != 2 {
        p.bad("version", version, "!=", 2);
        return Ok(());
    }
    b.octets(0, 16)?;
    p.text("v2");
    if !p.v(1) {
        write!(p, ", length {length}");
        return Ok(());
    }
    write!(
        p,
        ", AS {}, seq {}, length {length}, ",
        b.be16(6)?,
        b.be16(8)?
    );
    let (kind, code, state) = (b.u8(1)?, b.u8(2)?, b.u8(3)?);
    p.name(KINDS, kind, "[type %u]");
    let way = |p: &mut Printer, state: u8| {
        p.text(" state:");
        p.name(WAYS, state, "%u");
    };
    match kind {
        3 => acquire(p, b, code, state)?,
        5 => {
            p.text(" ");
            p.name(REACH, code, "[reach code %u]");
            if code < 2 {
                way(p, state);
            }
        }
        2 => {
            way(p, state);
            p.text(" net:");
            p.v4_at(b, 12)?;
        }
        1 => {
            p.text(if state & 0x80 != 0 {
                " unsolicited"
            } else {
                ""
            });
            way(p, state & 0x7f);
            p.text(" ");
            p.v4_at(b, 12)?;
            let (own, others) = (b.u8(10)?, b.u8(11)?);
            write!(p, " int {own} ext {others}");
            gateways(p, b, length)?;
        }
        8 => {
            way(p, state);
            p.text(" ");
            p.name(REASONS, b.be16(10)?, "[reason %u]");
        }
        _ => {}
    }
    Ok(())
}

fn acquire(p: &mut Printer, b: &[u8], code: u8, state: u8) -> Done {
    p.text(" ");
    p.name(CODES, code, "[code %u]");
    match code {
        0 | 1 => {
            p.text(" ");
            match state {
                0..=2 => p.name(STATES, state, "%u"),
                _ => write!(p, "[status {state}]"),
            }
            write!(p, " hello:{} poll:{}", b.be16(10)?, b.be16(12)?);
        }
        2..=4 if matches!(state, 0 | 3..=7) => {
            p.text(" ");
            p.name(STATES, state, "%u");
        }
        2..=4 => write!(p, "[status {state}]"),
        _ => {}
    }
    Ok(())
}

/// How many octets of a network's number its class has.
fn class(first: u8) -> usize {
    match first {
        0..0x80 => 1,
        0x80..0xc0 => 2,
        0xc0..0xe0 => 3,
        _ => 0,
    }
}

/// Prints the gateways and what they reach.
fn gateways(p: &mut Printer, b: &[u8], length: usize) -> Done {
    let network: [u8; 4] = b.array(12)?;
    let kept = class(b.u8(12)?);
    let own = usize::from(b.u8(10)?);
    let count = own + usize::from(b.u8(11)?);
    let mut f = Fields::new(b.tail(16), length - 16);
    for number in 0..count {
        if f.left < 4 - kept {
            p.bad("length", f.left, "<", 4 - kept);
            return Ok(());
        }
        // A network of no class is not counted, nor are its octets taken.
        let mut gateway = [0; 4];
        if kept == 0 {
            f.b.octets(0, 4)?;
            f.left -= 4;
        } else {
            let host = f.take(4 - kept)?;
            let whole = network.iter().take(kept).chain(host);
            for (to, from) in gateway.iter_mut().zip(whole) {
                *to = *from;
            }
        }
        if f.left < 1 {
            p.bad("length", f.left, "<", 1);
            return Ok(());
        }
        let distances = f.u8()?;
        p.text(if number < own { " int " } else { " ext " });
        p.v4(gateway);
        p.text(" (");
        for place in 0..distances {
            if f.left < 2 {
                p.bad("length", f.left, "<", 2);
                return Ok(());
            }
            let (distance, networks) = (f.u8()?, f.u8()?);
            p.text(if place == 0 { "" } else { ", " });
            write!(p, "d{distance}:");
            for _ in 0..networks {
                if f.left < 1 {
                    p.bad("length", f.left, "<", 1);
                    return Ok(());
                }
                let first = f.u8()?;
                let more = match class(first) {
                    1 => 0,
                    2 => 1,
                    _ => 2,
                };
                if f.left < more {
                    p.bad("length", f.left, "<", more);
                    return Ok(());
                }
                let mut reached = [first, 0, 0, 0];
                for (to, from) in reached.iter_mut().skip(1).zip(f.take(more)?) {
                    *to = *from;
                }
                p.text(" ");
                p.v4(reached);
            }
        }
        p.text(")");
    }
    Ok(())
}
