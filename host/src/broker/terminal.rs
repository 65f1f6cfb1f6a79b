//! The terminal's settings while a plugin has its window. The broker outlives the plugin's process by a
//! moment: should that be killed, the broker puts the terminal back.

use std::io;
use std::os::fd::AsFd;

use crossterm::cursor::Show;
use crossterm::execute;
use crossterm::terminal::LeaveAlternateScreen;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

/// Settings to come back to.
pub(super) struct Kept(Termios);

impl Kept {
    /// Notes them.
    pub(super) fn note() -> io::Result<Self> {
        Ok(Self(tcgetattr(io::stdout())?))
    }
}

impl Kept {
    /// The terminal was put back already.
    pub(super) fn forget(self) {
        std::mem::forget(self);
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // A terminal that is gone needs no settings.
        let _ = restore(io::stdout(), &self.0);
    }
}

/// Puts the terminal back.
pub fn restore(terminal: impl AsFd, saved: &Termios) -> io::Result<()> {
    execute!(io::stdout(), Show, LeaveAlternateScreen)?;
    tcsetattr(terminal, OptionalActions::Now, saved)?;
    Ok(())
}
