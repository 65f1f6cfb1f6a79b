//! CAA (RFC 8659).

use super::{Presenter, Problem, encode};

pub(crate) fn present(p: &mut Presenter<'_, '_>) -> Result<(), Problem> {
    let flags = p.u8()?;
    p.number(format_args!("{flags} "));
    let tag = p.text()?;
    if tag.is_empty() {
        return Err(Problem::Malformed);
    }
    encode::push_bare(p.out, tag);
    p.push(" ");
    let value = p.rest();
    encode::push_quoted(p.out, value);
    Ok(())
}
