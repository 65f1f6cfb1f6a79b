//! Text or JSON, one statement for both: what is printed for people and what programs get are the same
//! facts, in the same order.

use std::fmt;
use std::io::{Stdout, Write};
use std::net::IpAddr;

use nethost_sdk::Exit;
use nethost_sdk::console::Color;
use nethost_sdk::output::{Format, Output};

use crate::color::{self, Mark};
use crate::hosts::{self, Place};
use crate::value::{Address, Value};
use crate::words::Done;

/// Bytes that are gathered before they are written.
const CHUNK: usize = 64 << 10;

/// Where everything that `ip` prints goes.
pub(crate) struct Document {
    buffer: Vec<u8>,
    json: Option<Json>,
    /// What of the buffer has a colour; none without -c.
    marks: Option<Vec<Mark>>,
    /// Where hosts' addresses stand, which names are to replace; none without -r.
    places: Option<Vec<Place>>,
    /// What ends a line inside of a record: a newline, or with -o a backslash.
    pub(crate) line_end: &'static str,
    output: Output<Stdout>,
    /// Why not all of it was written.
    failed: Option<Exit>,
}

/// How far a JSON document has come.
struct Json {
    pretty: bool,
    depth: usize,
    /// A comma is due before the next value.
    comma: bool,
}

impl Document {
    pub(crate) fn new() -> Self {
        Self {
            buffer: Vec::with_capacity(CHUNK + 4096),
            json: None,
            marks: None,
            places: None,
            line_end: "\n",
            output: Output::stdout(Format::Text),
            failed: None,
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
    ///
    /// # Errors
    /// Standard output's, of this or an earlier time.
    pub(crate) async fn settle(&mut self) -> Done {
        if let Some(places) = &mut self.places {
            let places = std::mem::take(places);
            let names = hosts::names(&places).await;
            let marks = self.marks.as_deref_mut().unwrap_or_default();
            self.buffer = hosts::put(&self.buffer, marks, &places, |address| {
                names.get(address).known()
            });
        }
        self.flush();
        match self.failed.take() {
            Some(exit) => Err(exit),
            None => Ok(()),
        }
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
        let written = match self.marks.as_mut().filter(|marks| !marks.is_empty()) {
            Some(marks) => color::put(&mut self.output, &self.buffer, marks),
            None => self.output.octets(&self.buffer),
        };
        if let Some(marks) = &mut self.marks {
            marks.clear();
        }
        self.buffer.clear();
        if let Err(exit) = written.and_then(|()| self.output.flush()) {
            self.failed.get_or_insert(exit);
        }
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
