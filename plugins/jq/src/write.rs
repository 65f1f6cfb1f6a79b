//! Values as JSON text: compact, indented, in colours.

use crate::value::{MAX_DEPTH, Map, Val, format_double};

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
        number: String::new(),
    };
    writer.value(value, 0);
    String::from_utf8(out).unwrap_or_default()
}

/// Appends a value.
pub(crate) fn write(out: &mut Vec<u8>, value: &Val, style: &Style) {
    let mut writer = Writer {
        out,
        style,
        enough: usize::MAX,
        number: String::new(),
    };
    match &style.palette {
        None => writer.value(value, 0),
        Some(palette) => writer.coloured(value, 0, palette),
    }
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

struct Writer<'a> {
    out: &'a mut Vec<u8>,
    style: &'a Style,
    /// Nothing more is written once there is so much.
    enough: usize,
    number: String,
}

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

    fn value(&mut self, value: &Val, depth: usize) {
        if depth > MAX_DEPTH {
            self.out.extend_from_slice(b"<skipped: too deep>");
            return;
        }
        match value {
            Val::Arr(elements) if !elements.is_empty() => {
                self.out.push(b'[');
                for (at, element) in elements.iter().enumerate() {
                    if at > 0 {
                        self.out.push(b',');
                    }
                    if self.out.len() > self.enough {
                        return;
                    }
                    self.line(depth + 1);
                    self.value(element, depth + 1);
                }
                self.line(depth);
                self.out.push(b']');
            }
            Val::Obj(entries) if !entries.is_empty() => {
                self.out.push(b'{');
                if self.style.sorted {
                    for (at, (name, value)) in entries.sorted().into_iter().enumerate() {
                        self.entry(at, name, value, depth);
                    }
                } else {
                    for (at, (name, value)) in entries.iter().enumerate() {
                        if self.out.len() > self.enough {
                            return;
                        }
                        self.entry(at, name, value, depth);
                    }
                }
                self.line(depth);
                self.out.push(b'}');
            }
            scalar => self.scalar(scalar),
        }
    }

    fn entry(&mut self, at: usize, name: &str, value: &Val, depth: usize) {
        if at > 0 {
            self.out.push(b',');
        }
        self.line(depth + 1);
        write_string(self.out, name, self.style.ascii);
        self.out.push(b':');
        if self.is_pretty() {
            self.out.push(b' ');
        }
        self.value(value, depth + 1);
    }

    fn start(&mut self, code: &str) {
        self.out.extend_from_slice(b"\x1b[");
        self.out.extend_from_slice(code.as_bytes());
        self.out.push(b'm');
    }

    fn end(&mut self) {
        self.out.extend_from_slice(b"\x1b[0m");
    }

    fn coloured(&mut self, value: &Val, depth: usize, palette: &Palette) {
        let code = match value {
            Val::Null | Val::Off => &palette[0],
            Val::Bool(false) => &palette[1],
            Val::Bool(true) => &palette[2],
            Val::Num(number) if number.is_nan() => &palette[3],
            Val::Num(_) | Val::Literal(_) => &palette[3],
            Val::Str(_) => &palette[4],
            Val::Arr(_) => &palette[5],
            Val::Obj(_) => &palette[6],
        };
        self.start(code);
        match value {
            _ if depth > MAX_DEPTH => self.out.extend_from_slice(b"<skipped: too deep>"),
            Val::Arr(elements) if !elements.is_empty() => {
                self.out.push(b'[');
                for (at, element) in elements.iter().enumerate() {
                    if at > 0 {
                        self.start(code);
                        self.out.push(b',');
                    }
                    self.end();
                    self.line(depth + 1);
                    self.coloured(element, depth + 1, palette);
                }
                self.line(depth);
                self.start(code);
                self.out.push(b']');
            }
            Val::Obj(entries) if !entries.is_empty() => {
                self.out.push(b'{');
                self.coloured_entries(entries, code, depth, palette);
                self.line(depth);
                self.start(code);
                self.out.push(b'}');
            }
            Val::Num(number) if number.is_nan() => {
                self.start(&palette[0]);
                self.out.extend_from_slice(b"null");
                self.end();
            }
            scalar => self.scalar(scalar),
        }
        self.end();
    }

    fn coloured_entries(&mut self, entries: &Map, code: &str, depth: usize, palette: &Palette) {
        let mut entries: Vec<_> = entries.iter().collect();
        if self.style.sorted {
            entries.sort_unstable_by(|a, b| a.0.cmp(b.0));
        }
        for (at, (name, value)) in entries.into_iter().enumerate() {
            if at > 0 {
                self.start(code);
                self.out.push(b',');
            }
            self.end();
            self.line(depth + 1);
            self.start(&palette[7]);
            write_string(self.out, name, self.style.ascii);
            self.end();
            self.start(code);
            self.out.push(b':');
            self.end();
            if self.is_pretty() {
                self.out.push(b' ');
            }
            self.coloured(value, depth + 1, palette);
        }
    }
}
