//! WKS: an address, a protocol and a bitmap of ports (RFC 1035 section 3.4.2).

use super::{Presenter, Problem};

pub(crate) fn present(p: &mut Presenter<'_, '_>) -> Result<(), Problem> {
    p.v4()?;
    let protocol = p.u8()?;
    p.number(format_args!(" {protocol}"));
    if p.cursor.left() > 8192 {
        return Err(Problem::Extra);
    }
    for (place, byte) in p.rest().iter().enumerate() {
        for bit in (0..8).filter(|bit| byte & (0x80 >> bit) != 0) {
            p.number(format_args!(" {}", place * 8 + bit));
        }
    }
    Ok(())
}
