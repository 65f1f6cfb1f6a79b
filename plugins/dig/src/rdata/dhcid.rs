//! DHCID (RFC 4701).

use super::{Presenter, Problem};

pub(crate) fn present(p: &mut Presenter<'_, '_>) -> Result<(), Problem> {
    let data = p.rest();
    p.open_block();
    p.base64(data);
    p.close();
    if p.style.multiline
        && let [a, b, kind, digest @ ..] = data
    {
        let identifier = u16::from_be_bytes([*a, *b]);
        p.number(format_args!(" ; {identifier} {kind} {}", digest.len()));
    }
    Ok(())
}
