//! The public keys of those who sign plugins (Ed25519, RFC 8032): `ed25519:` and 64 hexadecimal digits, in policies,
//! signatures and records alike.

/// What is before the digits.
pub const PUBLIC_KEY: &str = "ed25519:";
const LENGTH: usize = 32;

/// Why a text is no public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPublicKey {
    /// It has another form.
    #[error("is not ed25519: and 64 hexadecimal digits; `nethost sign` prints the key of a signer")]
    Form,
    /// A point of small order: what it verifies can be made without a secret.
    #[error(
        "is the key of nobody: anyone can make what it verifies; `nethost sign --new-key` makes one"
    )]
    SmallOrder,
}

/// The points of order 1, 2, 4 and 8 of the curve without their sign, in each of their encodings. RFC 8032 leaves it to
/// its user to refuse them.
const SMALL_ORDER: [&str; 7] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

/// The bytes of a public key.
pub fn public_key(text: &str) -> Result<[u8; LENGTH], NoPublicKey> {
    let digits = text.strip_prefix(PUBLIC_KEY);
    let key = digits.and_then(bytes).ok_or(NoPublicKey::Form)?;
    let mut unsigned = key;
    unsigned[LENGTH - 1] &= 0x7f;
    let is_weak = SMALL_ORDER.into_iter().filter_map(bytes);
    match is_weak.into_iter().any(|weak| weak == unsigned) {
        true => Err(NoPublicKey::SmallOrder),
        false => Ok(key),
    }
}

fn bytes(digits: &str) -> Option<[u8; LENGTH]> {
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let pairs = digits.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => Some(value(*high)? << 4 | value(*low)?),
        _ => None,
    });
    pairs.collect::<Option<Vec<u8>>>()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_key_has_one_form() {
        let digits = "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29";
        let key = public_key(&format!("{PUBLIC_KEY}{digits}")).unwrap();
        assert_eq!((key[0], key[31]), (0x3b, 0x29));
        for text in [
            digits.to_owned(),
            String::new(),
            PUBLIC_KEY.to_owned(),
            format!("{PUBLIC_KEY}{}", digits.to_uppercase()),
            format!("{PUBLIC_KEY}{digits}0"),
            format!("{PUBLIC_KEY}{digits}00"),
            format!("{PUBLIC_KEY}+{}", &digits[1..]),
            format!("{PUBLIC_KEY}{}", "é".repeat(32)),
            format!(" {PUBLIC_KEY}{digits}"),
        ] {
            assert_eq!(public_key(&text), Err(NoPublicKey::Form), "{text}");
        }
    }

    #[test]
    fn points_of_small_order_are_the_keys_of_nobody() {
        for digits in SMALL_ORDER {
            let mut key = bytes(digits).unwrap();
            for _ in 0..2 {
                let text: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
                let found = public_key(&format!("{PUBLIC_KEY}{text}"));
                assert_eq!(found, Err(NoPublicKey::SmallOrder), "{text}");
                // With the other sign.
                key[31] ^= 0x80;
            }
        }
    }
}
