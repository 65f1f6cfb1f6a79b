//! DSYNC (RFC 9859).

use super::{Presenter, Problem};
use crate::kind;

/// The one scheme that has a name.
const NOTIFY: u8 = 1;

pub(crate) fn present(p: &mut Presenter<'_, '_>) -> Result<(), Problem> {
    let (covered, scheme, port) = (p.u16()?, p.u8()?, p.u16()?);
    kind::write_type(p.out, covered);
    match scheme {
        NOTIFY => p.push(" NOTIFY"),
        other => p.number(format_args!(" {other}")),
    }
    p.number(format_args!(" {port} "));
    p.name()
}
