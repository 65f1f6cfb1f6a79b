//! Text or JSON, one statement for both: what is printed for people and what programs get are the same
//! facts, in the same order.

use std::fmt;
use std::io::Write;
use std::net::IpAddr;

use nethost_sdk::console::Color;

use crate::color::{self, Mark};
use crate::hosts::{self, Place};

/// Bytes that are gathered before they are written.
const CHUNK: usize = 64 << 10;

/// Where everything that `ip` prints goes.
pub(crate) struct Output {
    buffer: Vec<u8>,
    json: Option<Json>,
    /// What of the buffer has a colour; none without -c.
    marks: Option<Vec<Mark>>,
    /// Where hosts' addresses stand, which names are to replace; none without -r.
    places: Option<Vec<Place>>,
    /// What ends a line inside of a record: a newline, or with -o a backslash.
    pub(crate) line_end: &'static str,
}

/// How far a JSON document has come.
struct Json {
    pretty: bool,
    depth: usize,
    /// A comma is due before the next value.
    comma: bool,
}

/// A value as JSON has it.
pub(crate) trait Value {
    fn write(&self, buffer: &mut Vec<u8>);
}

macro_rules! number_values {
    ($($number:ty),*) => {$(
        impl Value for $number {
            fn write(&self, buffer: &mut Vec<u8>) {
                let _ = write!(buffer, "{self}");
            }
        }
    )*};
}

number_values!(u8, u16, u32, u64, i32, i64, usize, bool);

impl Value for str {
    fn write(&self, buffer: &mut Vec<u8>) {
        buffer.push(b'"');
        // Nearly always: nothing to escape.
        let plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
        if self.as_bytes().iter().all(plain) {
            buffer.extend_from_slice(self.as_bytes());
            buffer.push(b'"');
            return;
        }
        for character in self.chars() {
            let _ = match character {
                '"' => write!(buffer, "\\\""),
                '\\' => write!(buffer, "\\\\"),
                '\n' => write!(buffer, "\\n"),
                '\t' => write!(buffer, "\\t"),
                control if control.is_control() => write!(buffer, "\\u{:04x}", u32::from(control)),
                other => write!(buffer, "{other}"),
            };
        }
        buffer.push(b'"');
    }
}

impl Value for String {
    fn write(&self, buffer: &mut Vec<u8>) {
        self.as_str().write(buffer);
    }
}

impl<V: Value + ?Sized> Value for &V {
    fn write(&self, buffer: &mut Vec<u8>) {
        (**self).write(buffer);
    }
}

/// Null: the key alone says it.
impl Value for () {
    fn write(&self, buffer: &mut Vec<u8>) {
        buffer.extend_from_slice(b"null");
    }
}

/// Whatever has a text that needs no escapes, such as an address.
pub(crate) struct Shown<T>(pub(crate) T);

impl<T: fmt::Display> Value for Shown<T> {
    fn write(&self, buffer: &mut Vec<u8>) {
        let _ = write!(buffer, "\"{}\"", self.0);
    }
}

/// An address as inet_ntop(3) has it. Listings have them by the million: IPv4 without the detours of formatting.
#[derive(Clone, Copy)]
pub(crate) struct Address(pub(crate) IpAddr);

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = match self.0 {
            IpAddr::V4(address) => address,
            IpAddr::V6(address) => {
                // IPv4-compatible (RFC 4291, 2.5.5.1).
                return match address.segments() {
                    [0, 0, 0, 0, 0, 0, high, _] if high != 0 => {
                        let [.., a, b, c, d] = address.octets();
                        f.pad(&format!("::{a}.{b}.{c}.{d}"))
                    }
                    _ => address.fmt(f),
                };
            }
        };
        let mut text = [0; 15];
        let mut length = 0;
        let mut put = |octet| {
            text[length] = octet;
            length += 1;
        };
        for (place, octet) in address.octets().into_iter().enumerate() {
            if place != 0 {
                put(b'.');
            }
            if octet >= 100 {
                put(b'0' + octet / 100);
            }
            if octet >= 10 {
                put(b'0' + octet / 10 % 10);
            }
            put(b'0' + octet % 10);
        }
        f.pad(std::str::from_utf8(&text[..length]).unwrap_or_default())
    }
}

/// A number as printf(3)'s %g has it: six significant digits.
pub(crate) struct Significant(pub(crate) f64);

impl Value for Significant {
    fn write(&self, buffer: &mut Vec<u8>) {
        let scientific = format!("{:.5e}", self.0);
        let Some((mantissa, exponent)) = scientific.split_once('e') else {
            return;
        };
        let exponent: i32 = exponent.parse().unwrap_or_default();
        let trimmed = |digits: &str| {
            let whole = digits.trim_end_matches('0').trim_end_matches('.');
            if digits.contains('.') { whole } else { digits }.to_owned()
        };
        let _ = if (-4..6).contains(&exponent) {
            let decimals = (5 - exponent) as usize;
            write!(buffer, "{}", trimmed(&format!("{:.decimals$}", self.0)))
        } else {
            let sign = if exponent < 0 { '-' } else { '+' };
            let size = exponent.unsigned_abs();
            write!(buffer, "{}e{sign}{size:02}", trimmed(mantissa))
        };
    }
}

impl Output {
    pub(crate) fn new() -> Self {
        Self {
            buffer: Vec::with_capacity(CHUNK + 4096),
            json: None,
            marks: None,
            places: None,
            line_end: "\n",
        }
    }

    /// From now on, texts have their colours.
    pub(crate) fn in_colors(&mut self) {
        self.marks = Some(Vec::new());
    }

    /// From now on, hosts have names.
    pub(crate) fn with_names(&mut self) {
        self.places = Some(Vec::new());
    }

    /// Begins a JSON document: an array of objects.
    pub(crate) fn begin(&mut self, json: bool, pretty: bool) {
        self.json = json.then_some(Json {
            pretty,
            depth: 0,
            comma: false,
        });
        if json {
            self.open(b'[');
        }
    }

    /// Ends it, and hands over what is left.
    pub(crate) fn end(&mut self) {
        self.finish();
        self.flush();
    }

    /// Ends it.
    pub(crate) fn finish(&mut self) {
        if self.json.is_some() {
            self.close_array();
            self.buffer.push(b'\n');
            self.json = None;
        }
    }

    pub(crate) fn is_json(&self) -> bool {
        self.json.is_some()
    }

    /// Hands over what there is, with names where those are wanted.
    pub(crate) async fn settle(&mut self) {
        if let Some(places) = &mut self.places {
            let places = std::mem::take(places);
            let names = hosts::names(&places).await;
            let marks = self.marks.as_deref_mut().unwrap_or_default();
            self.buffer = hosts::put(&self.buffer, marks, &places, &names);
        }
        self.flush();
    }

    /// Hands over what there is, unless names are still to be found for it.
    pub(crate) fn flush(&mut self) {
        if self
            .places
            .as_ref()
            .is_some_and(|places| !places.is_empty())
        {
            return;
        }
        if let Some(marks) = self.marks.as_mut().filter(|marks| !marks.is_empty()) {
            color::put(&self.buffer, marks);
            marks.clear();
            self.buffer.clear();
            return;
        }
        let mut stdout = std::io::stdout();
        // A reader that is gone ends the run in the host.
        let _ = stdout.write_all(&self.buffer).and_then(|()| stdout.flush());
        self.buffer.clear();
    }

    fn flush_full(&mut self) {
        if self.buffer.len() >= CHUNK {
            self.flush();
        }
    }

    /// For people only.
    pub(crate) fn text(&mut self, text: fmt::Arguments<'_>) {
        if self.json.is_none() {
            let _ = self.buffer.write_fmt(text);
        }
    }

    /// For people only: the end of a line inside of a record.
    pub(crate) fn line(&mut self) {
        if self.json.is_none() {
            self.buffer.extend_from_slice(self.line_end.as_bytes());
        }
    }

    /// For programs only.
    pub(crate) fn json(&mut self, key: &str, value: impl Value) {
        if self.json.is_some() {
            self.name(key);
            value.write(&mut self.buffer);
        }
    }

    /// For both: a key and a value, or a text.
    pub(crate) fn any(&mut self, key: &str, value: impl Value, text: fmt::Arguments<'_>) {
        if self.json.is_some() {
            self.name(key);
            value.write(&mut self.buffer);
        } else {
            let _ = self.buffer.write_fmt(text);
        }
    }

    /// For both, the text in a colour.
    pub(crate) fn any_in(
        &mut self,
        color: Color,
        key: &str,
        value: impl Value,
        text: fmt::Arguments<'_>,
    ) {
        let begin = self.buffer.len();
        self.any(key, value, text);
        self.mark(color, begin);
    }

    /// For both: the address of a host, which -r shows the name of. For people there is a text before and
    /// behind it.
    pub(crate) fn host(&mut self, color: Color, key: &str, address: IpAddr, around: [&str; 2]) {
        self.host_in_column(color, key, address, around, 0);
    }

    /// The same, filled up with blanks to this width for people.
    pub(crate) fn host_in_column(
        &mut self,
        color: Color,
        key: &str,
        address: IpAddr,
        [before, behind]: [&str; 2],
        width: usize,
    ) {
        let json = self.json.is_some();
        if json {
            self.name(key);
        }
        let (before, behind, width) = if json {
            ("\"", "\"", 0)
        } else {
            (before, behind, width)
        };
        let all = self.buffer.len();
        self.buffer.extend_from_slice(before.as_bytes());
        let begin = self.buffer.len();
        let _ = write!(self.buffer, "{}", Address(address));
        self.buffer
            .resize(self.buffer.len().max(begin + width), b' ');
        if let Some(places) = &mut self.places {
            let end = self.buffer.len();
            places.push(Place {
                address,
                begin,
                end,
                width,
            });
        }
        self.buffer.extend_from_slice(behind.as_bytes());
        self.mark(color, all);
    }

    fn mark(&mut self, color: Color, begin: usize) {
        if let Some(marks) = &mut self.marks
            && self.json.is_none()
            && color != Color::Plain
        {
            let end = self.buffer.len();
            marks.push(Mark { begin, end, color });
        }
    }

    /// For both: an element of an array.
    pub(crate) fn element(&mut self, value: impl Value, text: fmt::Arguments<'_>) {
        if self.json.is_some() {
            self.separate();
            value.write(&mut self.buffer);
        } else {
            let _ = self.buffer.write_fmt(text);
        }
    }

    /// Begins a record.
    pub(crate) fn open_object(&mut self) {
        if self.json.is_some() {
            self.open(b'{');
        }
    }

    /// Begins an object under a key.
    pub(crate) fn open_object_at(&mut self, key: &str) {
        if self.json.is_some() {
            self.name(key);
            self.comma(false);
            self.open(b'{');
        }
    }

    /// Ends a record, or an object under a key.
    pub(crate) fn close_object(&mut self) {
        let Some(json) = &mut self.json else {
            return self.flush_full();
        };
        json.depth -= 1;
        if json.comma {
            self.end_of_line();
        }
        self.buffer.push(b'}');
        self.comma(true);
        self.flush_full();
    }

    pub(crate) fn open_array(&mut self, key: &str) {
        if self.json.is_some() {
            self.name(key);
            self.comma(false);
            self.open(b'[');
        }
    }

    pub(crate) fn close_array(&mut self) {
        let Some(json) = &mut self.json else {
            return;
        };
        json.depth -= 1;
        if json.pretty && json.comma {
            self.buffer.push(b' ');
        }
        self.buffer.push(b']');
        self.comma(true);
    }

    fn open(&mut self, bracket: u8) {
        self.separate();
        self.buffer.push(bracket);
        self.comma(false);
        if let Some(json) = &mut self.json {
            json.depth += 1;
            if json.pretty && bracket == b'[' {
                self.buffer.push(b' ');
            }
        }
    }

    fn comma(&mut self, due: bool) {
        if let Some(json) = &mut self.json {
            json.comma = due;
        }
    }

    fn separate(&mut self) {
        if let Some(json) = &mut self.json {
            if json.comma {
                self.buffer.push(b',');
            }
            json.comma = true;
        }
    }

    fn end_of_line(&mut self) {
        if let Some(json) = &self.json
            && json.pretty
        {
            self.buffer.push(b'\n');
            self.buffer.resize(self.buffer.len() + 4 * json.depth, b' ');
        }
    }

    fn name(&mut self, key: &str) {
        self.separate();
        self.end_of_line();
        key.write(&mut self.buffer);
        self.buffer.push(b':');
        if self.json.as_ref().is_some_and(|json| json.pretty) {
            self.buffer.push(b' ');
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Address, Significant, Value};

    #[test]
    fn addresses_are_shown_as_they_are() {
        for text in [
            "0.0.0.0",
            "255.255.255.255",
            "10.9.100.7",
            "fd00::1",
            "::1",
            "::0.1.0.2",
            "::ffff:10.0.0.1",
        ] {
            assert_eq!(Address(text.parse().unwrap()).to_string(), text);
        }
    }

    #[test]
    fn numbers_are_shown_as_printf_shows_them() {
        for (number, shown) in [
            (0.0, "0"),
            (2.5e-5, "2.5e-05"),
            (0.048, "0.048"),
            (100.0, "100"),
            (1234567.0, "1.23457e+06"),
            (12.34, "12.34"),
        ] {
            let mut buffer = Vec::new();
            Significant(number).write(&mut buffer);
            assert_eq!(String::from_utf8_lossy(&buffer), shown);
        }
    }
}
