//! The built-in script ssl-cert: the certificate of a server.

use std::fmt::Write;

use data_encoding::{BASE64, HEXLOWER};
use jiff::Timestamp;
use md5::{Digest, Md5};
use nethost_sdk::text::printable;
use sha1::Sha1;
use x509_parser::prelude::{ASN1Time, FromDer, GeneralName, X509Certificate, X509Name};
use x509_parser::public_key::PublicKey;

use super::Asked;
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

fn name(name: &X509Name<'_>) -> String {
    let mut parts: Vec<(String, String)> = Vec::new();
    for attribute in name.iter_attributes() {
        let oid = attribute.attr_type().to_id_string();
        let known = ATTRIBUTES.iter().find(|(known, _)| *known == oid);
        let value = attribute.as_str().unwrap_or_default();
        let key = known.map_or(oid, |(_, name)| (*name).to_owned());
        parts.push((key, printable(value).into_owned()));
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

fn alternative(name: &GeneralName<'_>) -> Option<String> {
    let text = match name {
        GeneralName::DNSName(name) => format!("DNS:{name}"),
        GeneralName::RFC822Name(name) => format!("email:{name}"),
        GeneralName::URI(name) => format!("URI:{name}"),
        GeneralName::IPAddress(octets) => match octets.len() {
            4 => {
                let octets: [u8; 4] = (*octets).try_into().ok()?;
                format!("IP Address:{}", std::net::Ipv4Addr::from(octets))
            }
            16 => {
                let octets: [u8; 16] = (*octets).try_into().ok()?;
                let groups = std::net::Ipv6Addr::from(octets).segments();
                let groups = groups.map(|group| format!("{group:X}"));
                format!("IP Address:{}", groups.join(":"))
            }
            _ => return None,
        },
        _ => return None,
    };
    Some(printable(&text).into_owned())
}

fn when(time: &ASN1Time) -> String {
    match Timestamp::from_second(time.timestamp()) {
        Ok(time) => time.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
        Err(_) => "Can't parse; time is out of range".to_owned(),
    }
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
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let mut text = format!("Subject: {}", name(certificate.subject()));
    if let Ok(Some(names)) = certificate.subject_alternative_name() {
        let names: Vec<String> = names.value.general_names.iter().filter_map(alternative).collect();
        let _ = write!(text, "\nSubject Alternative Name: {}", names.join(", "));
    }
    let _ = write!(text, "\nIssuer: {}", name(certificate.issuer()));
    let key = certificate.public_key();
    let (kind, bits) = match key.parsed() {
        Ok(PublicKey::RSA(rsa)) => ("rsa", rsa.key_size()),
        Ok(PublicKey::EC(point)) => ("ec", point.key_size()),
        Ok(PublicKey::DSA(_)) => ("dsa", 0),
        _ => ("unknown", key.subject_public_key.data.len() * 8),
    };
    let _ = write!(text, "\nPublic Key type: {kind}\nPublic Key bits: {bits}");
    let oid = certificate.signature_algorithm.algorithm.to_id_string();
    let known = SIGNATURES.iter().find(|(known, _)| *known == oid);
    let signature = known.map_or(oid.as_str(), |(_, name)| name);
    let validity = certificate.validity();
    let _ = write!(
        text,
        "\nSignature Algorithm: {signature}\nNot valid before: {}\nNot valid after:  {}",
        when(&validity.not_before),
        when(&validity.not_after)
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
