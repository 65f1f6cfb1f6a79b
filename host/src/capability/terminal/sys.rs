//! Entering and leaving the whole window: termios(3) through rustix, sequences through crossterm.

use std::io::{self, IsTerminal};
use std::os::fd::AsFd;

use crossterm::cursor::{Hide, Show};
use crossterm::execute;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen};
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};

use super::TerminalRaw;
use super::guard::Guard;
use crate::gate::Permit;

/// The terminal while a plugin has its window.
pub(super) struct Window {
    saved: Termios,
    guard: Option<Guard>,
    /// Held for the record: the window was permitted.
    _permit: Permit<TerminalRaw>,
}

/// Takes the window. Signal keys such as Ctrl-C stay signals.
pub(super) fn take(permit: Permit<TerminalRaw>) -> io::Result<Window> {
    let taken = prepare();
    match taken {
        Ok((saved, guard)) => Ok(Window {
            saved,
            guard: Some(guard),
            _permit: permit,
        }),
        Err(error) => {
            permit.failed(&error);
            Err(error)
        }
    }
}

fn prepare() -> io::Result<(Termios, Guard)> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(io::Error::from_raw_os_error(libc::ENOTTY));
    }
    let saved = tcgetattr(io::stdin())?;
    // The guard notes the settings before they change.
    let guard = Guard::start()?;
    let mut keys_at_once = saved.clone();
    keys_at_once
        .local_modes
        .remove(LocalModes::ICANON | LocalModes::ECHO);
    keys_at_once.special_codes[SpecialCodeIndex::VMIN] = 1;
    keys_at_once.special_codes[SpecialCodeIndex::VTIME] = 0;
    tcsetattr(io::stdin(), OptionalActions::Now, &keys_at_once)?;
    execute!(io::stdout(), EnterAlternateScreen, Hide)?;
    Ok((saved, guard))
}

/// Puts the terminal back.
pub(super) fn restore(terminal: impl AsFd, saved: &Termios) -> io::Result<()> {
    execute!(io::stdout(), Show, LeaveAlternateScreen)?;
    tcsetattr(terminal, OptionalActions::Now, saved)?;
    Ok(())
}

/// A process in the background may set the terminal only while it ignores SIGTTOU (termios(3)).
pub(super) fn ignore_background_stop() {
    // SAFETY: SIG_IGN runs no code of ours.
    unsafe { libc::signal(libc::SIGTTOU, libc::SIG_IGN) };
}

impl Drop for Window {
    fn drop(&mut self) {
        // When restoring fails here, the guard tries once more: it acts unless it is dismissed.
        if restore(io::stdin(), &self.saved).is_ok()
            && let Some(guard) = self.guard.take()
        {
            guard.dismiss();
        }
    }
}
