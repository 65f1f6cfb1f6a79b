//! APL (RFC 3123) and A6 (RFC 2874): parts of addresses.

use super::encode::push_v6;
use super::{Presenter, Problem};

pub(crate) fn present(p: &mut Presenter<'_, '_>) -> Result<(), Problem> {
    let mut separator = "";
    while p.cursor.left() > 0 {
        let (family, prefix, length) = (p.u16()?, p.u8()?, p.u8()?);
        let not = if length & 0x80 != 0 { "!" } else { "" };
        let part = p.take(usize::from(length & 0x7f))?;
        p.number(format_args!("{separator}{not}{family}:"));
        match family {
            1 => {
                let octets: [u8; 4] = padded(part)?;
                p.number(std::net::Ipv4Addr::from(octets));
            }
            2 => push_v6(p.out, padded(part)?, p.style.yaml),
            _ => return Err(Problem::NotImplemented),
        }
        let most = if family == 1 { 32 } else { 128 };
        if prefix > most {
            return Err(Problem::Malformed);
        }
        p.number(format_args!("/{prefix}"));
        separator = " ";
    }
    Ok(())
}

fn padded<const N: usize>(part: &[u8]) -> Result<[u8; N], Problem> {
    let mut octets = [0; N];
    octets
        .get_mut(..part.len())
        .ok_or(Problem::Malformed)?
        .copy_from_slice(part);
    Ok(octets)
}

pub(crate) fn a6(p: &mut Presenter<'_, '_>) -> Result<(), Problem> {
    let prefix = p.u8()?;
    if prefix > 128 {
        return Err(Problem::Malformed);
    }
    p.number(format_args!("{prefix} "));
    if prefix != 128 {
        let first = usize::from(prefix / 8);
        let mut octets = [0; 16];
        let suffix = p.take(16 - first)?;
        if let Some(place) = octets.get_mut(first..) {
            place.copy_from_slice(suffix);
        }
        if let Some(octet) = octets.get_mut(first) {
            *octet &= 0xff >> (prefix % 8);
        }
        push_v6(p.out, octets, p.style.yaml);
    }
    if prefix != 0 {
        p.push(" ");
        p.name()?;
    }
    Ok(())
}
