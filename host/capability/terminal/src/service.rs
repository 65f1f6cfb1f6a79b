//! A window of lines, and keys.

use std::ffi::OsStr;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use crossterm::cursor::MoveTo;
use crossterm::queue;
use crossterm::style::{Attribute, Color, Print, ResetColor, SetAttribute, SetForegroundColor};
use crossterm::terminal::{BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate};
use unicode_width::UnicodeWidthChar;

use super::keys::Keys;
use super::{TerminalRaw, sys};
use crate::bindings::nethost::cap::terminal::{Key, Span, Style};
use nethost_broker::Broker;
use nethost_core::output::Stream;
use nethost_core::text;
use nethost_core::{Request, Target};
use nethost_gate::{Gate, Permit};
use nethost_kit::types::ErrorCode;

/// Set while a screen or an input mode is open: there is only one terminal.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The whole window, used by a plugin.
pub struct Screen {
    keys: tokio::sync::Mutex<Keys>,
    _window: sys::Window,
    _turn: Turn,
}

pub(super) struct Turn;

impl Turn {
    /// Takes the terminal, unless somebody has it.
    pub(super) fn take() -> Result<Self, ErrorCode> {
        match TAKEN.swap(true, SeqCst) {
            true => Err(ErrorCode::InvalidState),
            false => Ok(Self),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        TAKEN.store(false, SeqCst);
    }
}

impl Screen {
    pub(super) fn open(gate: &Arc<Gate>, broker: &Arc<Broker>) -> Result<Self, ErrorCode> {
        let permit: Permit<TerminalRaw> =
            gate.authorize(Request::new("screen.open", Target::Local("screen")))?;
        if is_dumb(std::env::var_os("TERM").as_deref()) {
            return Err(ErrorCode::NotSupported);
        }
        let turn = Turn::take()?;
        let window = sys::take(permit, broker).map_err(|error| match error.raw_os_error() {
            Some(libc::ENOTTY) => ErrorCode::NotSupported,
            _ => error.into(),
        })?;
        Ok(Self {
            keys: tokio::sync::Mutex::new(Keys::new()?),
            _window: window,
            _turn: turn,
        })
    }

    pub(super) fn draw(&self, lines: &[Vec<Span>]) -> Result<(), ErrorCode> {
        let (columns, rows) = crossterm::terminal::size().map_err(gone)?;
        let frame = compose(lines, columns.into(), rows.into()).map_err(gone)?;
        // A stopped terminal gets the next frame; this frame is skipped, so nothing waits for the terminal.
        if Stream::Output.is_ready() {
            Stream::Output.write_all(&frame).map_err(gone)?;
        }
        Ok(())
    }

    pub(super) async fn next_key(&self, timeout: u64) -> Result<Option<Key>, ErrorCode> {
        let mut keys = self.keys.lock().await;
        let wait = tokio::time::timeout(Duration::from_nanos(timeout), keys.next());
        match wait.await {
            Ok(key) => key.map(Some).map_err(gone),
            Err(_elapsed) => Ok(None),
        }
    }
}

/// Whether the terminal cannot move its cursor, which a screen needs.
pub(super) fn is_dumb(term: Option<&OsStr>) -> bool {
    term.is_some_and(|term| term == "dumb")
}

pub(super) fn gone(error: io::Error) -> ErrorCode {
    ErrorCode::Other(Some(format!("the terminal is gone: {error}")))
}

/// The bytes that draw a frame: each line is cut at the edge, and the rest is cleared.
pub(super) fn compose(lines: &[Vec<Span>], columns: usize, rows: usize) -> io::Result<Vec<u8>> {
    let mut frame = Vec::new();
    queue!(frame, BeginSynchronizedUpdate)?;
    for (row, line) in lines.iter().take(rows).enumerate() {
        queue!(frame, MoveTo(0, row as u16))?;
        let mut left = columns;
        for span in line {
            let text = cut(&span.text, &mut left);
            match span.style {
                Style::Plain => queue!(frame, Print(text))?,
                Style::Bold => queue!(
                    frame,
                    SetAttribute(Attribute::Bold),
                    Print(text),
                    SetAttribute(Attribute::Reset)
                )?,
                Style::Dim => queue!(
                    frame,
                    SetAttribute(Attribute::Dim),
                    Print(text),
                    SetAttribute(Attribute::Reset)
                )?,
                Style::Reverse => queue!(
                    frame,
                    SetAttribute(Attribute::Reverse),
                    Print(text),
                    SetAttribute(Attribute::Reset)
                )?,
                Style::Green => queue!(
                    frame,
                    SetForegroundColor(Color::Green),
                    Print(text),
                    ResetColor
                )?,
                Style::Yellow => queue!(
                    frame,
                    SetForegroundColor(Color::Yellow),
                    Print(text),
                    ResetColor
                )?,
                Style::Red => queue!(
                    frame,
                    SetForegroundColor(Color::Red),
                    Print(text),
                    ResetColor
                )?,
            }
        }
        if left > 0 {
            queue!(frame, Clear(ClearType::UntilNewLine))?;
        }
    }
    if lines.len() < rows {
        queue!(
            frame,
            MoveTo(0, lines.len() as u16),
            Clear(ClearType::FromCursorDown)
        )?;
    }
    queue!(frame, EndSynchronizedUpdate)?;
    Ok(frame)
}

/// The part of a text that fits, with escapes instead of control characters.
fn cut(text: &str, left: &mut usize) -> String {
    let mut shown = String::new();
    for character in text::line(text).chars() {
        let width = character.width().unwrap_or(0);
        if width > *left {
            *left = 0;
            break;
        }
        *left -= width;
        shown.push(character);
    }
    shown
}
