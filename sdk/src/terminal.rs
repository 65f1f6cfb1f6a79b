//! The operator's terminal, which the host owns. Request at the gate: `terminal.raw`, for a screen.

use std::ops::Deref;
use std::time::Duration;

use futures::stream::{self, LocalBoxStream, StreamExt};

use crate::Error;
use crate::bindings::nethost::cap::terminal;
use crate::timestamp::to_nanos;

/// Which of the three standard streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StandardStream {
    /// Standard input.
    Input,
    /// Standard output.
    Output,
    /// Standard error.
    Error,
}

/// A window's size in character cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Width.
    pub columns: u16,
    /// Height.
    pub rows: u16,
}

/// How a run of text looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Style {
    #[default]
    Plain,
    Bold,
    Dim,
    Reverse,
    Green,
    Yellow,
    Red,
}

/// A run of text in one style.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The text. What a terminal could act on in it is shown as an escape, such as `\u001b`.
    pub text: String,
    /// Its looks.
    pub style: Style,
}

impl Span {
    /// Text in a style.
    pub fn new(text: impl Into<String>, style: Style) -> Self {
        Self {
            text: text.into(),
            style,
        }
    }

    /// Text in the plain style.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::new(text, Style::Plain)
    }
}

/// A key the operator pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Key {
    Character(char),
    Enter,
    Escape,
    Backspace,
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    /// Any key that has no case here.
    Other,
}

/// isatty(3). Raises no request.
pub fn is_terminal(which: StandardStream) -> bool {
    terminal::is_terminal(match which {
        StandardStream::Input => terminal::StandardStream::Input,
        StandardStream::Output => terminal::StandardStream::Output,
        StandardStream::Error => terminal::StandardStream::Error,
    })
}

/// The size of the window on standard output; none when that is not a terminal. Raises no request.
pub fn window_size() -> Option<Size> {
    terminal::window_size().map(|terminal::Size { columns, rows }| Size { columns, rows })
}

/// The whole window: alternate screen, no echo, keys at once. Ctrl-C still arrives as a signal.
/// Dropping it puts the terminal back.
#[derive(Debug)]
pub struct Screen(terminal::Screen);

impl Screen {
    /// Takes the window.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), nethost_sdk::Error> {
    /// use nethost_sdk::terminal::{Screen, Span};
    /// use std::time::Duration;
    ///
    /// let screen = Screen::open()?;
    /// screen.draw(&[vec![Span::plain("press a key")]])?;
    /// let key = screen.next_key(Duration::from_secs(5)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Denied`; `NotSupported` (not a terminal, or one whose `TERM` is `dumb`); `InvalidState` (there is one already).
    pub fn open() -> Result<Self, Error> {
        Ok(Self(terminal::Screen::open()?))
    }

    /// Shows these lines from the top and blanks the rest.
    ///
    /// # Errors
    /// `Other` (the terminal is gone).
    pub fn draw(&self, lines: &[Vec<Span>]) -> Result<(), Error> {
        let lines: Vec<_> = lines
            .iter()
            .map(|line| line.iter().map(span_to_wit).collect())
            .collect();
        Ok(self.0.draw(&lines)?)
    }

    /// The next key, or none after `timeout`.
    ///
    /// # Errors
    /// `Other` (the terminal is gone).
    pub async fn next_key(&self, timeout: Duration) -> Result<Option<Key>, Error> {
        Ok(self.0.next_key(to_nanos(timeout)).await?.map(key_from_wit))
    }
}

/// Keys as they are pressed; none ever without a screen.
pub fn keys<'a, S>(screen: Option<S>) -> LocalBoxStream<'a, Result<Key, Error>>
where
    S: Deref<Target = Screen> + 'a,
{
    const LONG: Duration = Duration::from_secs(3600);
    let Some(screen) = screen else {
        return stream::pending().boxed_local();
    };
    stream::unfold(screen, |screen| async move {
        loop {
            match screen.next_key(LONG).await {
                Ok(None) => {}
                Ok(Some(key)) => return Some((Ok(key), screen)),
                Err(error) => return Some((Err(error), screen)),
            }
        }
    })
    .boxed_local()
}

/// How the terminal passes what is typed.
pub use terminal::InputSettings;

/// The terminal with other settings for its input, which [`crate::console`] reads. Dropping it puts them back.
#[derive(Debug)]
pub struct InputMode(terminal::InputMode);

impl InputMode {
    /// Changes the settings.
    ///
    /// # Errors
    /// `Denied`; `NotSupported` (not a terminal); `InvalidState` (a screen or another mode is open).
    pub fn open(settings: InputSettings) -> Result<Self, Error> {
        Ok(Self(terminal::InputMode::open(settings)?))
    }

    /// Changes them again.
    ///
    /// # Errors
    /// `Other` (the terminal is gone).
    pub fn set(&self, settings: InputSettings) -> Result<(), Error> {
        Ok(self.0.set(settings)?)
    }
}

fn span_to_wit(span: &Span) -> terminal::Span {
    let style = match span.style {
        Style::Plain => terminal::Style::Plain,
        Style::Bold => terminal::Style::Bold,
        Style::Dim => terminal::Style::Dim,
        Style::Reverse => terminal::Style::Reverse,
        Style::Green => terminal::Style::Green,
        Style::Yellow => terminal::Style::Yellow,
        Style::Red => terminal::Style::Red,
    };
    terminal::Span {
        text: span.text.clone(),
        style,
    }
}

fn key_from_wit(key: terminal::Key) -> Key {
    match key {
        terminal::Key::Character(c) => Key::Character(c),
        terminal::Key::Enter => Key::Enter,
        terminal::Key::Escape => Key::Escape,
        terminal::Key::Backspace => Key::Backspace,
        terminal::Key::Up => Key::Up,
        terminal::Key::Down => Key::Down,
        terminal::Key::Left => Key::Left,
        terminal::Key::Right => Key::Right,
        terminal::Key::PageUp => Key::PageUp,
        terminal::Key::PageDown => Key::PageDown,
        terminal::Key::Other => Key::Other,
    }
}
