//! The syntax of `-p`: `22,80-90,T:1-,U:53,http*,[60000-]`, read from left to right.

use nethost_sdk::Exit;

use crate::quit;
use crate::services::Protocol;

/// A part of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Numbers; in brackets, only those with a name.
    Range {
        of: Vec<Protocol>,
        from: u16,
        to: u16,
        named: bool,
    },
    /// Names that match.
    Mask { of: Vec<Protocol>, mask: String },
}

fn illegal(number: u16) -> Exit {
    quit(format!(
        "Error #{number}: Your port specifications are illegal.  Example of proper form: \"-100,200-1024,T:3000-4000,U:60000-\""
    ))
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn skip(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    fn spaces(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn taken(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or_default();
        self.rest = rest;
        taken
    }

    fn number(&mut self) -> Result<u16, Exit> {
        let digits = self.taken(|c| c.is_ascii_digit());
        digits
            .parse()
            .map_err(|_| quit("Ports specified must be between 0 and 65535 inclusive".into()))
    }
}

/// Reads the text, for the protocols that are wanted.
pub(crate) fn read(text: &str, wanted: &[Protocol]) -> Result<Vec<Part>, Exit> {
    let mut reader = Reader { rest: text };
    let mut of = wanted.to_vec();
    let mut named = false;
    let mut parts = Vec::new();
    loop {
        reader.spaces();
        // Several may follow each other, as in `U:T:`.
        while let [letter, b':', ..] = reader.rest.as_bytes() {
            let only = match letter {
                b'T' => Protocol::Tcp,
                b'U' => Protocol::Udp,
                b'S' => Protocol::Sctp,
                b'P' => Protocol::Ip,
                other => {
                    return Err(quit(format!(
                        "Error parsing port list: Unknown protocol specifier '{}'.",
                        char::from(*other)
                    )));
                }
            };
            of = wanted.iter().copied().filter(|p| *p == only).collect();
            reader.skip(2);
            reader.spaces();
            if reader.rest.is_empty() {
                return Ok(parts);
            }
        }
        match reader.peek() {
            Some('[') if named => {
                return Err(quit(
                    "Unexpected [ character in port/protocol specification".into(),
                ));
            }
            Some('[') => {
                named = true;
                reader.skip(1);
                continue;
            }
            Some(']') if !named => return Err(unexpected_end()),
            Some(']') => {
                named = false;
                reader.skip(1);
            }
            _ => parts.push(one(&mut reader, &of, named, wanted)?),
        }
        reader.spaces();
        if reader.peek() == Some(']') {
            if !std::mem::take(&mut named) {
                return Err(unexpected_end());
            }
            reader.skip(1);
            reader.spaces();
        }
        match reader.peek() {
            None => return Ok(parts),
            Some(',') => reader.skip(1),
            Some(_) => return Err(illegal(488)),
        }
        if reader.rest.trim().is_empty() {
            return Ok(parts);
        }
    }
}

fn unexpected_end() -> Exit {
    quit("Unexpected ] character in port/protocol specification".into())
}

/// A range or a name.
fn one(
    reader: &mut Reader<'_>,
    of: &[Protocol],
    named: bool,
    wanted: &[Protocol],
) -> Result<Part, Exit> {
    // Protocols of IP are numbered up to 255.
    let protocols = wanted == [Protocol::Ip];
    let (first, last) = if protocols { (0, 255) } else { (1, 65535) };
    let of = of.to_vec();
    let from = match reader.peek() {
        Some('-') => first,
        Some(c) if c.is_ascii_digit() => reader.number()?,
        Some(c) if c.is_ascii_lowercase() || c == '*' || c == '?' => {
            let mask = reader.taken(|c| ![',', ']', ' '].contains(&c)).to_owned();
            return Ok(Part::Mask { of, mask });
        }
        _ => return Err(illegal(485)),
    };
    reader.spaces();
    let to = match reader.peek() {
        None | Some(',' | ']') => from,
        Some('-') => {
            reader.skip(1);
            match reader.peek() {
                None | Some(',' | ']') => last,
                Some(c) if c.is_ascii_digit() => reader.number()?,
                Some(_) => return Err(illegal(486)),
            }
        }
        Some(_) => return Err(illegal(487)),
    };
    if from > last || to > last {
        return Err(quit(
            "Protocols specified must be between 0 and 255 inclusive".into(),
        ));
    }
    if from > to {
        let what = if protocols { "protocol" } else { "port" };
        return Err(quit(format!(
            "Your {what} range {from}-{to} is backwards. Did you mean {to}-{from}?"
        )));
    }
    let range = Part::Range {
        of,
        from,
        to,
        named,
    };
    Ok(range)
}
