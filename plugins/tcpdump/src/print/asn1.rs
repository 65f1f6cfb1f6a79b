//! Elements of ASN.1 in the basic encoding (X.690), as far as SNMP uses them.

use super::prelude::*;
use super::snmp_object;

const UNIVERSAL: [&str; 18] = [
    "U-0",
    "Boolean",
    "Integer",
    "Bitstring",
    "String",
    "Null",
    "ObjID",
    "ObjectDes",
    "U-8",
    "U-9",
    "U-10",
    "U-11",
    "U-12",
    "U-13",
    "U-14",
    "U-15",
    "Sequence",
    "Set",
];
const APPLICATION: [&str; 7] = [
    "IpAddress",
    "Counter",
    "Gauge",
    "TimeTicks",
    "Opaque",
    "C-5",
    "Counter64",
];
const CONTEXT: [&str; 9] = [
    "GetRequest",
    "GetNextRequest",
    "GetResponse",
    "SetRequest",
    "Trap",
    "GetBulk",
    "Inform",
    "V2Trap",
    "Report",
];
const EXCEPTIONS: [&str; 3] = ["noSuchObject", "noSuchInstance", "endOfMibView"];
const CLASSES: [(&str, &[&str]); 4] = [
    ("x", &UNIVERSAL),
    ("x", &APPLICATION),
    ("x", &CONTEXT),
    ("x", &["P-0"]),
];

/// What an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Of a kind that is not known more closely.
    Any,
    /// Octets of something else.
    Octets,
    /// Nothing.
    Null,
    /// An object's place.
    Object,
    /// A number with a sign.
    Integer(i32),
    /// A number without.
    Unsigned(u64),
    /// Octets that may be text.
    Text,
    /// Elements.
    Sequence,
    /// An address of IPv4.
    Address,
    /// A request, an answer or a trap.
    Unit,
    /// Why there is no value.
    Exception,
}

/// An element.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    /// What it is.
    pub(crate) kind: Kind,
    /// The number in its tag.
    pub(crate) id: u8,
    /// Its octets.
    pub(crate) v: &'a [u8],
    /// Octets with its head.
    pub(crate) size: usize,
}

/// Reads an element of at most so many octets; none when it is invalid, which has been said.
///
/// # Errors
/// [`Cut`]
pub(crate) fn parse<'a>(p: &mut Printer, b: &'a [u8], length: usize) -> Done<Option<Element<'a>>> {
    if length < 1 {
        p.text("[nothing to parse]");
        return Ok(None);
    }
    let first = b.u8(0)?;
    let (constructed, class) = (first & 0x20 != 0, usize::from(first >> 6));
    let mut id = first & 0x1f;
    let (mut at, mut left) = (1, length - 1);
    if id == 0x1f {
        id = 0;
        loop {
            let octet = b.u8(at)?;
            if left < 1 {
                p.text("[Xtagfield?]");
                return Ok(None);
            }
            id = id << 7 | octet & 0x7f;
            (at, left) = (at + 1, left - 1);
            if octet & 0x80 == 0 {
                break;
            }
        }
    }
    if left < 1 {
        p.text("[no asnlen]");
        return Ok(None);
    }
    let mut size = u32::from(b.u8(at)?);
    (at, left) = (at + 1, left - 1);
    if size & 0x80 != 0 {
        let count = (size & 0x7f) as usize;
        if left < count {
            write!(p, "[asnlen? {left}<{count}]");
            return Ok(None);
        }
        size = 0;
        for octet in b.octets(at, count)? {
            size = size << 8 | u32::from(*octet);
        }
        (at, left) = (at + count, left - count);
    }
    if (left as u64) < u64::from(size) {
        write!(p, "[len{left}<asnlen{size}]");
        return Ok(None);
    }
    let form = if constructed { 'C' } else { 'P' };
    let (class_name, names) = CLASSES.get(class).copied().unwrap_or(("x", &[]));
    let Some(name) = names.get(usize::from(id)).copied() else {
        write!(p, "[id?{form}/{class_name}/{id}]");
        return Ok(None);
    };
    let v = b.octets(at, size as usize)?;
    let unsigned = |v: &[u8]| {
        v.iter()
            .fold(0u64, |sum, octet| sum << 8 | u64::from(*octet))
    };
    let kind = match (constructed, class, id) {
        (false, 0, 4) => Kind::Text,
        (false, 0, 2) => {
            let Some(highest) = v.first() else {
                p.text("[asnlen=0]");
                return Ok(None);
            };
            let start = if highest & 0x80 != 0 { u32::MAX } else { 0 };
            let number = v
                .iter()
                .fold(start, |sum, octet| sum << 8 | u32::from(*octet));
            Kind::Integer(number.cast_signed())
        }
        (false, 0, 6) => Kind::Object,
        (false, 0, 5) => Kind::Null,
        (false, 0, _) => {
            write!(p, "[P/U/{name}]");
            Kind::Octets
        }
        (false, 1, 0) => Kind::Address,
        (false, 1, 1..=3) => Kind::Unsigned(unsigned(v) & 0xffff_ffff),
        (false, 1, 6) => Kind::Unsigned(unsigned(v)),
        (false, 1, _) => {
            write!(p, "[P/A/{name}]");
            Kind::Octets
        }
        (false, 2, 0..=2) => Kind::Exception,
        (false, 2, _) => Kind::Any,
        (false, ..) => {
            write!(p, "[P/{class_name}/{name}]");
            Kind::Octets
        }
        (true, 0, 16) => Kind::Sequence,
        (true, 0, _) => {
            write!(p, "C/U/{name}");
            Kind::Octets
        }
        (true, 2, _) => Kind::Unit,
        (true, ..) => {
            write!(p, "C/{class_name}/{name}");
            Kind::Octets
        }
    };
    let size = at + v.len();
    Ok(Some(Element { kind, id, v, size }))
}

/// Octets, each behind `_`.
pub(crate) fn octets(p: &mut Printer, v: &[u8]) {
    v.iter().for_each(|octet| write!(p, "_{octet:02x}"));
}

/// Text where all of it is printable, octets otherwise.
pub(crate) fn text(p: &mut Printer, v: &[u8]) {
    if v.iter().all(|octet| (0x20..0x7f).contains(octet)) {
        p.text("\"");
        p.string(v);
        p.text("\"");
    } else {
        p.hex(v, "_");
    }
}

impl Element<'_> {
    /// Prints the element.
    pub(crate) fn print(&self, p: &mut Printer) {
        match self.kind {
            Kind::Any => p.text("[BE_ANY!?]"),
            Kind::Octets => octets(p, self.v),
            Kind::Null => {}
            Kind::Object => object(p, self.v),
            Kind::Integer(number) => write!(p, "{number}"),
            Kind::Unsigned(number) => write!(p, "{number}"),
            Kind::Text => text(p, self.v),
            Kind::Sequence => write!(p, "Seq({})", self.v.len()),
            Kind::Address => {
                if self.v.len() != 4 {
                    p.text("[inetaddr len!=4]");
                }
                for (place, octet) in self.v.iter().enumerate() {
                    p.text(if place > 0 { "." } else { "" });
                    p.decimal((*octet).into());
                }
            }
            Kind::Exception => {
                let name = EXCEPTIONS.get(usize::from(self.id)).copied();
                write!(p, "[{}]", name.unwrap_or_default());
            }
            Kind::Unit => {
                let name = CONTEXT.get(usize::from(self.id)).copied();
                write!(p, "{}({})", name.unwrap_or_default(), self.v.len());
            }
        }
    }
}

/// The numbers of an object's place.
fn place(v: &[u8]) -> Vec<u32> {
    let (mut numbers, mut number) = (Vec::new(), 0u32);
    for octet in v {
        number = (number << 7).wrapping_add(u32::from(octet & 0x7f));
        if octet & 0x80 != 0 {
            continue;
        }
        if numbers.is_empty() {
            let first = (number / 40).min(2);
            numbers.push(first);
            number -= first * 40;
        }
        numbers.push(number);
        number = 0;
    }
    numbers
}

/// Trees that are named by a letter, or by nothing at all.
const SHORT: [(&[u32], &str); 4] = [
    (&[1, 3, 6, 1, 2, 1], ""),
    (&[1, 3, 6, 1, 4, 1], "E:"),
    (&[1, 3, 6, 1, 3], "X:"),
    (&[1, 3, 6, 1, 6, 3], "S:"),
];

fn object(p: &mut Printer, v: &[u8]) {
    let numbers = place(v);
    if p.set.numeric > 0 {
        return numbers.iter().for_each(|number| write!(p, ".{number}"));
    }
    let short = SHORT.iter().find(|(start, _)| numbers.starts_with(start));
    let (mut path, rest, mut dot) = match short.filter(|_| v.len() > 2) {
        Some((start, letter)) => {
            p.text(letter);
            let path: Vec<String> = start.iter().map(u32::to_string).collect();
            (
                path.join("."),
                numbers.get(start.len()..).unwrap_or_default(),
                "",
            )
        }
        None => (String::new(), numbers.as_slice(), "."),
    };
    let mut known = true;
    for number in rest {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(&number.to_string());
        let name = if known {
            snmp_object::name(&path)
        } else {
            None
        };
        known = name.is_some();
        match name {
            Some(name) => write!(p, "{dot}{name}"),
            None => write!(p, "{dot}{number}"),
        }
        dot = ".";
    }
}
