//! The terminal's settings while a plugin has its window. The broker outlives the plugin's process by a
//! moment: should that be killed, the broker puts the terminal back.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use crossterm::cursor::Show;
use crossterm::queue;
use crossterm::terminal::LeaveAlternateScreen;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

/// Settings to come back to.
pub(super) struct SavedTerminal {
    terminal: OwnedFd,
    settings: Termios,
    put_back: bool,
}

impl SavedTerminal {
    /// Notes them. What is no terminal has none.
    pub(super) fn note(terminal: OwnedFd) -> io::Result<Self> {
        let settings = tcgetattr(&terminal)?;
        Ok(Self {
            terminal,
            settings,
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
        // A terminal that is gone needs no settings.
        let _ = restore(&self.terminal, &self.terminal, &self.settings);
    }
}

/// Puts the terminal back: its window on what is written to, its settings on either.
pub fn restore(output: impl AsFd, terminal: impl AsFd, saved: &Termios) -> io::Result<()> {
    let mut sequences = Vec::new();
    queue!(sequences, Show, LeaveAlternateScreen)?;
    rustix::io::write(output, &sequences)?;
    tcsetattr(terminal, OptionalActions::Now, saved)?;
    Ok(())
}
