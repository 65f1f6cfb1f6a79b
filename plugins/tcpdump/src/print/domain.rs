//! DNS (RFC 1035), multicast DNS (RFC 6762) and LLMNR.

use super::prelude::*;
use super::{domain_option, domain_record};

/// The longest name.
const LONGEST: usize = 255;

/// Operations.
const OPERATIONS: [&str; 16] = [
    "",
    " inv_q",
    " stat",
    " op3",
    " notify",
    " update",
    " op6",
    " op7",
    " op8",
    " updateA",
    " updateD",
    " updateDA",
    " updateM",
    " updateMA",
    " zoneInit",
    " zoneRef",
];
/// Codes of answers. Two of them have no space before them in the native tool.
const RESPONSES: [&str; 24] = [
    "",
    " FormErr",
    " ServFail",
    " NXDomain",
    " NotImp",
    " Refused",
    " YXDomain",
    " YXRRSet",
    " NXRRSet",
    " NotAuth",
    " NotZone",
    " Resp11",
    " Resp12",
    " Resp13",
    " Resp14",
    " NoChange",
    " BadVers",
    "Resp17",
    " Resp18",
    " Resp19",
    " Resp20",
    "Resp21",
    " Resp22",
    " BadCookie",
];

/// Where a name ends; none when it is malformed or cut off.
fn skip(b: &[u8], at: usize) -> Option<usize> {
    let mut at = at;
    loop {
        let length = b.u8(at).ok()?;
        at += 1;
        match length {
            0 => return Some(at),
            0xc0.. => return Some(at + 1),
            0x41 => {
                let bits = match b.u8(at).ok()? {
                    0 => 256,
                    bits => usize::from(bits),
                };
                at += 1 + bits.div_ceil(8);
            }
            0x40.. => return None,
            _ => at += usize::from(length),
        }
    }
}

/// A label of bits (RFC 2673), behind its first octet.
fn bit_label(p: &mut Printer, b: &[u8], at: usize) -> Option<()> {
    let bits = match b.u8(at).ok()? {
        0 => 256,
        bits => usize::from(bits),
    };
    p.text("\\[x");
    let (whole, rest) = (bits / 8, bits % 8);
    p.hex(b.octets(at + 1, whole).ok()?, "");
    if rest > 4 {
        let last = u32::from(b.u8(at + 1 + whole).ok()?);
        write!(p, "{:02x}", last & (0xff << (8 - rest)) & 0xff);
    } else if rest > 0 {
        let last = u32::from(b.u8(at + 1 + whole).ok()?);
        write!(p, "{:x}", last >> 4 & 15 & (0x0f << (4 - rest)));
    }
    write!(p, "/{bits}]");
    Some(())
}

/// How far the label at an offset reaches beyond its first octet.
fn label_length(p: &mut Printer, b: &[u8], at: usize) -> Option<usize> {
    let first = b.u8(at).ok()?;
    match first >> 6 {
        1 => {
            if first & 0x3f != 1 {
                write!(p, "<ELT {}>", first & 0x3f);
                return None;
            }
            let bits = match b.u8(at + 1).ok()? {
                0 => 256,
                bits => usize::from(bits),
            };
            Some(bits.div_ceil(8) + 1)
        }
        2 => {
            p.text("<BAD LABEL TYPE>");
            None
        }
        _ => Some(first.into()),
    }
}

/// Prints the name at an offset of a message that was captured up to `end`; where it ends.
pub(crate) fn name(p: &mut Printer, b: &[u8], at: usize, end: usize) -> Option<usize> {
    let b = b.upto(end);
    let mut length = label_length(p, b, at)?;
    let mut highest = at;
    let mut first = b.u8(at).ok()?;
    let mut place = at + 1;
    let mut after = place + length;
    let mut followed = false;
    let mut written = 0;
    if first == 0 {
        p.text(".");
        return Some(after);
    }
    while first != 0 && place < b.len() {
        match first >> 6 {
            3 => {
                if !followed {
                    after = place + 1;
                    followed = true;
                }
                let offset = (usize::from(first) << 8 | usize::from(b.u8(place).ok()?)) & 0x3fff;
                // Backwards alone, so that it ends.
                if offset >= highest {
                    p.text("<BAD PTR>");
                    return None;
                }
                highest = offset;
                first = b.u8(offset).ok()?;
                length = label_length(p, b, offset)?;
                place = offset + 1;
                continue;
            }
            1 => bit_label(p, b, place)?,
            0 => {
                let shown = length.min(LONGEST.saturating_sub(written));
                if written < LONGEST || written + length <= LONGEST {
                    p.string_at(b, place, shown).ok()?;
                }
                written += length;
            }
            _ => {
                p.text("<BAD LABEL TYPE>");
                return None;
            }
        }
        place += length;
        if written <= LONGEST {
            p.text(".");
        }
        written += 1;
        first = b.u8(place).ok()?;
        length = label_length(p, b, place)?;
        place += 1;
        if !followed {
            after += length + 1;
        }
    }
    if written > LONGEST {
        p.text("<DOMAIN NAME TOO LONG>");
    }
    Some(after)
}

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(
    p: &mut Printer,
    b: &[u8],
    length: usize,
    over_tcp: bool,
    multicast: bool,
) -> Done {
    p.protocol = "domain";
    let (mut b, mut length) = (b, length);
    if over_tcp {
        if length < 2 {
            write!(p, " [DNS over TCP: length {length} < 2]");
            p.invalid();
            return Ok(());
        }
        length -= 2;
        let prefix = b.be16(0)?;
        if usize::from(prefix) != length {
            write!(p, " [prefix length({prefix}) != length({length})]");
            p.invalid();
            return Ok(());
        }
        b = b.tail(2);
        p.text(" ");
    }
    if length < 12 {
        write!(p, "domain [length {length} < 12]");
        p.invalid();
        return Ok(());
    }
    b.octets(0, 12)?;
    let message = Message { b, multicast };
    let complete = match b.be16(2)? & 0x8000 {
        0 => query(p, message)?,
        _ => response(p, message)?,
    };
    match complete {
        Some(()) => write!(p, " ({length})"),
        None => p.truncated(),
    }
    Ok(())
}

/// A message of DNS.
#[derive(Clone, Copy)]
pub(crate) struct Message<'a> {
    /// From its header on.
    pub(crate) b: &'a [u8],
    /// Multicast DNS, in which the highest bit of a class means something else.
    pub(crate) multicast: bool,
}

/// The code of an answer, with the upper part that EDNS has.
fn code(b: &[u8], counts: [u16; 4]) -> Done<u16> {
    let low = b.be16(2)? & 15;
    Ok(extended_code(b, counts).map_or(low, |high| low | u16::from(high) << 4))
}

fn extended_code(b: &[u8], [questions, answers, authorities, additional]: [u16; 4]) -> Option<u8> {
    let mut at = 12;
    let within = |at: usize| (at < b.len()).then_some(at);
    for _ in 0..questions {
        at = within(skip(b, at)? + 4)?;
    }
    for _ in 0..u32::from(answers) + u32::from(authorities) {
        at = skip(b, at)? + 8;
        at = within(at + 2 + usize::from(b.be16(at).ok()?))?;
    }
    for _ in 0..additional {
        at = skip(b, at)?;
        let kind = b.be16(at).ok()?;
        if kind == 41 {
            return b.u8(at + 4).ok();
        }
        at += 8;
        at = within(at + 2 + usize::from(b.be16(at).ok()?))?;
    }
    None
}

fn response(p: &mut Printer, message: Message<'_>) -> Done<Option<()>> {
    let b = message.b;
    let flags = b.be16(2)?;
    let counts = [b.be16(4)?, b.be16(6)?, b.be16(8)?, b.be16(10)?];
    let [questions, answers, authorities, additional] = counts;
    let code = code(b, counts)?;
    let operation = OPERATIONS
        .get(usize::from(flags >> 11 & 15))
        .copied()
        .unwrap_or_default();
    p.decimal(b.be16(0)?.into());
    p.text(operation);
    match RESPONSES.get(usize::from(code)) {
        Some(name) => p.text(name),
        None => write!(p, " Resp{}", code & 0xfff),
    }
    let marks = [
        (0x0400, "*", ""),
        (0x0080, "", "-"),
        (0x0200, "|", ""),
        (0x0020, "$", ""),
    ];
    for (bit, set, unset) in marks {
        p.text(if flags & bit != 0 { set } else { unset });
    }
    if questions != 1 {
        write!(p, " [{questions}q]");
    }
    let mut at = 12;
    for number in 0..questions {
        if number > 0 {
            p.text(",");
        }
        let next = if p.v(2) {
            p.text(" q:");
            question(p, message, at)
        } else {
            skip(b, at).map(|at| at + 4)
        };
        match next {
            Some(next) => at = next,
            None => return Ok(None),
        }
    }
    write!(p, " {answers}/{authorities}/{additional}");
    // The first record is tried even where nothing was captured of it.
    let sections = [
        ("", answers, 1),
        (" ns:", authorities, 2),
        (" ar:", additional, 2),
    ];
    for (name, count, verbose) in sections {
        if p.v(verbose) || verbose == 1 {
            match records(p, message, at, count, name)? {
                Some(next) => at = next,
                None => return Ok(None),
            }
        }
    }
    Ok(Some(()))
}

fn query(p: &mut Printer, message: Message<'_>) -> Done<Option<()>> {
    let b = message.b;
    let flags = b.be16(2)?;
    let [questions, answers, authorities, additional] =
        [b.be16(4)?, b.be16(6)?, b.be16(8)?, b.be16(10)?];
    let operation = flags >> 11 & 15;
    p.decimal(b.be16(0)?.into());
    p.text(
        OPERATIONS
            .get(usize::from(operation))
            .copied()
            .unwrap_or_default(),
    );
    if flags & 0x0100 != 0 {
        p.text("+");
    }
    if flags & 0x0010 != 0 {
        p.text("%");
    }
    if flags & 0x6cf != 0 {
        write!(p, " [b2&3=0x{flags:x}]");
    }
    if operation == 1 {
        if questions > 0 {
            write!(p, " [{questions}q]");
        }
        if answers != 1 {
            write!(p, " [{answers}a]");
        }
    } else {
        if answers > 0 {
            write!(p, " [{answers}a]");
        }
        if questions != 1 {
            write!(p, " [{questions}q]");
        }
    }
    if authorities > 0 {
        write!(p, " [{authorities}n]");
    }
    if additional > 0 {
        write!(p, " [{additional}au]");
    }
    let mut at = 12;
    for number in 0..questions {
        if number > 0 && at >= b.len() {
            return Ok(None);
        }
        match question(p, message, at) {
            Some(next) => at = next,
            None => return Ok(None),
        }
    }
    if p.v(2) {
        for (name, count) in [("", answers), (" ns:", authorities), (" ar:", additional)] {
            match records(p, message, at, count, name)? {
                Some(next) => at = next,
                None => return Ok(None),
            }
        }
    }
    Ok(Some(()))
}

/// Prints the records of a section; where they end, none when not all were captured.
fn records(
    p: &mut Printer,
    message: Message<'_>,
    at: usize,
    count: u16,
    name: &str,
) -> Done<Option<usize>> {
    let mut at = at;
    for number in 0..count {
        let unnamed_first = name.is_empty() && number == 0;
        if at >= message.b.len() && !unnamed_first {
            return Ok(None);
        }
        p.text(if number == 0 { name } else { "," });
        match domain_record::print(p, message, at)? {
            Some(next) => at = next,
            None => return Ok(None),
        }
    }
    Ok(Some(at))
}

fn question(p: &mut Printer, message: Message<'_>, at: usize) -> Option<usize> {
    let b = message.b;
    let end = skip(b, at)?;
    b.octets(end, 4).ok()?;
    p.text(" ");
    p.name(domain_record::TYPES, b.be16(end).ok()?, "Type%u");
    let written = b.be16(end + 2).ok()?;
    let class = if message.multicast {
        written & 0x7fff
    } else {
        written
    };
    domain_record::class(p, class);
    if message.multicast {
        p.text(if written & 0x8000 != 0 {
            " (QU)"
        } else {
            " (QM)"
        });
    }
    p.text("? ");
    name(p, b, at, b.len()).map(|after| after + 4)
}

/// Where the owner of a record ends, without printing it.
pub(crate) fn skip_name(b: &[u8], at: usize) -> Option<usize> {
    skip(b, at)
}

/// The options of EDNS are a file of their own.
pub(crate) use domain_option::print as print_option;
