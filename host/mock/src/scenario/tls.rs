//! TLS on a TCP port of a host: what the handshake finds. The dialogue of the port is in plain text.

use serde::Deserialize;

use super::values::Bytes;

/// The TLS side of a port.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Tls {
    /// What is wrong with the certificate for those who verify it.
    pub problem: Option<Problem>,
    /// Why the host ends the handshake.
    pub refuses: Option<String>,
    /// The version that it speaks.
    #[serde(default)]
    pub version: Version,
    /// The cipher suite that it chooses.
    #[serde(default = "Tls::default_suite")]
    pub cipher_suite: String,
    /// The application protocols that it knows, in order of preference.
    #[serde(default)]
    pub protocols: Vec<String>,
    /// Its certificate and the chain behind it, each in DER.
    #[serde(default)]
    pub certificates: Vec<Bytes>,
}

/// A version of TLS.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum Version {
    /// RFC 5246.
    #[serde(rename = "1.2")]
    Tls12,
    /// RFC 8446.
    #[default]
    #[serde(rename = "1.3")]
    Tls13,
}

/// What is wrong with a certificate, in the words of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Problem {
    Expired,
    NotYetValid,
    WrongName,
    UnknownIssuer,
    Revoked,
    BadSignature,
    WrongPurpose,
    Malformed,
    Other,
}

impl Tls {
    fn default_suite() -> String {
        "TLS_AES_256_GCM_SHA384".into()
    }
}
