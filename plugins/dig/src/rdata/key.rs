//! DNSKEY, CDNSKEY, KEY and RKEY: RFC 4034 section 2.2, RFC 2535 section 3.

use super::{Presenter, Problem};
use crate::mnemonic;
use crate::name;
use crate::wire::Cursor;

const KEY_TYPE: u16 = 25;
const DNSKEY: u16 = 48;
const CDNSKEY: u16 = 60;
const PRIVATE_DNS: u8 = 253;
const SECURE_ENTRY_POINT: u16 = 0x0001;
const REVOKED: u16 = 0x0080;
const NO_KEY: u16 = 0xc000;

pub(crate) fn present(p: &mut Presenter<'_, '_>) -> Result<(), Problem> {
    let whole = p.cursor.peek();
    let (flags, protocol, algorithm) = (p.u16()?, p.u8()?, p.u8()?);
    p.number(format_args!("{flags} {protocol} {algorithm}"));
    let key = p.rest();
    let none = match p.rtype {
        KEY_TYPE => flags & NO_KEY == NO_KEY,
        _ => key.is_empty(),
    };
    if none {
        return Ok(());
    }
    p.open();
    let tag = tag(whole);
    if p.style.crypto {
        p.base64(key);
    } else {
        p.number(format_args!("[key id = {tag}]"));
    }
    if p.style.comments {
        p.line_break();
    } else if p.style.multiline {
        p.push(" ");
    }
    if p.style.multiline {
        p.push(")");
    }
    if p.style.comments {
        if [DNSKEY, CDNSKEY].contains(&p.rtype) {
            p.push(" ; ");
            p.push(match (flags & SECURE_ENTRY_POINT, flags & REVOKED) {
                (0, _) => "ZSK",
                (_, 0) => "KSK",
                _ => "revoked KSK",
            });
        }
        p.push("; alg = ");
        algorithm_name(p, algorithm, key);
        p.number(format_args!(" ; key id = {tag}"));
    }
    Ok(())
}

fn algorithm_name(p: &mut Presenter<'_, '_>, algorithm: u8, key: &[u8]) {
    if algorithm == PRIVATE_DNS
        && let Ok(owner) = Cursor::new(key).name()
    {
        p.push(name::text(&owner).trim_end_matches('.'));
        return;
    }
    mnemonic::write(p.out, mnemonic::ALGORITHMS, algorithm.into());
}

/// The key tag of RFC 4034 appendix B.
pub(crate) fn tag(data: &[u8]) -> u16 {
    if let [_, _, _, 1, key @ ..] = data {
        // RSA/MD5: the low bits of the modulus.
        return match key {
            [.., a, b, _] => u16::from_be_bytes([*a, *b]),
            _ => 0,
        };
    }
    let sum = data.chunks(2).fold(0u32, |sum, pair| {
        let high = pair.first().map_or(0, |byte| u32::from(*byte) << 8);
        let low = pair.get(1).map_or(0, |byte| u32::from(*byte));
        sum.wrapping_add(high).wrapping_add(low)
    });
    (sum.wrapping_add(sum >> 16) & 0xffff) as u16
}

#[cfg(test)]
mod tests {
    use super::tag;

    #[test]
    fn the_tag_is_a_checksum() {
        // 0x0101 + 0x0308 + 0xff00 = 0x10309, and the carry comes back.
        assert_eq!(tag(&[1, 1, 3, 8, 0xff]), 0x030a);
        assert_eq!(tag(&[]), 0);
    }
}
