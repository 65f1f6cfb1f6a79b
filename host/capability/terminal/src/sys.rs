//! Enters and leaves the alternate screen: termios(3) with rustix, sequences with crossterm.

use std::io::{self, IsTerminal};
use std::sync::Arc;

use crossterm::cursor::Hide;
use crossterm::queue;
use crossterm::terminal::EnterAlternateScreen;
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};

use super::TerminalRaw;
use crate::bindings::nethost::cap::terminal::InputSettings;
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

/// The settings of the terminal before a plugin changed how input is read.
pub(super) struct Settings {
    saved: Termios,
    broker: Arc<Broker>,
    /// Kept so that the end is recorded.
    _permit: Permit<TerminalRaw>,
}

impl Settings {
    /// Notes them, here and in the broker.
    pub(super) fn take(permit: Permit<TerminalRaw>, broker: &Arc<Broker>) -> io::Result<Self> {
        let noted = tcgetattr(io::stdin())
            .map_err(io::Error::from)
            .and_then(|saved| broker.keep_terminal(&permit).map(|()| saved));
        Ok(Self {
            saved: noted.inspect_err(|error| permit.failed(error))?,
            broker: Arc::clone(broker),
            _permit: permit,
        })
    }

    pub(super) fn set(&self, wanted: &InputSettings) -> io::Result<()> {
        let InputSettings {
            lines,
            echo,
            signals,
            flow_control,
            return_is_line_end,
        } = *wanted;
        let mut settings = self.saved.clone();
        let local = &mut settings.local_modes;
        local.set(LocalModes::ICANON, lines);
        local.set(LocalModes::ECHO, echo);
        local.set(LocalModes::ISIG, signals);
        local.set(LocalModes::IEXTEN, lines);
        settings.input_modes.set(InputModes::IXON, flow_control);
        settings
            .input_modes
            .set(InputModes::ICRNL, return_is_line_end);
        if !lines {
            settings.special_codes[SpecialCodeIndex::VMIN] = 1;
            settings.special_codes[SpecialCodeIndex::VTIME] = 0;
        }
        Ok(tcsetattr(io::stdin(), OptionalActions::Now, &settings)?)
    }
}

impl Drop for Settings {
    fn drop(&mut self) {
        // If this fails, the broker puts them back at the end.
        if tcsetattr(io::stdin(), OptionalActions::Now, &self.saved).is_ok() {
            self.broker.release_terminal();
        }
    }
}
