//! Bytes, as Base64 in JSON (RFC 4648).

use data_encoding::BASE64;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Bytes that are written as Base64.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bytes(pub Vec<u8>);

impl Bytes {
    /// The text that stands for these bytes.
    pub fn encode(bytes: &[u8]) -> String {
        BASE64.encode(bytes)
    }

    /// The bytes that a text stands for.
    pub fn decode(text: &str) -> Option<Vec<u8>> {
        BASE64.decode(text.as_bytes()).ok()
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Self::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = Self::decode(&text).map(Self);
        bytes.ok_or_else(|| de::Error::custom("not Base64"))
    }
}
