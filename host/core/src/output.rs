//! The one way out: whatever this program prints, for itself, for a plugin or for a log, leaves by here.
//!
//! What the program itself says is text and is filtered as such (see [`crate::text`]), also into a pipe or a file:
//! names, paths and arguments in it are strangers'. What a plugin prints may be anything, so into a pipe or a file
//! its bytes pass as they are; see [`crate::console`].
//!
//! `cargo xtask tidy` sees to it that no other file prints.

use std::io::{self, IsTerminal, Write};
use std::os::fd::{AsFd, BorrowedFd};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::text::{Filter, line};

/// The longest message that is not waited for: no pipe splits it (pipe(7), PIPE_BUF).
const SHORT: usize = 4096;

/// One of the two standard streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Output,
    /// Standard error.
    Error,
}

impl Stream {
    /// Whether it is a terminal.
    pub fn is_terminal(self) -> bool {
        self.as_fd().is_terminal()
    }

    /// How many columns the terminal has, if it is one that says so.
    pub fn columns(self) -> Option<usize> {
        let size = rustix::termios::tcgetwinsize(self).ok()?;
        (size.ws_col > 0).then(|| usize::from(size.ws_col))
    }

    /// Whether a write would be taken now. A terminal that is held (tcflow(3), Ctrl-S) takes none.
    pub fn is_ready(self) -> bool {
        is_ready(self)
    }

    /// Writes bytes as they are. For what is no text, and for what a filter has passed.
    pub fn write_all(self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match rustix::io::write(self, bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => bytes = &bytes[count..],
                Err(Errno::INTR) => {}
                // Somebody else has made it so.
                Err(Errno::AGAIN) => {
                    let _ = poll(&mut [PollFd::new(&self, PollFlags::OUT)], None);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Output => rustix::stdio::stdout(),
            Self::Error => rustix::stdio::stderr(),
        }
    }
}

/// Whether a write to this would be taken now, or fail at once.
pub fn is_ready(stream: impl AsFd) -> bool {
    let at_once = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let polled = poll(&mut [PollFd::new(&stream, PollFlags::OUT)], Some(&at_once));
    !matches!(polled, Ok(0))
}

/// Writes text, line by line.
#[derive(Debug)]
pub struct Printer {
    stream: Stream,
    filter: Filter,
    /// A line that has not ended.
    begun: String,
}

/// Text for standard output.
pub fn output() -> Printer {
    Printer::new(Stream::Output)
}

/// Text for standard error.
pub fn error() -> Printer {
    Printer::new(Stream::Error)
}

impl Printer {
    fn new(stream: Stream) -> Self {
        Self {
            stream,
            filter: Filter::default(),
            begun: String::new(),
        }
    }
}

impl Write for Printer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.begun += &self.filter.pass(bytes);
        if let Some(end) = self.begun.rfind('\n') {
            let rest = self.begun.split_off(end + 1);
            let lines = std::mem::replace(&mut self.begun, rest);
            self.stream.write_all(lines.as_bytes())?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let begun = std::mem::take(&mut self.begun);
        self.stream.write_all(begun.as_bytes())
    }
}

impl Drop for Printer {
    fn drop(&mut self) {
        self.begun += &self.filter.end();
        // Nobody is told when this fails; who wants to know flushes.
        let _ = self.flush();
    }
}

/// Says one line on standard error. Where nobody reads it, nothing is lost but the line.
pub fn say(who: &str, message: &str) {
    let _ = Stream::Error.write_all(message_line(who, message).as_bytes());
}

/// The same where nothing may wait for a reader, such as the broker: a terminal that is held and a pipe that is full
/// get no line.
pub fn say_at_once(who: &str, message: &str) {
    let mut text = message_line(who, message);
    if text.len() > SHORT {
        text.truncate(text.floor_char_boundary(SHORT - 1));
        text.push('\n');
    }
    if Stream::Error.is_ready() {
        let _ = Stream::Error.write_all(text.as_bytes());
    }
}

fn message_line(who: &str, message: &str) -> String {
    format!("{}: {}\n", line(who), line(message))
}
