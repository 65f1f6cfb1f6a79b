//! The inputs: standard input or files, one after the other, as values, as events, or as lines.

use std::io::Read;

use nethost_sdk::files::Reader as File;
use nethost_sdk::output::complain;

use crate::files;
use crate::native::Inputs;
use crate::read::{Mode, Reader};
use crate::value::Val;

/// How much is read at once.
const PIECE: usize = 1 << 18;

/// How inputs are read.
#[derive(Clone, Copy, Default)]
pub(crate) struct How {
    pub(crate) mode: Mode,
    pub(crate) raw: bool,
    pub(crate) slurp: bool,
}

/// Gives one input after the other.
pub(crate) struct Source {
    how: How,
    files: std::vec::IntoIter<String>,
    reader: Reader,
    /// What was read of a line that has not ended.
    line: Vec<u8>,
    at: usize,
    open: Open,
    name: Option<String>,
    lines: usize,
    done: bool,
    /// Called before a read that may wait.
    flush: fn(),
    failures: std::rc::Rc<std::cell::Cell<usize>>,
}

enum Open {
    Nothing,
    Standard,
    File(File),
}

impl Source {
    pub(crate) fn new(
        how: How,
        mut files: Vec<String>,
        flush: fn(),
        failures: std::rc::Rc<std::cell::Cell<usize>>,
    ) -> Self {
        if files.is_empty() {
            files.push("-".into());
        }
        Self {
            how,
            files: files.into_iter(),
            reader: Reader::new(how.mode),
            line: Vec::new(),
            at: 0,
            open: Open::Nothing,
            name: None,
            lines: 0,
            done: false,
            flush,
            failures,
        }
    }

    /// The next piece of input into a buffer; false at the end of everything.
    fn fill(&mut self, buffer: Buffer) -> bool {
        loop {
            match &mut self.open {
                Open::Nothing => {
                    let Some(name) = self.files.next() else {
                        return false;
                    };
                    self.lines = 0;
                    if name == "-" {
                        self.name = Some("<stdin>".into());
                        self.open = Open::Standard;
                        continue;
                    }
                    match files::open(&name) {
                        Ok(file) => {
                            self.name = Some(name);
                            self.open = Open::File(file);
                        }
                        Err(reason) => self.fails(format_args!("{reason}")),
                    }
                }
                Open::File(file) => {
                    let piece = match file.read(PIECE as u32) {
                        Ok(piece) => piece,
                        Err(error) => {
                            self.fails(format_args!("Input error: {error}"));
                            Vec::new()
                        }
                    };
                    if piece.is_empty() {
                        self.open = Open::Nothing;
                        continue;
                    }
                    match buffer {
                        Buffer::Reader => self.reader.refill_with(piece),
                        Buffer::Line => self.line.extend_from_slice(&piece),
                    }
                    return true;
                }
                Open::Standard => {
                    (self.flush)();
                    let target = match buffer {
                        Buffer::Reader => self.reader.refill(),
                        Buffer::Line => &mut self.line,
                    };
                    let before = target.len();
                    target.resize(before + PIECE, 0);
                    let read = std::io::stdin().lock().read(&mut target[before..]);
                    let count = match read {
                        Ok(count) => count,
                        Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {
                            target.truncate(before);
                            continue;
                        }
                        Err(error) => {
                            target.truncate(before);
                            self.fails(format_args!("Input error: {error}"));
                            self.open = Open::Nothing;
                            continue;
                        }
                    };
                    target.truncate(before + count);
                    if count > 0 {
                        return true;
                    }
                    self.open = Open::Nothing;
                }
            }
        }
    }

    fn fails(&self, reason: std::fmt::Arguments<'_>) {
        complain(format_args!("jq: error: {reason}"));
        self.failures.set(self.failures.get() + 1);
    }

    fn value(&mut self) -> Option<Result<Val, String>> {
        if self.done {
            return self.reader.rest().map(Ok);
        }
        loop {
            if let Some(read) = self.reader.next() {
                return Some(read);
            }
            self.lines += self.reader.passed_lines();
            if !self.fill(Buffer::Reader) {
                self.done = true;
                return self.reader.finish();
            }
        }
    }

    fn next_line(&mut self) -> Option<Result<Val, String>> {
        loop {
            let rest = &self.line[self.at..];
            if let Some(end) = rest.iter().position(|octet| *octet == b'\n') {
                let line = String::from_utf8_lossy(&rest[..end]).into_owned();
                self.at += end + 1;
                self.lines += 1;
                return Some(Ok(Val::text(line)));
            }
            self.line.drain(..self.at);
            self.at = 0;
            if self.done || !self.fill(Buffer::Line) {
                self.done = true;
                if self.line.is_empty() {
                    return None;
                }
                let line = files::text(std::mem::take(&mut self.line));
                return Some(Ok(Val::text(line)));
            }
        }
    }

    fn whole(&mut self) -> Option<Result<Val, String>> {
        if self.done {
            return None;
        }
        if self.how.raw {
            while self.fill(Buffer::Line) {}
            self.done = true;
            self.lines += self.line.iter().filter(|octet| **octet == b'\n').count();
            return Some(Ok(Val::text(files::text(std::mem::take(&mut self.line)))));
        }
        let mut values = Vec::new();
        while let Some(read) = self.value() {
            match read {
                Ok(value) => values.push(value),
                Err(wrong) => {
                    self.done = true;
                    return Some(Err(wrong));
                }
            }
        }
        self.done = true;
        Some(Ok(Val::array(values)))
    }
}

#[derive(Clone, Copy)]
enum Buffer {
    Reader,
    Line,
}

impl Inputs for Source {
    fn next(&mut self) -> Option<Result<Val, String>> {
        match (self.how.slurp, self.how.raw) {
            (true, _) => self.whole(),
            (false, true) => self.next_line(),
            (false, false) => self.value(),
        }
    }

    fn file(&self) -> Val {
        match self.name.as_deref() {
            None | Some("<stdin>") => Val::Null,
            Some(name) => Val::text(name),
        }
    }

    fn lines(&self) -> usize {
        self.lines + self.reader.lines()
    }

    fn place(&self) -> String {
        match &self.name {
            None => "<unknown>".into(),
            Some(name) => format!("{name}:{}", self.lines()),
        }
    }
}
