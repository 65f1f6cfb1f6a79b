//! The generated trait.

use std::io;

use crate::bindings::nethost::cap::console::{Host, Span};
use crate::capability::types::ErrorCode;
use crate::limits::Exceeded;
use crate::store::Run;

impl Host for Run {
    fn print(&mut self, spans: Vec<Span>) -> wasmtime::Result<Result<(), ErrorCode>> {
        printed(self.output.print(&spans))
    }

    fn erase(&mut self, count: u32) -> wasmtime::Result<Result<u32, ErrorCode>> {
        printed(self.output.erase(count))
    }

    fn bell(&mut self) -> wasmtime::Result<Result<(), ErrorCode>> {
        printed(self.output.bell())
    }
}

/// What the plugin is told; a limit that was exceeded ends it.
fn printed<T>(result: io::Result<T>) -> wasmtime::Result<Result<T, ErrorCode>> {
    match result {
        Err(error) if error.get_ref().is_some_and(|inner| inner.is::<Exceeded>()) => Err(error
            .into_inner()
            .map_or_else(|| Exceeded::Output(0).into(), wasmtime::Error::from_boxed)),
        printed => Ok(printed.map_err(ErrorCode::from)),
    }
}
