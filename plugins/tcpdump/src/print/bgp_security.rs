//! BGPsec (RFC 8205): signed paths.

use super::bgp_names as names;
use super::prelude::*;

/// Why a path of BGPsec is not printed to its end.
pub(crate) enum End {
    /// What was captured ends.
    Cut,
    /// It does not fit.
    Invalid,
}

impl From<Cut> for End {
    fn from(_: Cut) -> Self {
        Self::Cut
    }
}

fn need(p: &mut Printer, what: &str, left: usize, least: usize) -> Result<(), End> {
    if left < least {
        write!(p, " [{what} {left} < {least}]");
        return Err(End::Invalid);
    }
    Ok(())
}

/// Prints signed paths.
///
/// # Errors
/// [`End`]
pub(crate) fn secure_path(p: &mut Printer, b: &[u8]) -> Result<(), End> {
    let length = usize::from(b.be16(0)?);
    need(p, "secure path length", length, 8)?;
    write!(p, "\n\t    Secure Path Length: {length}");
    if !(length - 2).is_multiple_of(6) {
        write!(p, " [total segments length {} != N x 6]", length - 2);
        return Err(End::Invalid);
    }
    for at in (2..length).step_by(6) {
        let (count, flags, system) = (b.u8(at)?, b.u8(at + 1)?, b.be32(at + 2)?);
        let set = bits(names::SECURE_FLAGS, flags.into(), "none", ", ");
        write!(p, "\n\t      Secure Path Segment: pCount: {count}");
        write!(p, ", Flags: [{set}] (0x{flags:02x}), AS: {system}");
    }
    let mut at = length;
    let mut left = usize::from(b.be16(at)?);
    write!(
        p,
        "\n\t    Signature Block: Length: {left}, Algo ID: {}",
        b.u8(at + 2)?
    );
    need(p, "length", left, 3)?;
    (at, left) = (at + 3, left - 3);
    while left > 0 {
        p.text("\n\t      Signature Segment:\n\t        SKI: ");
        need(p, "remaining length", left, 20)?;
        p.hex_lines_at(b, at, 20, "\n\t          ")?;
        (at, left) = (at + 20, left - 20);
        need(p, "remaining length", left, 2)?;
        let size = usize::from(b.be16(at)?);
        (at, left) = (at + 2, left - 2);
        write!(p, "\n\t        Length: {size}");
        need(p, "remaining length", left, size)?;
        p.text("\n\t        Signature:");
        p.hex_lines_at(b, at, size, "\n\t          ")?;
        (at, left) = (at + size, left - size);
    }
    Ok(())
}
