//! The terminal's settings while a plugin has its window. The broker outlives the plugin's process by a
//! moment: should that be killed, the broker puts the terminal back.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use crossterm::cursor::Show;
use crossterm::queue;
use crossterm::terminal::LeaveAlternateScreen;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

use nethost_core::output::is_ready;

/// Settings to come back to.
pub(super) struct SavedTerminal {
    terminal: OwnedFd,
    settings: Termios,
    /// The plugin had the whole window, which is left too.
    window: bool,
    put_back: bool,
}

impl SavedTerminal {
    /// Notes them. What is no terminal has none.
    pub(super) fn note(terminal: OwnedFd, window: bool) -> io::Result<Self> {
        let settings = tcgetattr(&terminal)?;
        Ok(Self {
            terminal,
            settings,
            window,
            put_back: false,
        })
    }
}

impl SavedTerminal {
    /// The terminal was put back already.
    pub(super) fn forget(mut self) {
        self.put_back = true;
    }
}

impl Drop for SavedTerminal {
    fn drop(&mut self) {
        if self.put_back {
            return;
        }
        // A terminal that is gone needs no settings. One that is held is waited for, as this is the last that is done.
        let mut watched = [PollFd::new(&self.terminal, PollFlags::OUT)];
        while matches!(poll(&mut watched, None), Err(Errno::INTR)) {}
        let _ = match self.window {
            true => restore(&self.terminal, &self.terminal, &self.settings),
            false => {
                let settings = &self.settings;
                tcsetattr(&self.terminal, OptionalActions::Now, settings).map_err(io::Error::from)
            }
        };
    }
}

/// Puts the terminal back: its window on what is written to, its settings on either. An error where the terminal is
/// held, once its settings are back.
pub fn restore(output: impl AsFd, terminal: impl AsFd, saved: &Termios) -> io::Result<()> {
    let mut sequences = Vec::new();
    queue!(sequences, Show, LeaveAlternateScreen)?;
    tcsetattr(terminal, OptionalActions::Now, saved)?;
    if !is_ready(&output) {
        return Err(io::ErrorKind::WouldBlock.into());
    }
    rustix::io::write(output, &sequences)?;
    Ok(())
}
