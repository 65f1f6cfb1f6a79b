//! The built-in script ssl-cert: the certificate of a server.

use std::fmt::Write;

use data_encoding::{BASE64, HEXLOWER};
use md5::{Digest, Md5};
use nethost_sdk::text::printable;
use sha1::Sha1;

use super::Asked;
use super::der::{self, Value};
use crate::service::Stream;

pub(super) async fn run(asked: Asked<'_>) -> Option<String> {
    let stream = Stream::open(asked.to, true).await.ok()?;
    let certificate = stream.certificate()?;
    told(&certificate, asked.verbose)
}

/// Attributes of names (RFC 4519, RFC 5280) as they are called here.
const ATTRIBUTES: [(&str, &str); 8] = [
    ("2.5.4.3", "commonName"),
    ("2.5.4.10", "organizationName"),
    ("2.5.4.11", "organizationalUnitName"),
    ("2.5.4.8", "stateOrProvinceName"),
    ("2.5.4.7", "localityName"),
    ("2.5.4.6", "countryName"),
    ("1.2.840.113549.1.9.1", "emailAddress"),
    ("2.5.4.5", "serialNumber"),
];
/// Of these attributes, the first ones have a fixed order.
const FIRST: [&str; 4] = [
    "commonName",
    "organizationName",
    "stateOrProvinceName",
    "countryName",
];

/// A name (RFC 5280 section 4.1.2.4).
fn name(mut sets: &[u8]) -> String {
    let mut parts: Vec<(String, String)> = Vec::new();
    while let Some((_, mut set)) = der::value(&mut sets) {
        while let Some((_, mut pair)) = der::value(&mut set) {
            let (Some((_, kind)), Some((tag, value))) =
                (der::value(&mut pair), der::value(&mut pair))
            else {
                continue;
            };
            let oid = der::identifier(kind);
            let known = ATTRIBUTES.iter().find(|(known, _)| *known == oid);
            let key = known.map_or(oid, |(_, name)| (*name).to_owned());
            parts.push((key, printable(&der::text(tag, value)).into_owned()));
        }
    }
    let mut shown: Vec<String> = Vec::new();
    for first in FIRST {
        let these = parts.iter().filter(|(key, _)| key == first);
        shown.extend(these.map(|(key, value)| format!("{key}={value}")));
    }
    // The rest only where nothing else tells who it is.
    if shown.is_empty() {
        shown.extend(parts.iter().map(|(key, value)| format!("{key}={value}")));
    }
    shown.join("/")
}

/// A name of the extension subjectAltName.
fn alternative((tag, value): Value<'_>) -> Option<String> {
    let plain = || String::from_utf8_lossy(value);
    let text = match (tag, value.len()) {
        (0x82, _) => format!("DNS:{}", plain()),
        (0x81, _) => format!("email:{}", plain()),
        (0x86, _) => format!("URI:{}", plain()),
        (0x87, 4) => {
            let octets: [u8; 4] = value.try_into().ok()?;
            format!("IP Address:{}", std::net::Ipv4Addr::from(octets))
        }
        (0x87, 16) => {
            let octets: [u8; 16] = value.try_into().ok()?;
            let groups = std::net::Ipv6Addr::from(octets).segments();
            let groups = groups.map(|group| format!("{group:X}"));
            format!("IP Address:{}", groups.join(":"))
        }
        _ => return None,
    };
    Some(printable(&text).into_owned())
}

/// The names in the extensions of a certificate.
fn alternatives(extensions: &[u8]) -> Option<Vec<String>> {
    /// 2.5.29.17.
    const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
    let mut outer = extensions;
    let (_, mut list) = der::value(&mut outer)?;
    while let Some((_, mut extension)) = der::value(&mut list) {
        let (_, kind) = der::value(&mut extension)?;
        let mut held = der::value(&mut extension)?;
        // Whether it is critical may stand before.
        if held.0 == 1 {
            held = der::value(&mut extension)?;
        }
        if kind == SUBJECT_ALT_NAME {
            let mut names = held.1;
            let (_, mut names) = der::value(&mut names)?;
            return Some(
                std::iter::from_fn(|| der::value(&mut names))
                    .filter_map(alternative)
                    .collect(),
            );
        }
    }
    None
}

/// The kind of a public key (RFC 3279, RFC 5480, RFC 8410), and its size in bits.
fn key(mut info: &[u8]) -> Option<(&'static str, usize)> {
    let (_, mut algorithm) = der::value(&mut info)?;
    let (_, key) = der::value(&mut info)?;
    let (_, kind) = der::value(&mut algorithm)?;
    let key = key.get(1..)?;
    Some(match der::identifier(kind).as_str() {
        "1.2.840.113549.1.1.1" => {
            let mut key = key;
            let (_, mut numbers) = der::value(&mut key)?;
            let (_, modulus) = der::value(&mut numbers)?;
            let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
            let first = modulus.get(zeros)?.leading_zeros() as usize;
            ("rsa", (modulus.len() - zeros) * 8 - first)
        }
        "1.2.840.10045.2.1" => {
            let (_, curve) = der::value(&mut algorithm)?;
            let bits = match der::identifier(curve).as_str() {
                "1.2.840.10045.3.1.7" => 256,
                "1.3.132.0.34" => 384,
                "1.3.132.0.35" => 521,
                _ => key.len().saturating_sub(1) * 4,
            };
            ("ec", bits)
        }
        _ => ("unknown", key.len() * 8),
    })
}

/// The names of signature algorithms (RFC 4055, RFC 5758, RFC 8410).
const SIGNATURES: [(&str, &str); 9] = [
    ("1.2.840.113549.1.1.4", "md5WithRSAEncryption"),
    ("1.2.840.113549.1.1.5", "sha1WithRSAEncryption"),
    ("1.2.840.113549.1.1.11", "sha256WithRSAEncryption"),
    ("1.2.840.113549.1.1.12", "sha384WithRSAEncryption"),
    ("1.2.840.113549.1.1.13", "sha512WithRSAEncryption"),
    ("1.2.840.10045.4.3.2", "ecdsa-with-SHA256"),
    ("1.2.840.10045.4.3.3", "ecdsa-with-SHA384"),
    ("1.2.840.10045.4.3.4", "ecdsa-with-SHA512"),
    ("1.3.101.112", "ED25519"),
];

fn told(der: &[u8], verbose: u8) -> Option<String> {
    let mut rest = der;
    let (_, mut outer) = der::value(&mut rest)?;
    let (_, mut body) = der::value(&mut outer)?;
    let (_, mut signed) = der::value(&mut outer)?;
    // The version may be left out.
    let mut serial = body;
    if der::value(&mut serial)?.0 == 0xa0 {
        der::value(&mut body)?;
    }
    let mut next = || der::value(&mut body).map(|(_, value)| value);
    let (_serial, _algorithm, issuer, mut validity) = (next()?, next()?, next()?, next()?);
    let (subject, public) = (next()?, next()?);
    let mut text = format!("Subject: {}", name(subject));
    while let Some((tag, value)) = der::value(&mut body) {
        if let (0xa3, Some(names)) = (tag, alternatives(value)) {
            let _ = write!(text, "\nSubject Alternative Name: {}", names.join(", "));
        }
    }
    let _ = write!(text, "\nIssuer: {}", name(issuer));
    let (kind, bits) = key(public).unwrap_or(("unknown", 0));
    let _ = write!(text, "\nPublic Key type: {kind}\nPublic Key bits: {bits}");
    let (_, algorithm) = der::value(&mut signed)?;
    let oid = der::identifier(algorithm);
    let known = SIGNATURES.iter().find(|(known, _)| *known == oid);
    let signature = known.map_or(oid.as_str(), |(_, name)| name);
    let (begin, end) = (der::value(&mut validity)?, der::value(&mut validity)?);
    let _ = write!(
        text,
        "\nSignature Algorithm: {signature}\nNot valid before: {}\nNot valid after:  {}",
        der::time(begin),
        der::time(end)
    );
    let _ = write!(
        text,
        "\nMD5:   {}\nSHA-1: {}",
        HEXLOWER.encode(&Md5::digest(der)),
        HEXLOWER.encode(&Sha1::digest(der))
    );
    if verbose > 0 {
        text.push_str("\n-----BEGIN CERTIFICATE-----");
        for line in BASE64.encode(der).as_bytes().chunks(64) {
            let _ = write!(text, "\n{}", String::from_utf8_lossy(line));
        }
        text.push_str("\n-----END CERTIFICATE-----\n");
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_tells_nothing() {
        for bytes in [&[][..], &[0x30], &[0x30, 0x82, 0xff, 0xff, 0], &[0xff; 64]] {
            assert_eq!(told(bytes, 0), None);
        }
    }
}
