//! IPSECKEY (RFC 4025), and the gateway that it shares with AMTRELAY.

use super::{Presenter, Problem};

pub(crate) fn ipseckey(p: &mut Presenter<'_, '_>) -> Result<(), Problem> {
    let (precedence, kind, algorithm) = (p.u8()?, p.u8()?, p.u8()?);
    p.open_block();
    p.number(format_args!("{precedence} {kind} {algorithm} "));
    gateway(p, kind)?;
    let key = p.rest();
    if !key.is_empty() {
        p.line_break();
        p.base64(key);
    }
    p.close();
    Ok(())
}

/// Nothing, an address or a name.
pub(super) fn gateway(p: &mut Presenter<'_, '_>, kind: u8) -> Result<(), Problem> {
    match kind {
        0 => {
            p.push(".");
            Ok(())
        }
        1 => p.v4(),
        2 => p.v6(),
        3 => p.name(),
        _ => Err(Problem::NotImplemented),
    }
}
