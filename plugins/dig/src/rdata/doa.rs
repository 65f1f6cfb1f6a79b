//! DOA: digital object architecture (draft-durand-doa-over-dns).

use super::{Presenter, Problem, encode};

pub(crate) fn present(p: &mut Presenter<'_, '_>) -> Result<(), Problem> {
    let (enterprise, kind, location) = (p.u32()?, p.u32()?, p.u8()?);
    p.number(format_args!("{enterprise} {kind} {location} "));
    let media = p.text()?;
    encode::push_quoted(p.out, media);
    p.push(" ");
    match p.rest() {
        [] => p.push("-"),
        data => encode::push_base64(p.out, data, None, ""),
    }
    Ok(())
}
