//! What narrows a request beside its targets. A policy writes ports and interfaces in the same way, so it
//! reads them here.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

const PORTS: &str = "ports are numbers from 1 to 65535, or ranges such as \"8000-8080\"";
/// ALTIFNAMSIZ of linux/if.h, which counts a final zero: an interface has other names beside its short one.
const LONGEST_INTERFACE: usize = 127;

/// Ports from the first to the last: a number, or a text such as "8000-8080".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Ports(pub RangeInclusive<u16>);

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Number(i64),
    Text(String),
}

impl TryFrom<i64> for Ports {
    type Error = String;

    fn try_from(number: i64) -> Result<Self, String> {
        let port = u16::try_from(number).ok().filter(|port| *port > 0);
        port.map(|port| Self(port..=port))
            .ok_or_else(|| PORTS.into())
    }
}

impl FromStr for Ports {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let port = |text: &str| text.trim().parse::<u16>().ok().filter(|port| *port > 0);
        let (first, last) = match text.split_once('-') {
            Some((first, last)) => port(first).zip(port(last)),
            None => port(text).map(|port| (port, port)),
        }
        .ok_or(PORTS)?;
        if last < first {
            return Err(format!(
                "the range ends before it begins; did you mean \"{last}-{first}\"?"
            ));
        }
        Ok(Self(first..=last))
    }
}

impl TryFrom<Written> for Ports {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Number(number) => number.try_into(),
            Written::Text(text) => text.parse(),
        }
    }
}

impl From<Ports> for Written {
    fn from(ports: Ports) -> Self {
        match ports.only() {
            Some(port) => Self::Number(port.into()),
            None => Self::Text(ports.to_string()),
        }
    }
}

impl Ports {
    /// The port, where it is one.
    pub fn only(&self) -> Option<u16> {
        let (first, last) = (*self.0.start(), *self.0.end());
        (first == last).then_some(first)
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.only() {
            Some(port) => write!(f, "{port}"),
            None => write!(f, "{}-{}", self.0.start(), self.0.end()),
        }
    }
}

/// Whether a text names interfaces: one, or all whose names begin alike. Otherwise why not.
pub fn interface(text: &str) -> Result<(), String> {
    let literal = text.strip_suffix('*').unwrap_or(text);
    let fine = !text.is_empty()
        && literal.len() <= LONGEST_INTERFACE
        && literal
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"/:*".contains(&byte));
    match fine {
        true if text == "*" => Err("leave `interfaces` out to mean any, bound or not".into()),
        true => Ok(()),
        false => Err(format!(
            "`{}` is no interface's name: at most {LONGEST_INTERFACE} characters, and `*` only at the end",
            text.escape_debug()
        )),
    }
}
