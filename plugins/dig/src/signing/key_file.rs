//! The files of `-k`: a shared key as tsig-keygen(8) writes it, or the pair of dnssec-keygen(8), of which the private
//! half is read.

use std::fmt;

use data_encoding::BASE64;
use nethost_sdk::text::printable;
use nethost_sdk::{Error, files};

use super::{KeyError, Signer, sig0, tsig};
use crate::lookup::TextKey;
use crate::name::{self, Name};

/// Why there is no key.
pub(super) enum Unreadable {
    /// The gate says no, and what would change that.
    Denied(String),
    Because(String),
}

impl From<KeyError> for Unreadable {
    fn from(error: KeyError) -> Self {
        Self::because(&error)
    }
}

impl Unreadable {
    fn because(why: &dyn fmt::Display) -> Self {
        Self::Because(why.to_string())
    }
}

/// Numbers of shared keys in files of their own, which BIND has from before tsig-keygen(8).
const HMACS: [(u8, &str); 6] = [
    (157, "hmac-md5"),
    (161, "hmac-sha1"),
    (162, "hmac-sha224"),
    (163, "hmac-sha256"),
    (164, "hmac-sha384"),
    (165, "hmac-sha512"),
];

/// Reads a key's file.
pub(super) fn read(path: &str) -> Result<Signer, Unreadable> {
    if let Some(half) = PrivateHalf::of(path) {
        let text = text(&half.path).map_err(|error| match error {
            // What was typed may be read, and nothing beside it.
            Unreadable::Denied(denied) if half.path != path => Unreadable::Denied(format!(
                "{denied}; or name that file: -k {}",
                printable(&half.path)
            )),
            other => other,
        })?;
        return half.key(&text);
    }
    let shared = configured(&text(path)?)
        .ok_or_else(|| Unreadable::because(&"neither a TSIG key file nor named K*.private"))?;
    Ok(Signer::Shared(tsig::Key::from_text(&shared)?))
}

fn text(path: &str) -> Result<String, Unreadable> {
    match files::read(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(denied @ Error::Denied(_)) => Err(Unreadable::Denied(denied.to_string())),
        Err(_) => Err(Unreadable::because(&"file not found")),
    }
}

/// `key "name" { algorithm a; secret "s"; };`.
fn configured(text: &str) -> Option<TextKey> {
    let words: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim_start().starts_with(['#', '/']))
        .flat_map(|line| line.split([' ', '\t', '"', ';', '{', '}']))
        .filter(|word| !word.is_empty())
        .collect();
    let after = |keyword: &str| {
        let place = words.iter().position(|word| *word == keyword)?;
        words.get(place + 1).map(|word| (*word).to_owned())
    };
    Some(TextKey {
        name: after("key")?,
        algorithm: after("algorithm")?,
        secret: after("secret")?,
    })
}

/// `Kname.+008+12345.private`: the owner's name, the algorithm and the key's number are in the file's name.
#[derive(Debug)]
pub(super) struct PrivateHalf {
    path: String,
    owner: String,
    tag: u16,
}

impl PrivateHalf {
    /// The private one, whichever half was typed, or neither.
    pub(super) fn of(path: &str) -> Option<Self> {
        let stem = path.strip_suffix(".private").or(path.strip_suffix(".key"));
        let stem = stem.unwrap_or(path);
        let file = stem.rsplit('/').next()?;
        let mut parts = file.strip_prefix('K')?.rsplitn(3, '+');
        let (tag, algorithm, owner) = (parts.next()?, parts.next()?, parts.next()?);
        let _: u8 = algorithm.parse().ok()?;
        Some(Self {
            path: format!("{stem}.private"),
            owner: owner.to_owned(),
            tag: tag.parse().ok()?,
        })
    }

    pub(super) fn key(&self, text: &str) -> Result<Signer, Unreadable> {
        let field = |name: &str| {
            text.lines().find_map(|line| {
                let (field, value) = line.split_once(':')?;
                (field == name).then(|| value.trim())
            })
        };
        let algorithm = field("Algorithm").and_then(|value| value.split(' ').next());
        let algorithm: u8 = algorithm
            .and_then(|number| number.parse().ok())
            .ok_or_else(|| Unreadable::because(&"not a private key file"))?;
        let decoded = |name: &str| BASE64.decode(field(name)?.as_bytes()).ok();
        if let Some((_, hmac)) = HMACS.iter().find(|(number, _)| *number == algorithm) {
            let bits = match decoded("Bits").as_deref() {
                Some([high, low]) if (*high, *low) != (0, 0) => {
                    format!("-{}", u16::from_be_bytes([*high, *low]))
                }
                _ => String::new(),
            };
            let key = TextKey {
                algorithm: format!("{hmac}{bits}"),
                name: name::text(&self.owner()?),
                secret: field("Key").unwrap_or_default().to_owned(),
            };
            return Ok(Signer::Shared(tsig::Key::from_text(&key)?));
        }
        Ok(Signer::Private(sig0::Key {
            signer: self.owner()?.to_lowercase(),
            algorithm,
            tag: self.tag,
            secret: sig0::Secret::read(algorithm, decoded)?,
        }))
    }

    /// What no file name may hold is `%` and two hexadecimal digits.
    fn owner(&self) -> Result<Name, KeyError> {
        let mut text = String::new();
        let mut rest = self.owner.as_str();
        while let Some((front, escape)) = rest.split_once('%') {
            let digits = escape.get(..2).ok_or(KeyError::Name)?;
            let byte = u8::from_str_radix(digits, 16).map_err(|_| KeyError::Name)?;
            text += &format!("{front}\\{byte:03}");
            rest = escape.get(2..).unwrap_or_default();
        }
        text += rest;
        let parsed = name::parse(&text, None).map_err(|_| KeyError::Name)?;
        Ok(parsed.name)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_key_is_read_from_a_configuration() {
        let text =
            "# a key\nkey \"k.example\" {\n\talgorithm hmac-sha256;\n\tsecret \"c2VjcmV0\";\n};\n";
        let read = configured(text).unwrap();
        assert_eq!(
            (read.name.as_str(), read.algorithm.as_str()),
            ("k.example", "hmac-sha256")
        );
        assert!(configured("zone \"example\" {};").is_none());
    }

    #[test]
    fn the_name_of_a_file_is_part_of_the_key() {
        for typed in [
            "dir+x/Ka%2Fb.test.+013+00042",
            "dir+x/Ka%2Fb.test.+013+00042.key",
            "dir+x/Ka%2Fb.test.+013+00042.private",
        ] {
            let half = PrivateHalf::of(typed).unwrap();
            assert_eq!(half.path, "dir+x/Ka%2Fb.test.+013+00042.private");
            assert_eq!(half.tag, 42);
            assert_eq!(name::text(&half.owner().unwrap()), "a/b.test.");
        }
        for other in ["key", "K.private", "Ka.+x+1", "Ka.+013+99999", "Ka.+999+1"] {
            assert!(PrivateHalf::of(other).is_none(), "{other}");
        }
    }

    #[test]
    fn what_is_no_key_is_told() {
        let half = PrivateHalf::of("Ka.test.+013+00042").unwrap();
        for (text, why) in [
            ("", "not a private key file"),
            (
                "Algorithm: 16 (ED448)\nPrivateKey: AAAA\n",
                "algorithm is unsupported",
            ),
            (
                "Algorithm: 13 (ECDSAP256SHA256)\nPrivateKey: AAAA\n",
                "no private key of its algorithm",
            ),
            (
                "Algorithm: 8 (RSASHA256)\nPrime1: AA==\nPrime2: AA==\nPublicExponent: AA==\n",
                "no private key of its algorithm",
            ),
            ("Algorithm: 15\n", "no private key of its algorithm"),
            (
                "Algorithm: 163 (HMAC_SHA256)\nKey: ?\n",
                "bad base64 encoding",
            ),
        ] {
            match half.key(text) {
                Err(Unreadable::Because(told)) => assert_eq!(told, why, "{text}"),
                _ => unreachable!("{text}"),
            }
        }
        let text = "Algorithm: 163 (HMAC_SHA256)\nKey: c2VjcmV0\nBits: AIA=\n";
        assert!(matches!(half.key(text), Ok(Signer::Shared(_))));
    }
}
