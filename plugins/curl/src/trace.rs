//! What is told on the way: `--verbose`, `--trace`, `--trace-ascii`.

use std::cell::{Cell, RefCell};
use std::fmt::{Display, Write as _};
use std::io::Write as _;
use std::rc::Rc;

use nethost_sdk::files::{WriteMode, Writer};

use crate::settings::Global;
use crate::when;

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    Text,
    HeaderIn,
    HeaderOut,
    DataIn,
    DataOut,
}

/// Tells what happens.
#[derive(Clone)]
pub(crate) struct Trace(Rc<Inner>);

struct Inner {
    mode: Mode,
    target: Target,
    stamps: bool,
    /// A line is not complete.
    open: Cell<bool>,
    told_data: Cell<bool>,
    /// Standard output is a terminal, where data is seen anyway.
    shows_data: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Off,
    Verbose,
    Ascii,
    Hex,
}

enum Target {
    Stderr(Stderr),
    Stdout,
    File(RefCell<Writer>),
}

/// Standard error, or what takes its place.
#[derive(Clone)]
pub(crate) enum Stderr {
    Own,
    Stdout,
    File(Rc<Writer>),
}

impl Stderr {
    /// As `--stderr` says.
    pub(crate) fn open(path: Option<&str>) -> Self {
        match path {
            None => Self::Own,
            Some("-") => Self::Stdout,
            Some(path) => match crate::sink::open(path, None) {
                Ok(writer) => Self::File(Rc::new(writer)),
                Err(_) => {
                    crate::cli::warning(&format!("Failed to open {path}!"));
                    Self::Own
                }
            },
        }
    }

    /// Writes; where nobody reads, nobody is there to be told.
    pub(crate) fn write(&self, text: impl AsRef<[u8]>) {
        let bytes = text.as_ref();
        match self {
            Self::Own => {
                let _ = std::io::stderr().write_all(bytes);
            }
            Self::Stdout => {
                let _ = std::io::stdout().write_all(bytes);
            }
            Self::File(writer) => {
                let _ = writer.write(bytes);
            }
        }
    }
}

impl Trace {
    pub(crate) fn open(global: &Global, stderr: &Stderr) -> Result<Self, String> {
        let (mode, target) = match &global.trace {
            None if global.verbose == 0 => (Mode::Off, Target::Stderr(stderr.clone())),
            None => (Mode::Verbose, Target::Stderr(stderr.clone())),
            Some(to) => {
                let mode = if to.hex { Mode::Hex } else { Mode::Ascii };
                let target = match to.path.as_str() {
                    "-" => Target::Stdout,
                    "%" => Target::Stderr(stderr.clone()),
                    path => {
                        let writer = crate::sink::open(path, None);
                        let writer =
                            writer.or_else(|_| Writer::open(path, WriteMode::Replace, None));
                        Target::File(RefCell::new(writer.map_err(|error| error.to_string())?))
                    }
                };
                (mode, target)
            }
        };
        let shows_data =
            nethost_sdk::terminal::is_terminal(nethost_sdk::terminal::StandardStream::Output);
        Ok(Self(Rc::new(Inner {
            mode,
            target,
            stamps: global.trace_time,
            open: Cell::new(false),
            told_data: Cell::new(false),
            shows_data,
        })))
    }

    /// Whether anything is told.
    pub(crate) fn is_on(&self) -> bool {
        self.0.mode != Mode::Off
    }

    /// A line about what happens.
    pub(crate) fn text(&self, text: impl Display) {
        if self.is_on() {
            self.tell(About::Text, format!("{text}\n").as_bytes());
        }
    }

    /// What was sent or received.
    pub(crate) fn bytes(&self, about: About, bytes: &[u8]) {
        if self.is_on() && !bytes.is_empty() {
            self.tell(about, bytes);
        }
    }

    fn tell(&self, about: About, bytes: &[u8]) {
        let text = match self.0.mode {
            Mode::Off => return,
            Mode::Verbose => self.verbose(about, bytes),
            Mode::Ascii | Mode::Hex => self.dump(about, bytes),
        };
        if text.is_empty() {
            return;
        }
        match &self.0.target {
            Target::Stderr(stderr) => stderr.write(text),
            Target::Stdout => {
                let _ = std::io::stdout().write_all(&text);
            }
            Target::File(writer) => {
                let _ = writer.borrow().write(&text);
            }
        }
    }

    fn stamp(&self) -> String {
        match self.0.stamps {
            true => when::time_of_day(),
            false => String::new(),
        }
    }

    fn verbose(&self, about: About, bytes: &[u8]) -> Vec<u8> {
        let inner = &self.0;
        let stamp = self.stamp();
        let mut text = Vec::with_capacity(bytes.len() + 16);
        match about {
            About::HeaderOut => {
                for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                    text.extend_from_slice(format!("{stamp}> ").as_bytes());
                    text.extend_from_slice(line);
                }
                inner.told_data.set(false);
            }
            About::Text | About::HeaderIn => {
                if !inner.open.get() {
                    let mark = if about == About::Text { "* " } else { "< " };
                    text.extend_from_slice(format!("{stamp}{mark}").as_bytes());
                }
                text.extend_from_slice(bytes);
                inner.open.set(!bytes.ends_with(b"\n"));
                inner.told_data.set(false);
            }
            About::DataIn | About::DataOut => {
                if !inner.told_data.get() && !inner.shows_data {
                    let mark = if about == About::DataIn { "{ " } else { "} " };
                    let line = format!("{stamp}{mark}[{} bytes data]\n", bytes.len());
                    text.extend_from_slice(line.as_bytes());
                    inner.told_data.set(true);
                }
            }
        }
        text
    }

    fn dump(&self, about: About, bytes: &[u8]) -> Vec<u8> {
        let stamp = self.stamp();
        let what = match about {
            About::Text => {
                let mut text = format!("{stamp}== Info: ").into_bytes();
                text.extend_from_slice(bytes);
                return text;
            }
            About::HeaderIn => "<= Recv header",
            About::HeaderOut => "=> Send header",
            About::DataIn => "<= Recv data",
            About::DataOut => "=> Send data",
        };
        let length = bytes.len();
        let mut text = format!("{stamp}{what}, {length} bytes (0x{length:x})\n");
        match self.0.mode {
            Mode::Hex => hex_lines(&mut text, bytes),
            _ => ascii_lines(&mut text, bytes),
        }
        text.into_bytes()
    }
}

fn shown(byte: u8) -> char {
    match byte {
        0x20..0x7f => char::from(byte),
        _ => '.',
    }
}

fn hex_lines(text: &mut String, bytes: &[u8]) {
    for (number, line) in bytes.chunks(16).enumerate() {
        let _ = write!(text, "{:04x}: ", number * 16);
        for place in 0..16 {
            let _ = match line.get(place) {
                Some(byte) => write!(text, "{byte:02x} "),
                None => write!(text, "   "),
            };
        }
        text.extend(line.iter().map(|byte| shown(*byte)));
        text.push('\n');
    }
}

/// Lines end where the text's do, after 64 octets otherwise.
fn ascii_lines(text: &mut String, bytes: &[u8]) {
    let mut at = 0;
    while at < bytes.len() {
        let _ = write!(text, "{at:04x}: ");
        let rest = &bytes[at..bytes.len().min(at + 64)];
        let window = &bytes[at..bytes.len().min(at + 66)];
        let end = window.windows(2).position(|pair| pair == b"\r\n");
        let (line, next) = match end {
            Some(end) => (&window[..end], at + end + 2),
            None => (rest, at + rest.len()),
        };
        text.extend(line.iter().map(|byte| shown(*byte)));
        text.push('\n');
        at = next;
    }
}
