//! Addresses of networks that are gone: NSAP (RFC 1706) and ATMA.

use super::{Presenter, Problem, encode};

pub(crate) fn nsap(p: &mut Presenter<'_, '_>) -> Result<(), Problem> {
    p.push("0x");
    push_hex(p);
    Ok(())
}

pub(crate) fn atma(p: &mut Presenter<'_, '_>) -> Result<(), Problem> {
    match p.u8()? {
        0 => push_hex(p),
        1 => {
            p.push("+");
            let digits = p.rest();
            encode::push_bare(p.out, digits);
        }
        _ => return Err(Problem::NotImplemented),
    }
    Ok(())
}

fn push_hex(p: &mut Presenter<'_, '_>) {
    for byte in p.rest() {
        p.number(format_args!("{byte:02x}"));
    }
}
