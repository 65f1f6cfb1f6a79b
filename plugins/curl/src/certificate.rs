//! What a certificate (RFC 5280) says, read as far as it is shown; and the names of cipher suites.

/// Suites of TLS 1.3: OpenSSL's name, IANA's.
pub(crate) const TLS13: &[(&str, &str)] = &[
    ("TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"),
    ("TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"),
    (
        "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_CHACHA20_POLY1305_SHA256",
    ),
];

/// Suites of TLS 1.2.
pub(crate) const TLS12: &[(&str, &str)] = &[
    (
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    ),
    (
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    ),
    (
        "ECDHE-ECDSA-CHACHA20-POLY1305",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    ),
    (
        "ECDHE-RSA-AES256-GCM-SHA384",
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    ),
    (
        "ECDHE-RSA-AES128-GCM-SHA256",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    ),
    (
        "ECDHE-RSA-CHACHA20-POLY1305",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    ),
];

fn suites() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    TLS13.iter().chain(TLS12)
}

/// OpenSSL's name of a suite.
pub(crate) fn openssl_name(iana: &str) -> &str {
    let found = suites().find(|(_, name)| *name == iana);
    found.map_or(iana, |(openssl, _)| openssl)
}

/// IANA's name of a suite.
pub(crate) fn iana_name(name: &str) -> Option<String> {
    let found = suites().find(|(openssl, iana)| *openssl == name || *iana == name);
    found.map(|(_, iana)| (*iana).to_owned())
}

/// What is shown of a certificate.
#[derive(Clone, Debug, Default)]
pub(crate) struct Certificate {
    pub(crate) subject: String,
    pub(crate) issuer: String,
    pub(crate) serial: String,
    pub(crate) begins: String,
    pub(crate) ends: String,
    /// Names that it is for.
    pub(crate) names: Vec<String>,
}

/// A value of DER (X.690): its tag and what it holds.
type Value<'a> = (u8, &'a [u8]);

fn value<'a>(bytes: &mut &'a [u8]) -> Option<Value<'a>> {
    let (tag, rest) = bytes.split_first()?;
    let (first, mut rest) = rest.split_first()?;
    let length = match first {
        0..0x80 => usize::from(*first),
        _ => {
            let count = usize::from(first & 0x7f);
            let (digits, after) = rest.split_at_checked(count).filter(|_| count <= 4)?;
            rest = after;
            digits
                .iter()
                .fold(0, |length, digit| length << 8 | usize::from(*digit))
        }
    };
    let (inner, after) = rest.split_at_checked(length)?;
    *bytes = after;
    Some((*tag, inner))
}

impl Certificate {
    /// None where it cannot be read.
    pub(crate) fn read(der: &[u8]) -> Option<Self> {
        let mut der = der;
        let (_, mut outer) = value(&mut der)?;
        let (_, mut body) = value(&mut outer)?;
        let mut certificate = Self::default();
        let mut next = value(&mut body)?;
        if next.0 == 0xa0 {
            next = value(&mut body)?;
        }
        certificate.serial = data_encoding::HEXLOWER.encode(next.1);
        value(&mut body)?;
        certificate.issuer = name(value(&mut body)?.1);
        let (_, mut validity) = value(&mut body)?;
        certificate.begins = date(value(&mut validity)?)?;
        certificate.ends = date(value(&mut validity)?)?;
        certificate.subject = name(value(&mut body)?.1);
        value(&mut body)?;
        while let Some((tag, extensions)) = value(&mut body) {
            if tag == 0xa3 {
                certificate.names = alternative_names(extensions).unwrap_or_default();
            }
        }
        Some(certificate)
    }

    /// Which of its names a host matches, as it is shown.
    pub(crate) fn matched(&self, host: &str) -> Option<String> {
        let own = |name: &&String| {
            let wild = name.strip_prefix("*.").zip(host.split_once('.'));
            name.eq_ignore_ascii_case(host)
                || wild.is_some_and(|(suffix, (_, rest))| suffix.eq_ignore_ascii_case(rest))
        };
        let name = self.names.iter().find(own)?;
        Some(match name.parse::<std::net::IpAddr>() {
            Ok(_) => "IP address!".to_owned(),
            Err(_) => format!("\"{name}\""),
        })
    }
}

/// RFC 5280 section 4.2.1.6.
fn alternative_names(extensions: &[u8]) -> Option<Vec<String>> {
    let mut extensions = extensions;
    let (_, mut list) = value(&mut extensions)?;
    while let Some((_, mut extension)) = value(&mut list) {
        let (_, id) = value(&mut extension)?;
        let mut held = value(&mut extension)?;
        if held.0 == 1 {
            held = value(&mut extension)?;
        }
        if id != [0x55, 0x1d, 0x11] {
            continue;
        }
        let mut held = held.1;
        let (_, mut names) = value(&mut held)?;
        let mut found = Vec::new();
        while let Some((tag, bytes)) = value(&mut names) {
            match (tag, bytes.len()) {
                (0x82, _) => found.push(String::from_utf8_lossy(bytes).into_owned()),
                (0x87, 4) => {
                    let octets: [u8; 4] = bytes.try_into().ok()?;
                    found.push(std::net::IpAddr::from(octets).to_string());
                }
                (0x87, 16) => {
                    let octets: [u8; 16] = bytes.try_into().ok()?;
                    found.push(std::net::IpAddr::from(octets).to_string());
                }
                _ => {}
            }
        }
        return Some(found);
    }
    None
}

/// `CN=host; O=who`.
fn name(bytes: &[u8]) -> String {
    let mut parts = Vec::new();
    let mut sets = bytes;
    while let Some((_, mut set)) = value(&mut sets) {
        while let Some((_, mut pair)) = value(&mut set) {
            let (Some((_, id)), Some((_, text))) = (value(&mut pair), value(&mut pair)) else {
                break;
            };
            let key = match id {
                [0x55, 4, 3] => "CN",
                [0x55, 4, 6] => "C",
                [0x55, 4, 7] => "L",
                [0x55, 4, 8] => "ST",
                [0x55, 4, 10] => "O",
                [0x55, 4, 11] => "OU",
                _ => continue,
            };
            parts.push(format!("{key}={}", String::from_utf8_lossy(text)));
        }
    }
    parts.join("; ")
}

/// `Nov 29 18:00:23 2026 GMT`.
fn date((tag, bytes): Value<'_>) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let full = match tag {
        0x17 => {
            let year: u32 = text.get(..2)?.parse().ok()?;
            format!("{}{text}", if year < 50 { "20" } else { "19" })
        }
        _ => text.to_owned(),
    };
    let month: usize = full.get(4..6)?.parse().ok()?;
    let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let day: u32 = full.get(6..8)?.parse().ok()?;
    Some(format!(
        "{} {day:2} {}:{}:{} {} GMT",
        months.get(month.checked_sub(1)?)?,
        full.get(8..10)?,
        full.get(10..12)?,
        full.get(12..14)?,
        full.get(..4)?
    ))
}
