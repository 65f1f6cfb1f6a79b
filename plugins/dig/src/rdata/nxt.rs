//! NXT, the predecessor of NSEC: one flat bitmap (RFC 2535 section 5.2).

use super::{Presenter, Problem};
use crate::kind;

pub(crate) fn present(p: &mut Presenter<'_, '_>) -> Result<(), Problem> {
    p.name()?;
    for (place, byte) in p.rest().iter().enumerate() {
        for bit in (0..8).filter(|bit| byte & (0x80 >> bit) != 0) {
            p.push(" ");
            let code = place * 8 + bit;
            match u16::try_from(code).ok().and_then(kind::find) {
                Some(kind) => p.push(kind.name),
                None => p.number(code),
            }
        }
    }
    Ok(())
}
