//! Values as JSON text: compact, indented, in colours.

use std::rc::Rc;

use crate::value::{MAX_DEPTH, Val, format_double};

/// The colours of null, false, true, numbers, strings, arrays, objects and names: the parameters of SGR.
pub(crate) type Palette = [String; 8];

/// How values are written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Style {
    /// Spaces a level; `None` is all in one line.
    pub(crate) indent: Option<usize>,
    pub(crate) tabs: bool,
    pub(crate) sorted: bool,
    pub(crate) ascii: bool,
    pub(crate) palette: Option<Box<Palette>>,
}

/// The colours of jq 1.8.
pub(crate) fn default_palette() -> Palette {
    [
        "0;90", "0;39", "0;39", "0;39", "0;32", "1;39", "1;39", "1;34",
    ]
    .map(str::to_owned)
}

/// A value in one line.
pub(crate) fn compact(value: &Val) -> String {
    let mut out = Vec::new();
    write(&mut out, value, &Style::default());
    String::from_utf8(out).unwrap_or_default()
}

/// The beginning of a value in one line; it may be longer than `enough`.
pub(crate) fn compact_prefix(value: &Val, enough: usize) -> String {
    let mut out = Vec::new();
    let mut writer = Writer {
        out: &mut out,
        style: &Style::default(),
        enough,
        full: &mut |_| false,
        number: String::new(),
    };
    writer.all(value);
    String::from_utf8(out).unwrap_or_default()
}

/// Appends a value.
pub(crate) fn write(out: &mut Vec<u8>, value: &Val, style: &Style) {
    write_in_parts(out, value, style, usize::MAX, &mut |_| true);
}

/// Appends a value; whenever there is so much, `full` takes what there is, and says whether more is wanted.
pub(crate) fn write_in_parts(
    out: &mut Vec<u8>,
    value: &Val,
    style: &Style,
    enough: usize,
    full: &mut dyn FnMut(&mut Vec<u8>) -> bool,
) {
    let mut writer = Writer {
        out,
        style,
        enough,
        full,
        number: String::new(),
    };
    writer.all(value);
}

/// Appends a string with its quotes.
pub(crate) fn write_string(out: &mut Vec<u8>, text: &str, ascii: bool) {
    out.push(b'"');
    let octets = text.as_bytes();
    let mut plain = 0;
    let mut at = 0;
    while at < octets.len() {
        let octet = octets[at];
        if ESCAPED[usize::from(octet)] == 0 || (octet >= 0x80 && !ascii) {
            at += 1;
            continue;
        }
        out.extend_from_slice(&octets[plain..at]);
        if octet >= 0x80 {
            let c = text[at..].chars().next().unwrap_or_default();
            for unit in c.encode_utf16(&mut [0; 2]) {
                escape_unit(out, *unit);
            }
            at += c.len_utf8();
        } else {
            match ESCAPED[usize::from(octet)] {
                b'u' => escape_unit(out, u16::from(octet)),
                letter => out.extend_from_slice(&[b'\\', letter]),
            }
            at += 1;
        }
        plain = at;
    }
    out.extend_from_slice(&octets[plain..]);
    out.push(b'"');
}

fn escape_unit(out: &mut Vec<u8>, unit: u16) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.extend_from_slice(b"\\u");
    for shift in [12, 8, 4, 0] {
        out.push(DIGITS[usize::from(unit >> shift & 15)]);
    }
}

/// The letter behind the backslash, `u` for a code, 0 for none.
const ESCAPED: [u8; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 32 {
        table[at] = b'u';
        at += 1;
    }
    table[8] = b'b';
    table[9] = b't';
    table[10] = b'n';
    table[12] = b'f';
    table[13] = b'r';
    table[34] = b'"';
    table[92] = b'\\';
    table[127] = b'u';
    at = 128;
    while at < 256 {
        table[at] = b'u';
        at += 1;
    }
    table
};

/// What is left of a container.
enum Items<'v> {
    Elements(std::slice::Iter<'v, Val>),
    Entries(indexmap::map::Iter<'v, Rc<str>, Val>),
    Sorted(std::vec::IntoIter<(&'v Rc<str>, &'v Val)>),
}

impl<'v> Items<'v> {
    fn next(&mut self) -> Option<(Option<&'v str>, &'v Val)> {
        match self {
            Self::Elements(elements) => elements.next().map(|value| (None, value)),
            Self::Entries(entries) => entries.next().map(|(name, value)| (Some(&**name), value)),
            Self::Sorted(entries) => entries.next().map(|(name, value)| (Some(&**name), value)),
        }
    }
}

/// A container that is being written.
struct Open<'v> {
    items: Items<'v>,
    /// Its kind's place in the palette.
    kind: usize,
    started: bool,
}

struct Writer<'a> {
    out: &'a mut Vec<u8>,
    style: &'a Style,
    /// Once there is so much, `full` takes it, or nothing more is written.
    enough: usize,
    full: &'a mut dyn FnMut(&mut Vec<u8>) -> bool,
    number: String,
}

const NAMES: usize = 7;

impl Writer<'_> {
    fn scalar(&mut self, value: &Val) {
        match value {
            Val::Null | Val::Off => self.out.extend_from_slice(b"null"),
            Val::Bool(true) => self.out.extend_from_slice(b"true"),
            Val::Bool(false) => self.out.extend_from_slice(b"false"),
            Val::Num(double) => {
                self.number.clear();
                format_double(&mut self.number, *double);
                self.out.extend_from_slice(self.number.as_bytes());
            }
            Val::Literal(literal) => {
                self.number.clear();
                literal.write(&mut self.number);
                self.out.extend_from_slice(self.number.as_bytes());
            }
            Val::Str(text) => write_string(self.out, text, self.style.ascii),
            Val::Arr(_) => self.out.extend_from_slice(b"[]"),
            Val::Obj(_) => self.out.extend_from_slice(b"{}"),
        }
    }

    fn line(&mut self, depth: usize) {
        if self.style.tabs {
            self.out.push(b'\n');
            self.out.extend(std::iter::repeat_n(b'\t', depth));
        } else if let Some(indent) = self.style.indent {
            self.out.push(b'\n');
            self.out.extend(std::iter::repeat_n(b' ', depth * indent));
        }
    }

    fn is_pretty(&self) -> bool {
        self.style.tabs || self.style.indent.is_some()
    }

    fn start(&mut self, kind: usize) {
        if let Some(palette) = &self.style.palette {
            self.out.extend_from_slice(b"\x1b[");
            self.out.extend_from_slice(palette[kind].as_bytes());
            self.out.push(b'm');
        }
    }

    fn end(&mut self) {
        if self.style.palette.is_some() {
            self.out.extend_from_slice(b"\x1b[0m");
        }
    }

    /// Writes a value. A stack of its own, for the depth is that of the value.
    fn all(&mut self, value: &Val) {
        let mut open = Vec::new();
        self.begin(value, &mut open);
        while let Some(last) = open.last_mut() {
            if self.out.len() > self.enough && !(self.full)(self.out) {
                return;
            }
            let kind = last.kind;
            let next = last.items.next();
            let started = std::mem::replace(&mut last.started, true);
            let depth = open.len();
            let Some((name, value)) = next else {
                self.line(depth - 1);
                self.start(kind);
                self.out.push(if kind == 5 { b']' } else { b'}' });
                self.end();
                open.pop();
                continue;
            };
            if started {
                self.start(kind);
                self.out.push(b',');
            }
            self.end();
            self.line(depth);
            if let Some(name) = name {
                self.start(NAMES);
                write_string(self.out, name, self.style.ascii);
                self.end();
                self.start(kind);
                self.out.push(b':');
                self.end();
                if self.is_pretty() {
                    self.out.push(b' ');
                }
            }
            self.begin(value, &mut open);
        }
    }

    /// A scalar as a whole, or the beginning of a container.
    fn begin<'v>(&mut self, value: &'v Val, open: &mut Vec<Open<'v>>) {
        let kind = match value {
            Val::Null | Val::Off => 0,
            Val::Bool(false) => 1,
            Val::Bool(true) => 2,
            Val::Num(_) | Val::Literal(_) => 3,
            Val::Str(_) => 4,
            Val::Arr(_) => 5,
            Val::Obj(_) => 6,
        };
        self.start(kind);
        if open.len() > MAX_DEPTH {
            self.out.extend_from_slice(b"<skipped: too deep>");
            self.end();
            return;
        }
        let (bracket, items) = match value {
            Val::Arr(elements) if !elements.is_empty() => (b'[', Items::Elements(elements.iter())),
            Val::Obj(entries) if !entries.is_empty() => match self.style.sorted {
                true => (b'{', Items::Sorted(entries.sorted().into_iter())),
                false => (b'{', Items::Entries(entries.iter())),
            },
            scalar => {
                self.scalar(scalar);
                self.end();
                return;
            }
        };
        self.out.push(bracket);
        open.push(Open {
            items,
            kind,
            started: false,
        });
    }
}
