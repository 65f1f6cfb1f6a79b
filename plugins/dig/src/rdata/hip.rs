//! HIP (RFC 8005).

use super::{Presenter, Problem, encode};

pub(crate) fn present(p: &mut Presenter<'_, '_>) -> Result<(), Problem> {
    let tag_length = usize::from(p.u8()?);
    let algorithm = p.u8()?;
    let key_length = usize::from(p.u16()?);
    p.open_block();
    p.number(format_args!("{algorithm} "));
    let tag = p.take(tag_length)?;
    encode::push_whole_hex(p.out, tag);
    p.line_break();
    let key = p.take(key_length)?;
    encode::push_base64(p.out, key, None, "");
    while p.cursor.left() > 0 {
        p.line_break();
        p.name()?;
    }
    p.close();
    Ok(())
}
