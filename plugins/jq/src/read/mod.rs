//! JSON texts as they come: a reader that is fed with pieces of input and gives values, or the events of `--stream`.
//! It uses no recursion.

mod build;
mod events;
mod string;

use std::rc::Rc;

use build::Build;
use events::Events;

use crate::value::{Val, parse_literal};

/// How texts are read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mode {
    /// Gives `[path, leaf]` events.
    pub(crate) stream: bool,
    /// Gives errors as values of the stream.
    pub(crate) stream_errors: bool,
    /// RFC 7464: a record separator before each text.
    pub(crate) seq: bool,
}

/// What is wrong with a text.
type Wrong = &'static str;

enum Target {
    Values(Build),
    Events(Events),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Normal,
    String,
    Escape,
    /// The rest up to the next record separator is skipped.
    Abandoned,
}

/// Reads JSON texts.
pub(crate) struct Reader {
    mode: Mode,
    target: Target,
    state: State,
    buffer: Vec<u8>,
    at: usize,
    /// Where the buffer begins.
    line: usize,
    column: usize,
    token: Vec<u8>,
    /// How much of a byte order mark was seen; `None` once there can be none.
    mark: Option<usize>,
    bad_mark: bool,
    after_space: bool,
    failed: bool,
    names: Names,
}

/// The names seen last, so that each is kept once.
struct Names(Vec<Option<Rc<str>>>);

impl Names {
    fn shared(&mut self, name: &str) -> Rc<str> {
        let octets = name.as_bytes();
        let ends = |octets: &[u8]| {
            let first = octets.first().copied().unwrap_or(0);
            let last = octets.last().copied().unwrap_or(0);
            usize::from(first) * 7 + usize::from(last) * 31 + octets.len() * 131
        };
        let slot = &mut self.0[ends(octets) % 256];
        match slot {
            Some(kept) if **kept == *name => kept.clone(),
            _ => {
                let name: Rc<str> = name.into();
                *slot = Some(name.clone());
                name
            }
        }
    }
}

const RECORD_SEPARATOR: u8 = 0x1e;

fn is_plain(octet: u8) -> bool {
    !matches!(
        octet,
        b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'[' | b']' | b'{' | b'}' | b',' | b':'
    )
}

impl Reader {
    pub(crate) fn new(mode: Mode) -> Self {
        Self {
            mode,
            target: match mode.stream || mode.stream_errors {
                true => Target::Events(Events::default()),
                false => Target::Values(Build::default()),
            },
            state: State::Normal,
            buffer: Vec::new(),
            at: 0,
            line: 1,
            column: 0,
            token: Vec::new(),
            mark: Some(0),
            bad_mark: false,
            after_space: false,
            failed: false,
            names: Names(vec![None; 256]),
        }
    }

    /// The buffer to fill once `next` gives nothing; what was in it is gone.
    pub(crate) fn refill(&mut self) -> &mut Vec<u8> {
        self.count();
        self.buffer.clear();
        self.at = 0;
        &mut self.buffer
    }

    /// Takes the next piece of input once `next` gives nothing.
    pub(crate) fn refill_with(&mut self, piece: Vec<u8>) {
        *self.refill() = piece;
    }

    /// Takes note of the lines up to here.
    fn count(&mut self) {
        let seen = &self.buffer[..self.at.min(self.buffer.len())];
        match seen.iter().rposition(|octet| *octet == b'\n') {
            None => self.column += seen.len(),
            Some(last) => {
                self.line += seen.iter().filter(|octet| **octet == b'\n').count();
                self.column = seen.len() - last - 1;
            }
        }
        self.buffer.drain(..self.at.min(self.buffer.len()));
        self.at = 0;
    }

    /// How many lines of the buffer were begun, as one who reads line by line counts them.
    pub(crate) fn lines(&self) -> usize {
        let (seen, rest) = self.buffer.split_at(self.at.min(self.buffer.len()));
        let ends = seen.iter().filter(|octet| **octet == b'\n').count();
        let in_line = seen.last().is_some_and(|octet| *octet != b'\n') && rest.contains(&b'\n');
        ends + usize::from(in_line)
    }

    /// How many lines end in the buffer, all of which was read.
    pub(crate) fn passed_lines(&self) -> usize {
        self.buffer.iter().filter(|octet| **octet == b'\n').count()
    }

    fn skip_mark(&mut self) {
        const MARK: &[u8] = "\u{feff}".as_bytes();
        while let Some(seen) = self.mark {
            match self.buffer.get(self.at) {
                None => return,
                Some(octet) if MARK.get(seen) == Some(octet) => {
                    self.at += 1;
                    self.mark = (seen + 1 < MARK.len()).then_some(seen + 1);
                }
                Some(_) => {
                    self.bad_mark = seen > 0;
                    self.mark = None;
                }
            }
        }
        self.buffer.drain(..self.at);
        self.at = 0;
    }

    /// The next value; `None` needs more input.
    pub(crate) fn next(&mut self) -> Option<Result<Val, String>> {
        if self.failed {
            return None;
        }
        if self.mark.is_some() {
            self.skip_mark();
        }
        if self.bad_mark {
            self.bad_mark = false;
            if !self.mode.seq {
                self.failed = true;
                return Some(Err("Malformed BOM".into()));
            }
            self.state = State::Abandoned;
        }
        if let Some(done) = self.done() {
            return Some(Ok(done));
        }
        while self.at < self.buffer.len() {
            match self.step() {
                Ok(None) => {}
                Ok(Some(value)) => return Some(Ok(value)),
                Err(wrong) => return Some(self.wrong(wrong)),
            }
        }
        None
    }

    fn wrong(&mut self, wrong: Wrong) -> Result<Val, String> {
        let last = self.buffer[self.at - 1];
        self.count();
        let (line, column) = (self.line, self.column);
        let mut message = format!("{wrong} at line {line}, column {column}");
        if self.mode.seq && last != RECORD_SEPARATOR {
            message.push_str(" (need RS to resync)");
            self.state = State::Abandoned;
        }
        let error = self.error(message);
        self.reset();
        if !self.mode.seq {
            self.failed = true;
        }
        error
    }

    fn error(&self, message: String) -> Result<Val, String> {
        match &self.target {
            Target::Events(events) if self.mode.stream_errors => Ok(Val::array(vec![
                Val::text(message),
                Val::array(events.path().to_vec()),
            ])),
            _ => Err(message),
        }
    }

    fn reset(&mut self) {
        match &mut self.target {
            Target::Values(build) => *build = Build::default(),
            Target::Events(events) => *events = Events::default(),
        }
        self.token.clear();
        if self.state != State::Abandoned {
            self.state = State::Normal;
        }
    }

    fn done(&mut self) -> Option<Val> {
        match &mut self.target {
            Target::Values(build) => build.done(),
            Target::Events(events) => events.done(),
        }
    }

    fn value(&mut self, value: Val) -> Result<(), Wrong> {
        match &mut self.target {
            Target::Values(build) => build.value(value),
            Target::Events(events) => events.value(value),
        }
    }

    /// One token or a part of it.
    fn step(&mut self) -> Result<Option<Val>, Wrong> {
        let octet = self.buffer[self.at];
        if self.state == State::Abandoned {
            self.at += 1;
            if octet == RECORD_SEPARATOR {
                self.state = State::Normal;
            }
            return Ok(None);
        }
        if self.mode.seq && octet == RECORD_SEPARATOR {
            self.at += 1;
            return self.separator();
        }
        match self.state {
            State::String | State::Escape => self.string(),
            _ if is_plain(octet) => {
                self.after_space = false;
                let rest = &self.buffer[self.at..];
                let stop =
                    |octet: &u8| !is_plain(*octet) || (self.mode.seq && *octet == RECORD_SEPARATOR);
                let end = rest.iter().position(stop).unwrap_or(rest.len());
                self.token.extend_from_slice(&rest[..end]);
                self.at += end;
                Ok(None)
            }
            _ => {
                self.at += 1;
                self.after_space = matches!(octet, b' ' | b'\t' | b'\r' | b'\n');
                if !self.token.is_empty() {
                    self.literal()?;
                }
                let before = self.done();
                if octet == b'"' {
                    self.state = State::String;
                } else if !self.after_space {
                    match &mut self.target {
                        Target::Values(build) => build.token(octet)?,
                        Target::Events(events) => events.token(octet)?,
                    }
                }
                match before {
                    Some(value) => Ok(Some(value)),
                    None => Ok(self.done()),
                }
            }
        }
    }

    fn separator(&mut self) -> Result<Option<Val>, Wrong> {
        let cut = match &self.target {
            Target::Values(build) => {
                !self.after_space
                    && (build.is_open() || !self.token.is_empty() || build.is_number())
            }
            Target::Events(events) => events.is_open(),
        };
        if cut || self.state != State::Normal {
            let number = self.literal().is_ok() && self.is_top_number();
            self.state = State::Normal;
            return Err(match number {
                true => "Potentially truncated top-level numeric value",
                false => "Truncated value",
            });
        }
        self.literal()?;
        let done = self.done();
        self.reset();
        Ok(done)
    }

    fn is_top_number(&self) -> bool {
        match &self.target {
            Target::Values(build) => build.is_number(),
            Target::Events(events) => events.is_number(),
        }
    }

    fn literal(&mut self) -> Result<(), Wrong> {
        let word = |word: &[u8], token: &[u8], value| match word == token {
            true => Ok(value),
            false => Err("Invalid literal"),
        };
        let token = &self.token[..];
        let value = match token {
            [] => return Ok(()),
            [b't', ..] => word(b"true", token, Val::Bool(true))?,
            [b'f', ..] => word(b"false", token, Val::Bool(false))?,
            [b'\'', ..] => return Err("Invalid string literal; expected \", but got '"),
            [b'n', b'u', ..] => word(b"null", token, Val::Null)?,
            _ => parse_literal(token).ok_or("Invalid numeric literal")?,
        };
        self.value(value)?;
        self.token.clear();
        Ok(())
    }

    /// What is left at the end of the input.
    pub(crate) fn finish(&mut self) -> Option<Result<Val, String>> {
        if self.failed {
            return None;
        }
        self.count();
        if let Some(seen) = self.mark.take()
            && seen > 0
        {
            self.failed = true;
            return Some(Err("Malformed BOM".into()));
        }
        self.failed = true;
        let (line, column) = (self.line, self.column);
        let place = format!("at EOF at line {line}, column {column}");
        let wrong = match self.state {
            State::Abandoned => Some("Unfinished abandoned text"),
            State::String | State::Escape => Some("Unfinished string"),
            State::Normal => self.literal().err(),
        };
        let open = match &self.target {
            Target::Values(build) => build.is_open(),
            Target::Events(events) => events.is_open(),
        };
        let wrong = wrong.or(open.then_some("Unfinished JSON term"));
        if let Some(wrong) = wrong {
            return Some(self.error(format!("{wrong} {place}")));
        }
        if self.mode.seq && !self.after_space && self.is_top_number() {
            let wrong = "Potentially truncated top-level numeric value";
            return Some(self.error(format!("{wrong} {place}")));
        }
        self.done().map(Ok)
    }

    /// What is left of the events at the end.
    pub(crate) fn rest(&mut self) -> Option<Val> {
        self.done()
    }
}

/// The value of a text that has exactly one, as for `fromjson`.
pub(crate) fn parse(text: &str) -> Result<Val, String> {
    let mut reader = Reader::new(Mode::default());
    reader.refill().extend_from_slice(text.as_bytes());
    let mut next = || match reader.next() {
        Some(read) => Some(read),
        None => reader.finish(),
    };
    let parsed = match next() {
        None => Err("Expected JSON value".to_owned()),
        Some(Ok(value)) => match next() {
            None => Ok(value),
            Some(Ok(_)) => Err("Unexpected extra JSON values".to_owned()),
            Some(Err(wrong)) => Err(wrong),
        },
        Some(wrong) => wrong,
    };
    parsed.map_err(|wrong| format!("{wrong} (while parsing '{text}')"))
}

/// The values of a file.
pub(crate) fn parse_all(octets: &[u8]) -> Result<Vec<Val>, String> {
    let mut reader = Reader::new(Mode::default());
    reader.refill().extend_from_slice(octets);
    let mut values = Vec::new();
    while let Some(value) = reader.next() {
        values.push(value?);
    }
    if let Some(value) = reader.finish() {
        values.push(value?);
    }
    Ok(values)
}
