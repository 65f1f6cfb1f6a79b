//! OPT where it does not belong: in a section that is printed (RFC 6891 gives it no presentation format).

use super::{Presenter, Problem};

pub(crate) fn present(p: &mut Presenter<'_, '_>) -> Result<(), Problem> {
    while p.cursor.left() > 0 {
        let (option, length) = (p.u16()?, p.u16()?);
        p.number(format_args!("{option} {length}"));
        let value = p.take(usize::from(length))?;
        if !value.is_empty() {
            p.open();
            p.base64(value);
            p.close();
        }
        if p.cursor.left() > 0 {
            p.push(" ");
        }
    }
    Ok(())
}
