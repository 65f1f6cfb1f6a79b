//! The values of a scenario: lengths of time, bytes, and one or many.

use std::fmt;
use std::io::{self, Read};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, de};

use nethost_core::regular;

/// No scenario, and no file that one names, is longer.
pub(super) const LONGEST: u64 = 16 << 20;

/// A length of time, such as `20ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Span(
    /// Nanoseconds.
    pub u64,
);

const SPAN: &str =
    "a length of time is a number with the unit ns, us, ms, s, min or h, such as \"20ms\"";

impl std::str::FromStr for Span {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let end = text.find(|c: char| c.is_ascii_alphabetic()).ok_or(SPAN)?;
        let (number, unit) = text.split_at(end);
        let number: f64 = number.trim().parse().map_err(|_| SPAN)?;
        let factor = match unit {
            "ns" => 1.0,
            "us" => 1e3,
            "ms" => 1e6,
            "s" => 1e9,
            "min" => 60e9,
            "h" => 3600e9,
            _ => return Err(SPAN),
        };
        if !(0.0..=1e9).contains(&number) {
            return Err(SPAN);
        }
        Ok(Self((number * factor).round() as u64))
    }
}

impl Span {
    /// The same for the standard library.
    pub fn duration(self) -> Duration {
        Duration::from_nanos(self.0)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// One value, or a list of them.
#[derive(Debug, Clone)]
pub enum OneOrMany<T> {
    /// One.
    One(T),
    /// A list.
    Many(Vec<T>),
}

// Not derived, because the errors of one value must be told as they are.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
            type Value = OneOrMany<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("one value or a list of them")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                T::deserialize(text.into_deserializer()).map(OneOrMany::One)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(OneOrMany::One)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(list)).map(OneOrMany::Many)
            }
        }

        deserializer.deserialize_any(Either(PhantomData))
    }
}

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl<T> OneOrMany<T> {
    /// All of them.
    pub fn all(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// Bytes: a text, hexadecimal digits, or what a file beside the scenario contains.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    untagged,
    expecting = "bytes are a text, `{ hex = \"00 1f\" }` or `{ file = \"answer.bin\" }`"
)]
pub enum Bytes {
    /// A text, as UTF-8.
    Text(String),
    /// `{ hex = "00 1f" }`.
    Hex {
        /// Digits; spaces are left out.
        hex: Hex,
    },
    /// `{ file = "answer.bin" }`, beside the scenario.
    File {
        /// Its path.
        file: PathBuf,
    },
}

/// Bytes in hexadecimal digits.
#[derive(Debug, Clone)]
pub struct Hex(Vec<u8>);

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
        let (pairs, odd) = digits.as_chunks::<2>();
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let pair = |pair: &[u8; 2]| Some((digit(pair[0])? << 4 | digit(pair[1])?) as u8);
        let bytes: Option<Vec<u8>> = pairs.iter().map(pair).collect();
        bytes
            .filter(|_| odd.is_empty())
            .map(Self)
            .ok_or_else(|| de::Error::custom("`hex` has an even number of hexadecimal digits"))
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = regular::open(path)?;
    file.take(LONGEST + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > LONGEST {
        true => Err(io::Error::other("longer than 16 MiB")),
        false => Ok(bytes),
    }
}

impl Bytes {
    /// Puts the contents of a file in its place.
    pub(super) fn load(&mut self, folder: &Path) -> Result<(), (PathBuf, std::io::Error)> {
        if let Self::File { file } = self {
            let path = folder.join(file);
            let bytes = read(&path).map_err(|error| (path, error))?;
            *self = Self::Hex { hex: Hex(bytes) };
        }
        Ok(())
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Hex { hex } => &hex.0,
            // Files are loaded when the scenario is read.
            Self::File { .. } => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn lengths_of_time_have_units() {
        for (text, nanoseconds) in [
            ("20ms", 20_000_000),
            ("1.5 ms", 1_500_000),
            ("0s", 0),
            ("2min", 120_000_000_000),
            ("7us", 7_000),
        ] {
            assert_eq!(text.parse(), Ok(Span(nanoseconds)), "{text}");
        }
        for text in ["", "20", "ms", "-1s", "1 fortnight", "nan s", "1e300s"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }

    #[test]
    fn bytes_can_be_digits() {
        #[derive(Deserialize)]
        struct Holder {
            bytes: Bytes,
        }
        let read = |text: &str| toml::from_str::<Holder>(text).map(|holder| holder.bytes);
        assert_eq!(
            read("bytes = { hex = '0a FF' }").unwrap().bytes(),
            [10, 255]
        );
        assert_eq!(read("bytes = 'a'").unwrap().bytes(), b"a");
        assert!(read("bytes = { hex = '0a F' }").is_err());
    }
}
