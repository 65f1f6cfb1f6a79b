//! TSIG (RFC 8945) and TKEY (RFC 2930).

use super::{Presenter, Problem, encode};
use crate::mnemonic;

pub(crate) fn present(p: &mut Presenter<'_, '_>) -> Result<(), Problem> {
    p.name()?;
    let (high, low) = (u64::from(p.u16()?), u64::from(p.u32()?));
    let (fudge, length) = (p.u16()?, p.u16()?);
    p.number(format_args!(" {} {fudge} {length}", high << 32 | low));
    sized(p, length)?;
    let (id, error, other) = (p.u16()?, p.u16()?, p.u16()?);
    p.number(format_args!(" {id} "));
    mnemonic::write(p.out, mnemonic::TSIG_ERRORS, error);
    p.number(format_args!(" {other} "));
    let other = p.take(usize::from(other))?;
    encode::push_base64(p.out, other, p.style.width.map(|_| 60), " ");
    Ok(())
}

pub(crate) fn tkey(p: &mut Presenter<'_, '_>) -> Result<(), Problem> {
    p.name()?;
    let (inception, expiration, mode, error) = (p.u32()?, p.u32()?, p.u16()?, p.u16()?);
    p.number(format_args!(" {inception} {expiration} {mode} "));
    mnemonic::write(p.out, mnemonic::TSIG_ERRORS, error);
    let length = p.u16()?;
    p.number(format_args!(" {length}"));
    p.open();
    let key = p.take(usize::from(length))?;
    p.base64(key);
    p.close();
    let length = p.u16()?;
    p.number(format_args!(" {length}"));
    sized(p, length)
}

/// A field behind its length; nothing when that is zero.
fn sized(p: &mut Presenter<'_, '_>, length: u16) -> Result<(), Problem> {
    if length > 0 {
        let bytes = p.take(usize::from(length))?;
        p.open();
        p.base64(bytes);
        p.close();
    }
    Ok(())
}
