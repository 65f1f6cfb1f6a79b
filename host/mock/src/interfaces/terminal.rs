//! The terminal of a scenario: there is none, as in a script whose output goes to a pipe.

use wasmtime::component::{Accessor, Resource};

use super::bindings::nethost::cap::terminal::{
    Host, HostInputMode, HostScreen, HostScreenWithStore, InputMode, InputSettings, Key, Screen,
    Size, Span, StandardStream,
};
use crate::context::{Access, Context};
use nethost_broker::capabilities::terminal::TerminalRaw;
use nethost_core::{Request, Target};
use nethost_gate::Permit;
use nethost_kit::types::ErrorCode;

impl Host for Context {
    fn is_terminal(&mut self, _: StandardStream) -> wasmtime::Result<bool> {
        Ok(false)
    }

    fn window_size(&mut self) -> wasmtime::Result<Option<Size>> {
        Ok(None)
    }
}

impl Context {
    /// Asks the gate; then there is no terminal.
    fn terminal(&self, op: &'static str) -> ErrorCode {
        let request = Request::new(op, Target::Local("screen"));
        let permit: Result<Permit<TerminalRaw>, _> = self.gate.authorize(request);
        permit.map_or_else(ErrorCode::from, |_| ErrorCode::NotSupported)
    }
}

impl HostScreen for Context {
    fn open(&mut self) -> wasmtime::Result<Result<Resource<Screen>, ErrorCode>> {
        Ok(Err(self.terminal("screen.open")))
    }

    fn draw(
        &mut self,
        _: Resource<Screen>,
        _: Vec<Vec<Span>>,
    ) -> wasmtime::Result<Result<(), ErrorCode>> {
        Ok(Err(ErrorCode::NotSupported))
    }

    fn drop(&mut self, _: Resource<Screen>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl<T: Send + 'static> HostScreenWithStore<T> for Access {
    async fn next_key(
        _: &Accessor<T, Self>,
        _: Resource<Screen>,
        _: u64,
    ) -> wasmtime::Result<Result<Option<Key>, ErrorCode>> {
        Ok(Err(ErrorCode::NotSupported))
    }
}

impl HostInputMode for Context {
    fn open(
        &mut self,
        _: InputSettings,
    ) -> wasmtime::Result<Result<Resource<InputMode>, ErrorCode>> {
        Ok(Err(self.terminal("input-mode.open")))
    }

    fn set(
        &mut self,
        _: Resource<InputMode>,
        _: InputSettings,
    ) -> wasmtime::Result<Result<(), ErrorCode>> {
        Ok(Err(ErrorCode::NotSupported))
    }

    fn drop(&mut self, _: Resource<InputMode>) -> wasmtime::Result<()> {
        Ok(())
    }
}
