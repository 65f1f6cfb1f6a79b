//! The settings of the terminal while a plugin shows its screen. The broker outlives the runner by a moment: if the
//! runner is killed, the broker restores the terminal.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use crossterm::cursor::Show;
use crossterm::queue;
use crossterm::terminal::LeaveAlternateScreen;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{AtFlags, FileType, StatxFlags, statx};
use rustix::io::Errno;
use rustix::termios::{OptionalActions, Termios, isatty, tcgetattr, tcsetattr};

use nethost_core::output::is_ready;

/// AT_STATX_DONT_SYNC: what the kernel knows already is enough.
const STATX_DONT_SYNC: u32 = 0x4000;

/// Settings to restore.
pub(super) struct SavedTerminal {
    terminal: OwnedFd,
    settings: Termios,
    /// The plugin had the whole window, which is left too.
    window: bool,
    put_back: bool,
}

/// Whether a descriptor from the runner is a terminal. Nothing is asked of it before it is seen to be a device: a file
/// system of the user could take its time for the answer.
pub(super) fn is_terminal(passed: &OwnedFd) -> bool {
    let flags = AtFlags::EMPTY_PATH | AtFlags::from_bits_retain(STATX_DONT_SYNC);
    let found = statx(passed, "", flags, StatxFlags::TYPE);
    let is_device = found.is_ok_and(|found| {
        FileType::from_raw_mode(found.stx_mode.into()) == FileType::CharacterDevice
    });
    is_device && isatty(passed)
}

impl SavedTerminal {
    /// Saves the settings. There are none if it is not a terminal.
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
        let _ = match self.window {
            true => restore(&self.terminal, &self.terminal, &self.settings),
            false => {
                let settings = &self.settings;
                tcsetattr(&self.terminal, OptionalActions::Now, settings).map_err(io::Error::from)
            }
        };
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
