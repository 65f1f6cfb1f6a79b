//! CERT (RFC 4398).

use super::{Presenter, Problem};
use crate::mnemonic;

pub(crate) fn present(p: &mut Presenter<'_, '_>) -> Result<(), Problem> {
    let (kind, tag, algorithm) = (p.u16()?, p.u16()?, p.u8()?);
    mnemonic::write(p.out, mnemonic::CERTIFICATES, kind);
    p.number(format_args!(" {tag} "));
    mnemonic::write(p.out, mnemonic::ALGORITHMS, algorithm.into());
    p.open();
    let certificate = p.rest();
    p.base64(certificate);
    p.close();
    Ok(())
}
