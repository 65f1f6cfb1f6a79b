//! OPT where it does not belong: in a section that is printed (RFC 6891 gives it no presentation format).

use super::{Presenter, Problem};
use crate::edns::code;
use crate::wire::Cursor;

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

/// Whether the options are what they can be, as far as BIND looks: a message with others is malformed to it.
pub(crate) fn check(mut cursor: Cursor<'_>) -> Result<(), Problem> {
    while cursor.left() > 0 {
        let (option, length) = (cursor.u16()?, cursor.u16()?);
        let value = cursor.take(usize::from(length))?;
        let length = value.len();
        let good = match option {
            code::LLQ => length == 18,
            UPDATE_LEASE => [4, 8].contains(&length),
            code::CLIENT_SUBNET => is_subnet(value),
            code::EXPIRE => [0, 4].contains(&length),
            code::COOKIE => length == 8 || (16..=40).contains(&length),
            code::KEY_TAG => length > 0 && length.is_multiple_of(2),
            code::EXTENDED_ERROR => value.get(2..).is_some_and(is_text),
            code::CLIENT_TAG | code::SERVER_TAG => length == 2,
            _ => true,
        };
        if !good {
            return Err(Problem::Option);
        }
    }
    Ok(())
}

const UPDATE_LEASE: u16 = 2;

/// UTF-8 without a byte order mark (RFC 8914 section 2).
fn is_text(bytes: &[u8]) -> bool {
    !bytes.starts_with(b"\xef\xbb\xbf") && std::str::from_utf8(bytes).is_ok()
}

/// RFC 7871 section 6: as many octets as the prefix needs, and no bits beyond it.
fn is_subnet(value: &[u8]) -> bool {
    let [high, low, prefix, scope, octets @ ..] = value else {
        return false;
    };
    let most = match u16::from_be_bytes([*high, *low]) {
        0 => 0,
        1 => 32,
        2 => 128,
        _ => return false,
    };
    let spare = (8 - prefix % 8) % 8;
    *prefix <= most
        && *scope <= most
        && octets.len() == usize::from(prefix.div_ceil(8))
        && octets
            .last()
            .is_none_or(|last| last & !(0xff << spare) == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_what_they_can_be() {
        for (option, good) in [
            (&[0, 15, 0, 2, 0, 0][..], true),
            (&[0, 15, 0, 1, 0], false),
            (&[0, 15, 0, 3, 0, 5, 0xff], false),
            (&[0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8], true),
            (&[0, 10, 0, 2, 1, 2], false),
            (&[0, 8, 0, 7, 0, 1, 24, 0, 192, 0, 2], true),
            (&[0, 8, 0, 7, 0, 1, 20, 0, 192, 0, 2], false),
            (&[0, 8, 0, 4, 0, 0, 0, 0], true),
            (&[0, 8, 0, 4, 0, 9, 0, 0], false),
            (&[0, 9, 0, 1, 0], false),
            (&[0xff, 0xff, 0, 1, 0], true),
        ] {
            assert_eq!(check(Cursor::new(option)).is_ok(), good, "{option:?}");
        }
    }
}
