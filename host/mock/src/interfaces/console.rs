//! Standard input and output. Neither is a terminal, so there are no colours, no bell and nothing to erase.

use wasmtime::component::{self, StreamReader};

use super::bindings::nethost::cap::console::{Host, HostWithStore, Span};
use crate::context::{Access, Context};
use nethost_kit::component_stream::{self as stream, Ended};
use nethost_kit::types::ErrorCode;

impl<T: Send + 'static> HostWithStore<T> for Access {
    fn input(
        mut access: component::Access<'_, T, Self>,
    ) -> wasmtime::Result<Result<(StreamReader<u8>, Ended), ErrorCode>> {
        let received = access.get().standard.receive();
        stream::receive(access, received)
    }

    fn output(
        mut access: component::Access<'_, T, Self>,
        data: StreamReader<u8>,
    ) -> wasmtime::Result<Result<Ended, ErrorCode>> {
        let sender = access.get().standard.send();
        stream::send(access, data, sender)
    }
}

impl Host for Context {
    fn print(&mut self, _: Vec<Span>) -> wasmtime::Result<Result<(), ErrorCode>> {
        Ok(Err(ErrorCode::NotSupported))
    }

    fn erase(&mut self, _: u32) -> wasmtime::Result<Result<u32, ErrorCode>> {
        Ok(Err(ErrorCode::NotSupported))
    }

    fn bell(&mut self) -> wasmtime::Result<Result<(), ErrorCode>> {
        Ok(Err(ErrorCode::NotSupported))
    }
}
