//! Enters and leaves the alternate screen: termios(3) with rustix, sequences with crossterm.

use std::io::{self, IsTerminal};
use std::sync::Arc;

use crossterm::cursor::Hide;
use crossterm::queue;
use crossterm::terminal::EnterAlternateScreen;
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};

use super::TerminalRaw;
use nethost_broker::{Broker, restore_terminal};
use nethost_core::output::Stream;
use nethost_gate::Permit;

/// The terminal while a plugin has its window.
pub(super) struct Window {
    saved: Termios,
    broker: Arc<Broker>,
    /// Kept so that the end of the window is recorded.
    _permit: Permit<TerminalRaw>,
}

/// Takes the window. Keys such as Ctrl-C still send signals.
pub(super) fn take(permit: Permit<TerminalRaw>, broker: &Arc<Broker>) -> io::Result<Window> {
    let taken = prepare(&permit, broker);
    match taken {
        Ok(saved) => Ok(Window {
            saved,
            broker: Arc::clone(broker),
            _permit: permit,
        }),
        Err(error) => {
            permit.failed(&error);
            Err(error)
        }
    }
}

fn prepare(permit: &Permit<TerminalRaw>, broker: &Broker) -> io::Result<Termios> {
    if !io::stdin().is_terminal() || !Stream::Output.is_terminal() {
        return Err(io::Error::from_raw_os_error(libc::ENOTTY));
    }
    // Do not wait for a stopped terminal: everything else that is open would have to wait too.
    if !Stream::Output.is_ready() {
        return Err(io::ErrorKind::WouldBlock.into());
    }
    let saved = tcgetattr(io::stdin())?;
    // The broker saves the settings before they change.
    broker.keep_terminal(permit)?;
    let mut keys_at_once = saved.clone();
    keys_at_once
        .local_modes
        .remove(LocalModes::ICANON | LocalModes::ECHO);
    keys_at_once.special_codes[SpecialCodeIndex::VMIN] = 1;
    keys_at_once.special_codes[SpecialCodeIndex::VTIME] = 0;
    tcsetattr(io::stdin(), OptionalActions::Now, &keys_at_once)?;
    let mut sequences = Vec::new();
    queue!(sequences, EnterAlternateScreen, Hide)?;
    Stream::Output.write_all(&sequences)?;
    Ok(saved)
}

impl Drop for Window {
    fn drop(&mut self) {
        // If this fails, as on a stopped terminal, the broker restores the terminal at the end.
        if restore_terminal(Stream::Output, io::stdin(), &self.saved).is_ok() {
            self.broker.release_terminal();
        }
    }
}
