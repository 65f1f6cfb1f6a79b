//! The generated traits, method by method.

use std::io::IsTerminal;
use std::sync::Arc;

use wasmtime::component::{Accessor, Resource};

use super::{InputMode, Screen};
use crate::bindings::nethost::cap::terminal::{
    Host, HostInputMode, HostScreen, HostScreenWithStore, InputSettings, Key, Size, Span,
    StandardStream,
};
use nethost_core::output::Stream;
use nethost_kit::Access;
use nethost_kit::Context;
use nethost_kit::types::ErrorCode;

type Shared = Resource<Arc<Screen>>;

impl Host for Context {
    fn is_terminal(&mut self, which: StandardStream) -> wasmtime::Result<bool> {
        Ok(match which {
            StandardStream::Input => std::io::stdin().is_terminal(),
            StandardStream::Output => Stream::Output.is_terminal(),
            StandardStream::Error => Stream::Error.is_terminal(),
        })
    }

    fn window_size(&mut self) -> wasmtime::Result<Option<Size>> {
        let size = rustix::termios::tcgetwinsize(Stream::Output).ok();
        Ok(size.map(|size| Size {
            columns: size.ws_col,
            rows: size.ws_row,
        }))
    }
}

impl HostScreen for Context {
    fn open(&mut self) -> wasmtime::Result<Result<Shared, ErrorCode>> {
        let opened = Screen::open(&self.gate, &self.broker);
        opened
            .map(|screen| self.keep(Arc::new(screen)))
            .map_or_else(|error| Ok(Err(error)), |kept| kept.map(Ok))
    }

    fn draw(
        &mut self,
        screen: Shared,
        lines: Vec<Vec<Span>>,
    ) -> wasmtime::Result<Result<(), ErrorCode>> {
        Ok(self.table.get(&screen)?.draw(&lines))
    }

    fn drop(&mut self, screen: Shared) -> wasmtime::Result<()> {
        self.discard(screen)
    }
}

impl HostInputMode for Context {
    fn open(
        &mut self,
        settings: InputSettings,
    ) -> wasmtime::Result<Result<Resource<InputMode>, ErrorCode>> {
        match InputMode::open(&self.gate, &self.broker, settings) {
            Ok(mode) => self.keep(mode).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn set(
        &mut self,
        mode: Resource<InputMode>,
        settings: InputSettings,
    ) -> wasmtime::Result<Result<(), ErrorCode>> {
        Ok(self.table.get(&mode)?.set(settings))
    }

    fn drop(&mut self, mode: Resource<InputMode>) -> wasmtime::Result<()> {
        self.discard(mode)
    }
}

impl<T: Send + 'static> HostScreenWithStore<T> for Access {
    async fn next_key(
        accessor: &Accessor<T, Self>,
        screen: Shared,
        timeout: u64,
    ) -> wasmtime::Result<Result<Option<Key>, ErrorCode>> {
        let screen = accessor.with(|mut access| access.get().table.get(&screen).cloned())?;
        Ok(screen.next_key(timeout).await)
    }
}
