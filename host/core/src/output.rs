//! All output of this program, for itself, for a plugin or for a log, goes through this module.
//!
//! Text of the program itself is filtered (see [`crate::text`]), even if it goes into a pipe or a file, because it
//! contains names, paths and arguments from others. Output of a plugin can be any bytes, so it goes into a pipe or a
//! file unchanged; see [`crate::console`].
//!
//! `cargo xtask tidy` checks that no other file prints.

use std::io::{self, IsTerminal, Write};
use std::os::fd::{AsFd, BorrowedFd};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::text::{Filter, line};

/// The longest message that is written without waiting. A pipe does not split it (pipe(7), PIPE_BUF).
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

    /// The number of columns of the terminal, if it has a width.
    pub fn columns(self) -> Option<usize> {
        let size = rustix::termios::tcgetwinsize(self).ok()?;
        (size.ws_col > 0).then(|| usize::from(size.ws_col))
    }

    /// Whether a write would succeed now. A stopped terminal (tcflow(3), Ctrl-S) accepts none.
    pub fn is_ready(self) -> bool {
        is_ready(self)
    }

    /// Writes bytes unchanged: bytes that are not text, or that a filter has passed.
    pub fn write_all(self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match rustix::io::write(self, bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => bytes = &bytes[count..],
                Err(Errno::INTR) => {}
                // Another thread has already set it.
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

/// Whether a write to this descriptor would succeed now, or fail immediately.
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
    /// An incomplete line.
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
        // A failure is ignored here. A caller who needs to know flushes.
        let _ = self.flush();
    }
}

/// Writes one line to standard error. If nobody reads it, only the line is lost.
pub fn say(who: &str, message: &str) {
    let _ = Stream::Error.write_all(message_line(who, message).as_bytes());
}

/// The same for callers that must not wait for a reader, such as the broker. A stopped terminal and a full pipe get
/// no line.
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
