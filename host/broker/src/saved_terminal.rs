//! The settings of the terminal while a plugin shows its screen. The broker outlives the runner by a moment: if the
//! runner is killed, the broker restores the terminal.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use crossterm::cursor::Show;
use crossterm::queue;
use crossterm::terminal::LeaveAlternateScreen;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

use nethost_core::output::is_ready;

/// Settings to restore.
pub(super) struct SavedTerminal {
    terminal: OwnedFd,
    settings: Termios,
    put_back: bool,
}

impl SavedTerminal {
    /// Saves the settings. There are none if it is not a terminal.
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
    /// The terminal has been restored already.
    pub(super) fn forget(mut self) {
        self.put_back = true;
    }
}

impl Drop for SavedTerminal {
    fn drop(&mut self) {
        if self.put_back {
            return;
        }
        // A closed terminal needs no settings. A stopped terminal is waited for, because this is the last action.
        let mut watched = [PollFd::new(&self.terminal, PollFlags::OUT)];
        while matches!(poll(&mut watched, None), Err(Errno::INTR)) {}
        let _ = restore(&self.terminal, &self.terminal, &self.settings);
    }
}

/// Restores the terminal: the screen on the output, the settings on input and output. If the terminal is stopped, the
/// settings are restored and an error is returned.
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
