//! Other settings for what is typed, for as long as a plugin wants them.

use std::sync::Arc;

use super::TerminalRaw;
use super::service::{Turn, gone};
use super::sys::Settings;
use crate::bindings::nethost::cap::terminal::InputSettings;
use nethost_broker::Broker;
use nethost_core::{Request, Target};
use nethost_gate::{Gate, Permit};
use nethost_kit::types::ErrorCode;

/// The settings of the terminal, which come back when this is dropped.
pub struct InputMode {
    settings: Settings,
    _turn: Turn,
}

impl InputMode {
    pub(super) fn open(
        gate: &Arc<Gate>,
        broker: &Arc<Broker>,
        wanted: InputSettings,
    ) -> Result<Self, ErrorCode> {
        let permit: Permit<TerminalRaw> =
            gate.authorize(Request::new("input-mode.open", Target::Local("screen")))?;
        let turn = Turn::take()?;
        let settings =
            Settings::take(permit, broker).map_err(|error| match error.raw_os_error() {
                Some(libc::ENOTTY) => ErrorCode::NotSupported,
                _ => error.into(),
            })?;
        settings.set(&wanted).map_err(gone)?;
        Ok(Self {
            settings,
            _turn: turn,
        })
    }

    pub(super) fn set(&self, wanted: InputSettings) -> Result<(), ErrorCode> {
        self.settings.set(&wanted).map_err(gone)
    }
}
