//! Entering and leaving the whole window: termios(3) through rustix, sequences through crossterm.

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
    /// Held for the record: the window was permitted.
    _permit: Permit<TerminalRaw>,
}

/// Takes the window. Signal keys such as Ctrl-C stay signals.
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
    // One that is held is not waited for: what else is open would have to wait too.
    if !Stream::Output.is_ready() {
        return Err(io::ErrorKind::WouldBlock.into());
    }
    let saved = tcgetattr(io::stdin())?;
    // The broker notes the settings before they change.
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
        // When it fails here, as on a terminal that is held, the broker sees to it at the end.
        if restore_terminal(Stream::Output, io::stdin(), &self.saved).is_ok() {
            self.broker.release_terminal();
        }
    }
}
