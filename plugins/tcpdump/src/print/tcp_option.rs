//! Options of TCP.

use super::mptcp;
use super::prelude::*;

const NAMES: &Table = &[
    (0, "eol"),
    (1, "nop"),
    (2, "mss"),
    (3, "wscale"),
    (4, "sackOK"),
    (5, "sack"),
    (6, "echo"),
    (7, "echoreply"),
    (8, "TS"),
    (11, "cc"),
    (12, "ccnew"),
    (13, "ccecho"),
    (19, "md5"),
    (20, "scps"),
    (28, "uto"),
    (29, "tcp-ao"),
    (30, "mptcp"),
    (34, "tfo"),
    (254, "exp"),
];

/// What ends the printing of options.
enum Stop {
    /// An option's length does not fit.
    Bad,
    /// The packet was not captured so far.
    Cut,
}

impl From<Cut> for Stop {
    fn from(_: Cut) -> Self {
        Self::Cut
    }
}

/// Prints the options; false when one is malformed and nothing behind them is printed. `peer` is the number that those of
/// the other side are relative to.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize, flags: u16, peer: u32) -> Done<bool> {
    p.text(", options [");
    let mut first = true;
    match options(p, b, length, flags, peer, &mut first) {
        Ok(()) => {
            p.text("]");
            Ok(true)
        }
        Err(Stop::Cut) => Err(Cut),
        Err(Stop::Bad) => {
            p.text("[bad opt]");
            if !first {
                p.text("]");
            }
            Ok(false)
        }
    }
}

fn options(
    p: &mut Printer,
    b: &[u8],
    length: usize,
    flags: u16,
    peer: u32,
    first: &mut bool,
) -> Result<(), Stop> {
    let mut at = 0;
    while at < length {
        if !*first {
            p.text(",");
        }
        let kind = b.u8(at)?;
        let mut size = 1;
        if kind > 1 {
            size = usize::from(b.u8(at + 1)?);
            if size < 2 || size > length - at {
                return Err(Stop::Bad);
            }
        }
        p.name(NAMES, kind, "unknown-%u");
        let head = if kind > 1 { 2 } else { 1 };
        let used = match kind {
            0 | 1 | 4 => 0,
            _ => option(p, b.tail(at + 2), kind, size, length - at - 2, flags, peer)?,
        };
        at += head + used;
        if head + used != size {
            write!(p, "[len {size}]");
        }
        *first = false;
        if kind == 0 {
            break;
        }
    }
    Ok(())
}

/// Prints the data of an option; how many octets were understood.
fn option(
    p: &mut Printer,
    b: &[u8],
    kind: u8,
    size: usize,
    left: usize,
    flags: u16,
    peer: u32,
) -> Result<usize, Stop> {
    let need = |count: usize| if count > left { Err(Stop::Bad) } else { Ok(()) };
    let data = size - 2;
    Ok(match kind {
        2 => {
            need(2)?;
            write!(p, " {}", b.be16(0)?);
            2
        }
        3 => {
            need(1)?;
            write!(p, " {}", b.u8(0)?);
            1
        }
        5 if !data.is_multiple_of(8) => {
            p.text(" invalid sack");
            data
        }
        5 => {
            write!(p, " {} ", data / 8);
            for at in (0..data).step_by(8) {
                need(at + 4)?;
                let start = b.be32(at)?.wrapping_sub(peer);
                need(at + 8)?;
                let end = b.be32(at + 4)?.wrapping_sub(peer);
                write!(p, "{{{start}:{end}}}");
            }
            data
        }
        6 | 7 | 11 | 12 | 13 => {
            need(4)?;
            write!(p, " {}", b.be32(0)?);
            4
        }
        8 => {
            need(8)?;
            p.text(" val ");
            p.decimal(b.be32(0)?);
            p.text(" ecr ");
            p.decimal(b.be32(4)?);
            8
        }
        19 => {
            need(16)?;
            let signature = b.octets(0, 16)?;
            p.text(" shared secret not supplied with -M, can't check - ");
            p.hex(signature, "");
            16
        }
        20 => {
            need(2)?;
            write!(p, " cap {:02x} id {}", b.u8(0)?, b.u8(1)?);
            2
        }
        28 => {
            need(2)?;
            let value = u32::from(b.be16(0)?);
            let seconds = match value & 1 {
                1 => (value >> 1) * 60,
                _ => value >> 1,
            };
            write!(p, " 0x{value:x} {seconds}");
            2
        }
        29 => {
            if data < 2 {
                p.invalid();
            } else {
                need(1)?;
                write!(p, " keyid {}", b.u8(0)?);
                need(2)?;
                write!(p, " rnextkeyid {}", b.u8(1)?);
                if data > 2 {
                    need(data)?;
                    p.text(" mac 0x");
                    hex(p, b.tail(2), data - 2)?;
                }
            }
            data
        }
        30 => {
            need(data)?;
            let option = b.octets(0, data)?;
            if !mptcp::print(p, option, size, flags)? {
                return Err(Stop::Bad);
            }
            data
        }
        34 => {
            need(data)?;
            p.text(" ");
            fast_open(p, b.octets(0, data)?);
            data
        }
        254 => {
            need(data)?;
            let option = b.octets(0, data)?;
            if data < 2 {
                return Err(Stop::Bad);
            }
            match option.be16(0)? {
                0xf989 => {
                    p.text("-tfo");
                    fast_open(p, option.tail(2));
                }
                other => write!(p, "-{other:04x}"),
            }
            data
        }
        _ => {
            if data > 0 {
                p.text(" 0x");
            }
            need(data)?;
            hex(p, b, data)?;
            data
        }
    })
}

/// Octets as far as they were captured.
fn hex(p: &mut Printer, b: &[u8], count: usize) -> Done {
    let captured = b.upto(count);
    p.hex(captured, "");
    b.octets(0, count).map(|_| ())
}

fn fast_open(p: &mut Printer, cookie: &[u8]) {
    match cookie.len() {
        0 => p.text(" cookiereq"),
        4..=16 if cookie.len().is_multiple_of(2) => {
            p.text(" cookie ");
            p.hex(cookie, "");
        }
        _ => p.invalid(),
    }
}
