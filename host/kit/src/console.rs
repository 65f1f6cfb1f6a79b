//! The standard output and the standard error of a plugin. On a terminal, control characters are shown as escapes,
//! whatever their source (see [`nethost_core::text`]). To a file or a pipe, bytes are written unchanged.
//!
//! If a terminal is stopped or a pipe is full, the plugin waits in an asynchronous call, so that the run can still be
//! ended.

use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use tokio::io::{AsyncWrite, Interest};
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError, StreamResult};

use crate::limits::{Exceeded, Pulse};
use nethost_core::output::Stream;
use nethost_core::system_error;
use nethost_core::text::Filter;

/// The number of bytes of one write. A pipe that accepts a write takes this many completely (pipe(7), PIPE_BUF).
pub(crate) const AT_ONCE: usize = 4096;

/// The reader of a pipe is gone. The run ends without a message, as SIGPIPE ends a native tool.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the reader of the output is gone")]
pub struct BrokenPipe;

/// A foreground colour, as its SGR number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Color {
    Red = 31,
    Green = 32,
    Yellow = 33,
    Blue = 34,
    Magenta = 35,
    Cyan = 36,
}

/// The state of a terminal that is printed to.
#[derive(Default)]
struct Screen {
    filter: Filter,
    /// The number of characters at the end of the current line that the plugin has printed and that are one column
    /// wide. What is printed to the other stream is placed after them.
    erasable: Arc<AtomicU32>,
    /// The same counter of the other stream.
    covers: Option<Arc<AtomicU32>>,
}

impl Screen {
    /// Returns these bytes in the form that may be shown.
    fn pass(&mut self, bytes: &[u8]) -> String {
        let shown = self.filter.pass(bytes);
        let is_one_column = |byte: &&u8| matches!(byte, b' '..=b'~');
        let run = shown
            .as_bytes()
            .iter()
            .rev()
            .take_while(is_one_column)
            .count();
        let before = match run == shown.len() {
            true => self.erasable.load(Relaxed),
            false => 0,
        };
        self.erasable
            .store(before.saturating_add(run as u32), Relaxed);
        if let Some(covered) = &self.covers {
            covered.store(0, Relaxed);
        }
        shown
    }
}

/// The output cannot be written, for example because the disk is full. The run ends with one line that says so.
#[derive(Debug, thiserror::Error)]
#[error("write error: {}", system_error::words(.0))]
pub struct WriteFailed(io::Error);

/// One of the two output streams.
#[derive(Clone)]
pub struct Console {
    stream: Stream,
    screen: Option<Arc<Mutex<Screen>>>,
    pulse: Arc<Pulse>,
    /// What the plugin is told instead, in a replay: whether it was a terminal.
    seems_terminal: Option<bool>,
    /// A write waits in this process, and nothing else happens meanwhile.
    blocks: bool,
}

impl Console {
    /// Standard output.
    pub fn output(pulse: Arc<Pulse>) -> Self {
        Self::of(Stream::Output, pulse)
    }

    /// Standard error, on the same terminal as this output.
    pub fn error(&self) -> Self {
        let error = Self::of(Stream::Error, Arc::clone(&self.pulse));
        if let (Some(ours), Some(theirs)) = (&self.screen, &error.screen) {
            locked(theirs).covers = Some(Arc::clone(&locked(ours).erasable));
        }
        error
    }

    fn of(stream: Stream, pulse: Arc<Pulse>) -> Self {
        Self {
            stream,
            screen: stream.is_terminal().then(Arc::default),
            pulse,
            seems_terminal: None,
            blocks: false,
        }
    }

    /// The same stream in a run that is recorded: a slow reader changes nothing about the order of what happens.
    pub fn blocking(self) -> Self {
        Self {
            blocks: true,
            ..self
        }
    }

    /// The same stream in a replay: the plugin is told that it is a terminal, or that it is none.
    pub fn seeming(self, terminal: bool) -> Self {
        Self {
            seems_terminal: Some(terminal),
            blocks: true,
            ..self
        }
    }

    /// Whether it is a terminal.
    pub(crate) fn is_screen(&self) -> bool {
        self.screen.is_some()
    }

    /// Where it is written to.
    pub(crate) fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }

    /// The plugin was given something to do.
    pub(crate) fn is_active(&self) {
        self.pulse.beats.fetch_add(1, Relaxed);
    }

    /// Writes as many of these bytes as are taken at once, as they are, to what is no terminal.
    pub(crate) fn pass(&self, bytes: &[u8]) -> io::Result<usize> {
        self.pulse
            .wrote(bytes.len(), false)
            .map_err(io::Error::other)?;
        loop {
            match rustix::io::write(self.stream, bytes) {
                Ok(count) => return Ok(count),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    // Somebody else has made it so (O_NONBLOCK).
                    self.stream.write_all(bytes)?;
                    return Ok(bytes.len());
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    pub(crate) fn put(&self, bytes: &[u8]) -> io::Result<()> {
        let Some(screen) = &self.screen else {
            return self.write(bytes);
        };
        let safe = locked(screen).pass(bytes);
        self.write(safe.as_bytes())
    }

    /// Prints text in colours on a terminal. The control sequences come from the host; those in the text are filtered
    /// out.
    pub fn print<'t>(
        &self,
        spans: impl Iterator<Item = (Option<Color>, &'t str)>,
    ) -> io::Result<()> {
        if self.screen.is_none() && self.seems_terminal == Some(true) {
            // In a replay to a file, the text without its colours.
            return self.write(spans.map(|(_, text)| text).collect::<String>().as_bytes());
        }
        let mut screen = self.screen()?;
        let mut bytes = Vec::new();
        for (color, text) in spans {
            colored(&mut bytes, color, &screen.pass(text.as_bytes()))?;
        }
        drop(screen);
        self.write(&bytes)
    }

    /// Erases characters at the end of the current line of a terminal, at most those that the plugin has printed there.
    pub fn erase(&self, count: u32) -> io::Result<u32> {
        let screen = self.screen()?;
        let erasable = screen.erasable.load(Relaxed);
        let count = count.min(erasable);
        screen.erasable.store(erasable - count, Relaxed);
        drop(screen);
        self.write("\x08 \x08".repeat(count as usize).as_bytes())?;
        Ok(count)
    }

    /// Rings the bell of a terminal.
    pub fn bell(&self) -> io::Result<()> {
        drop(self.screen()?);
        self.write(b"\x07")
    }

    /// Writes these bytes; a failure ends the plugin.
    pub(crate) fn print_bytes(&self, bytes: &[u8]) -> wasmtime::Result<()> {
        let Err(error) = self.put(bytes) else {
            return Ok(());
        };
        match error.kind() {
            io::ErrorKind::BrokenPipe => Err(BrokenPipe.into()),
            _ if error.get_ref().is_some_and(|inner| inner.is::<Exceeded>()) => {
                let exceeded = error.into_inner();
                Err(exceeded.map_or_else(|| BrokenPipe.into(), wasmtime::Error::from_boxed))
            }
            // A failure to write to standard error cannot be reported there.
            _ if self.stream == Stream::Error => Ok(()),
            _ => Err(WriteFailed(error).into()),
        }
    }

    fn screen(&self) -> io::Result<MutexGuard<'_, Screen>> {
        let screen = self.screen.as_deref().map(locked);
        screen.ok_or_else(|| io::Error::from_raw_os_error(libc::EOPNOTSUPP))
    }

    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        self.pulse
            .wrote(bytes.len(), self.screen.is_some())
            .map_err(io::Error::other)?;
        self.stream.write_all(bytes)
    }

    /// Waits until the stream accepts a write, or fails immediately.
    async fn taken(&self) -> io::Result<()> {
        if self.stream.is_ready() {
            return Ok(());
        }
        let stream = self.stream.as_fd().try_clone_to_owned()?;
        let watched = nethost_net::register(stream, Interest::WRITABLE)?;
        while !self.stream.is_ready() {
            watched.writable().await?.clear_ready();
        }
        Ok(())
    }
}

impl Console {
    /// The same without doing anything else meanwhile. A signal interrupts it, so that the run can be ended.
    async fn taken_or_interrupted(&self) {
        while !self.stream.is_ready() {
            let wanted = &mut [PollFd::new(&self.stream, PollFlags::OUT)];
            if poll(wanted, None) == Err(Errno::INTR) {
                tokio::task::yield_now().await;
            }
        }
    }
}

fn locked(screen: &Mutex<Screen>) -> MutexGuard<'_, Screen> {
    screen.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes text between an SGR sequence and its reset (console_codes(4)).
fn colored(bytes: &mut Vec<u8>, color: Option<Color>, text: &str) -> io::Result<()> {
    match color {
        None => bytes.write_all(text.as_bytes()),
        Some(color) => write!(bytes, "\x1b[{}m{text}\x1b[0m", color as u8),
    }
}

impl IsTerminal for Console {
    fn is_terminal(&self) -> bool {
        self.seems_terminal.unwrap_or(self.screen.is_some())
    }
}

impl StdoutStream for Console {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait]
impl Pollable for Console {
    async fn ready(&mut self) {
        if self.blocks {
            self.taken_or_interrupted().await;
            return;
        }
        // If it is impossible to wait for the stream, write to it: the write blocks or fails.
        let _ = self.taken().await;
    }
}

impl OutputStream for Console {
    fn write(&mut self, bytes: bytes::Bytes) -> StreamResult<()> {
        self.print_bytes(&bytes).map_err(StreamError::Trap)
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        // 0 makes the plugin wait in an asynchronous call. Otherwise this process would block in write(2), and nothing
        // could end the run.
        Ok(if self.blocks || self.stream.is_ready() {
            AT_ONCE
        } else {
            0
        })
    }
}

impl AsyncWrite for Console {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(self.put(bytes).map(|()| bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_plugin_printed_on_this_line_can_be_erased() {
        let mut screen = Screen::default();
        let mut erasable_after = |text: &str| {
            screen.pass(text.as_bytes());
            screen.erasable.load(Relaxed)
        };
        for (text, erasable) in [
            ("", 0),
            ("..", 2),
            (".", 3),
            ("", 3),
            ("line\n", 0),
            ("ab\ncd", 2),
            ("e\tf", 1),
            // The first character is two columns wide; the second is shown as an escape.
            ("\u{4e00}g", 1),
            ("\u{7}", 7),
        ] {
            assert_eq!(erasable_after(text), erasable, "{text:?}");
        }
    }
}
