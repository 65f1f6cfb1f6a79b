//! NSEC, NSEC3 and CSYNC, which have a bitmap of types (RFC 4034 section 4.1.2).

use super::{Presenter, Problem, encode};
use crate::kind;

pub(crate) fn nsec(p: &mut Presenter<'_, '_>) -> Result<(), Problem> {
    p.name()?;
    separate(p);
    bitmap(p, false)
}

pub(crate) fn nsec3(p: &mut Presenter<'_, '_>) -> Result<(), Problem> {
    let (hash, flags, iterations) = (p.u8()?, p.u8()?, p.u16()?);
    p.number(format_args!("{hash} {flags} {iterations} "));
    p.salt()?;
    p.open();
    let next = p.text()?;
    encode::push_base32(p.out, next);
    if !p.style.multiline {
        separate(p);
    }
    bitmap(p, p.style.multiline)?;
    p.close();
    Ok(())
}

pub(crate) fn csync(p: &mut Presenter<'_, '_>) -> Result<(), Problem> {
    let (serial, flags) = (p.u32()?, p.u16()?);
    p.number(format_args!("{serial} {flags}"));
    separate(p);
    bitmap(p, false)
}

/// No blank at the end where there is no bitmap.
fn separate(p: &mut Presenter<'_, '_>) {
    if p.cursor.left() > 0 {
        p.push(" ");
    }
}

/// The types; each window on a line of its own where asked for.
fn bitmap(p: &mut Presenter<'_, '_>, lines: bool) -> Result<(), Problem> {
    let mut first = true;
    while p.cursor.left() > 0 {
        if lines {
            p.line_break();
            first = true;
        }
        let window = u16::from(p.u8()?);
        let length = usize::from(p.u8()?);
        if !(1..=32).contains(&length) {
            return Err(Problem::Malformed);
        }
        for (place, byte) in (0u16..).zip(p.take(length)?) {
            for bit in (0..8u16).filter(|bit| byte & (0x80 >> bit) != 0) {
                if !first {
                    p.push(" ");
                }
                first = false;
                match window * 256 + place * 8 + bit {
                    0 => p.push("TYPE0"),
                    code => kind::write_type(p.out, code),
                }
            }
        }
    }
    Ok(())
}
