//! The words of a command, one after the other, and what they may be: numbers, prefixes, link addresses.

use nethost_sdk::Exit;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub(crate) type Done<T = ()> = Result<T, Exit>;

/// Without the line end that some of iproute2's texts bring twice.
pub(crate) fn trimmed(mut exit: Exit) -> Exit {
    exit.stderr.truncate(exit.stderr.trim_end().len());
    exit
}

/// A failure with exit code 255: the command line makes no sense.
pub(crate) fn usage(text: impl Into<String>) -> Exit {
    Exit::failed(255, text)
}

/// A failure with another exit code.
pub(crate) fn failed(code: u8, text: impl Into<String>) -> Exit {
    Exit::failed(code, text)
}

/// `Error: argument "x" is wrong: why`.
pub(crate) fn wrong(argument: &str, why: &str) -> Exit {
    usage(format!("Error: argument \"{argument}\" is wrong: {why}"))
}

/// `Error: duplicate "x": "y" is the second value.`
pub(crate) fn duplicate(key: &str, word: &str) -> Exit {
    usage(format!(
        "Error: duplicate \"{key}\": \"{word}\" is the second value."
    ))
}

/// `Error: either "x" is duplicate, or "y" is a garbage.`
pub(crate) fn second(key: &str, word: &str) -> Exit {
    usage(format!(
        "Error: either \"{key}\" is duplicate, or \"{word}\" is a garbage."
    ))
}

/// `Error: argument of "x" must be "a", "b" or "c", not "y"`
pub(crate) fn one_of(what: &str, known: &[&str], word: &str) -> Exit {
    let quoted: Vec<String> = known.iter().map(|known| format!("\"{known}\"")).collect();
    let list = match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.join(""),
    };
    let word = nethost_sdk::text::printable(word);
    failed(
        1,
        format!("Error: argument of \"{what}\" must be {list}, not \"{word}\""),
    )
}

/// Whether a word is the beginning of a keyword.
pub(crate) fn matches(word: &str, keyword: &str) -> bool {
    !word.is_empty() && keyword.starts_with(word)
}

/// The words of a command.
#[derive(Debug)]
pub(crate) struct Words {
    words: Vec<String>,
    at: usize,
}

impl Words {
    pub(crate) fn new(words: Vec<String>) -> Self {
        Self { words, at: 0 }
    }

    /// The next word, which stays.
    pub(crate) fn peek(&self) -> Option<&str> {
        self.words.get(self.at).map(String::as_str)
    }

    /// The next word, if there is one.
    pub(crate) fn next(&mut self) -> Option<String> {
        let word = self.words.get_mut(self.at)?;
        self.at += 1;
        Some(std::mem::take(word))
    }

    /// The next word, which must be there.
    pub(crate) fn need(&mut self) -> Done<String> {
        self.next()
            .ok_or_else(|| usage("Command line is not complete. Try option \"help\""))
    }

    /// Whether all that is left is a command and this word.
    pub(crate) fn is_command_and(&self, word: &str) -> bool {
        matches!(self.words.get(self.at..), Some([_, last]) if last == word)
    }

    /// Whether none is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.at >= self.words.len()
    }
}

/// An unsigned number as strtoul(3) takes it with base 0: decimal, 0x…, 0….
pub(crate) fn unsigned(text: &str) -> Option<u64> {
    let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None if text.len() > 1 && text.starts_with('0') => (&text[1..], 8),
        None => (text, 10),
    };
    if digits.starts_with('+') {
        return None;
    }
    u64::from_str_radix(digits, radix).ok()
}

/// A number that must fit, or `Error: argument "x" is wrong: why`.
pub(crate) fn number<N: TryFrom<u64>>(text: &str, why: &str) -> Done<N> {
    unsigned(text)
        .and_then(|number| N::try_from(number).ok())
        .ok_or_else(|| wrong(text, why))
}

/// An address with a prefix length; as the words `default`, `any` and `all` no address at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Prefix {
    pub(crate) address: Option<IpAddr>,
    pub(crate) length: u8,
    /// The operator wrote the length.
    pub(crate) explicit: bool,
}

impl Prefix {
    pub(crate) fn family(&self) -> u8 {
        self.address.map_or(0, family_of)
    }
}

/// AF_INET and AF_INET6.
pub(crate) const INET: u8 = 2;
pub(crate) const INET6: u8 = 10;

pub(crate) fn family_of(address: IpAddr) -> u8 {
    if address.is_ipv4() { INET } else { INET6 }
}

pub(crate) fn bits(family: u8) -> u8 {
    if family == INET6 { 128 } else { 32 }
}

fn family_name(family: u8) -> &'static str {
    match family {
        INET => "inet",
        INET6 => "inet6",
        _ => "any valid",
    }
}

/// An IPv4 address with the parts that are there, the rest being zero: `10.1` is 10.1.0.0 here, as
/// iproute2 has it.
fn short_ipv4(text: &str) -> Option<Ipv4Addr> {
    let mut octets = [0; 4];
    let parts: Vec<&str> = text.split('.').collect();
    if parts.len() > 4 {
        return None;
    }
    for (place, part) in parts.iter().enumerate() {
        if part.is_empty() || part.len() > 3 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        octets[place] = part.parse().ok()?;
    }
    Some(octets.into())
}

fn parse_address(text: &str, family: u8) -> Option<IpAddr> {
    if text.contains(':') {
        return (family != INET)
            .then(|| text.parse::<Ipv6Addr>().ok())
            .flatten()
            .map(IpAddr::V6);
    }
    (family != INET6)
        .then(|| short_ipv4(text))
        .flatten()
        .map(IpAddr::V4)
}

/// An address, of this family unless it is 0.
pub(crate) fn address(text: &str, family: u8) -> Done<IpAddr> {
    parse_address(text, family).ok_or_else(|| {
        failed(
            1,
            format!(
                "Error: {} address is expected rather than \"{text}\".",
                family_name(family)
            ),
        )
    })
}

/// `ADDRESS[/LENGTH]`, `default`, `any` or `all`.
pub(crate) fn prefix(text: &str, family: u8) -> Done<Prefix> {
    if matches!(text, "default" | "any" | "all") {
        return Ok(Prefix {
            address: match (family, text) {
                (INET, "default") | (0, "default") => None,
                _ => None,
            },
            length: 0,
            explicit: false,
        });
    }
    let expected = || {
        failed(
            1,
            format!(
                "Error: {} prefix is expected rather than \"{text}\".",
                family_name(family)
            ),
        )
    };
    let (host, length) = match text.split_once('/') {
        Some((host, length)) => (host, Some(length)),
        None => (text, None),
    };
    let address = parse_address(host, family).ok_or_else(expected)?;
    let bits = bits(family_of(address));
    let length = match length {
        None => None,
        Some(length) => Some(
            mask_length(length)
                .filter(|length| *length <= bits)
                .ok_or_else(expected)?,
        ),
    };
    Ok(Prefix {
        address: Some(address),
        length: length.unwrap_or(bits),
        explicit: length.is_some(),
    })
}

/// `24` or `255.255.255.0`.
fn mask_length(text: &str) -> Option<u8> {
    if let Some(number) = unsigned(text) {
        return u8::try_from(number).ok();
    }
    let mask = u32::from(text.parse::<Ipv4Addr>().ok()?);
    (mask.leading_ones() + mask.trailing_zeros() == 32 || mask == 0)
        .then(|| mask.leading_ones() as u8)
}

/// `02:00:…`, any length.
pub(crate) fn link_address(text: &str) -> Done<Vec<u8>> {
    // A tunnel's link address is an IPv4 address.
    if text.contains('.')
        && !text.contains(':')
        && let Some(address) = short_ipv4(text)
    {
        return Ok(address.octets().to_vec());
    }
    // As many digits as there are: what follows them is not looked at.
    let octet = |part: &str| {
        let digits = part.strip_prefix("0x").unwrap_or(part);
        let end = digits.find(|it: char| !it.is_ascii_hexdigit());
        u8::from_str_radix(&digits[..end.unwrap_or(digits.len())], 16)
            .map_err(|_| failed(1, format!("\"{part}\" is invalid lladdr.")))
    };
    text.split(':').map(octet).collect()
}
