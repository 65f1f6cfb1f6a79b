//! AMTRELAY (RFC 8777).

use super::{Presenter, Problem, gateway};

pub(crate) fn present(p: &mut Presenter<'_, '_>) -> Result<(), Problem> {
    let (precedence, kind) = (p.u8()?, p.u8()?);
    let (discovery, kind) = (kind >> 7, kind & 0x7f);
    p.number(format_args!("{precedence} {discovery} {kind} "));
    gateway::gateway(p, kind)
}
