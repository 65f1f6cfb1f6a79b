//! RRSIG (RFC 4034 section 3.2) and its ancestor SIG.

use super::{Presenter, Problem, encode};
use crate::kind;

pub(crate) fn present(p: &mut Presenter<'_, '_>) -> Result<(), Problem> {
    let covered = p.u16()?;
    match covered {
        0 => p.push("TYPE0"),
        covered => kind::write_type(p.out, covered),
    }
    head(p)?;
    p.open();
    time(p)?;
    p.push(" ");
    time(p)?;
    tail(p, p.style.crypto)
}

pub(crate) fn present_sig(p: &mut Presenter<'_, '_>) -> Result<(), Problem> {
    let covered = p.u16()?;
    match kind::find(covered) {
        Some(kind) if covered != 0 => p.push(kind.name),
        _ => p.number(covered),
    }
    head(p)?;
    p.push(" ");
    time(p)?;
    p.open();
    time(p)?;
    tail(p, true)
}

/// Algorithm, labels and original time to live.
fn head(p: &mut Presenter<'_, '_>) -> Result<(), Problem> {
    let (algorithm, labels, ttl) = (p.u8()?, p.u8()?, p.u32()?);
    p.number(format_args!(" {algorithm} {labels} {ttl}"));
    Ok(())
}

fn time(p: &mut Presenter<'_, '_>) -> Result<(), Problem> {
    let seconds = p.u32()?;
    encode::push_time(p.out, seconds, encode::now())
}

/// Key tag, signer and signature.
fn tail(p: &mut Presenter<'_, '_>, shown: bool) -> Result<(), Problem> {
    let tag = p.u16()?;
    p.number(format_args!(" {tag} "));
    p.name()?;
    p.line_break();
    let signature = p.rest();
    if shown {
        p.base64(signature);
    } else {
        p.push("[omitted]");
    }
    p.close();
    Ok(())
}
