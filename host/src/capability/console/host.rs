//! The generated trait.

use crate::bindings::nethost::cap::console::{Host, Span};
use crate::capability::types::ErrorCode;
use crate::limits::Exceeded;
use crate::store::Run;

impl Host for Run {
    fn print(&mut self, spans: Vec<Span>) -> wasmtime::Result<Result<(), ErrorCode>> {
        match self.output.print(&spans) {
            Err(error) if error.get_ref().is_some_and(|inner| inner.is::<Exceeded>()) => Err(error
                .into_inner()
                .map_or_else(|| Exceeded::Interrupted.into(), wasmtime::Error::from_boxed)),
            printed => Ok(printed.map_err(ErrorCode::from)),
        }
    }
}
