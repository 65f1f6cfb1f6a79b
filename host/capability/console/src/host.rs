//! The generated trait.

use std::io;

use wasmtime::component::{self, StreamReader};

use crate::bindings::nethost::cap::console::{Color, Host, HostWithStore, Span};
use nethost_kit::component_stream::{self as stream, Ended};
use nethost_kit::console;
use nethost_kit::limits::Exceeded;
use nethost_kit::types::ErrorCode;
use nethost_kit::{Access, Context};

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
    fn print(&mut self, spans: Vec<Span>) -> wasmtime::Result<Result<(), ErrorCode>> {
        printed(
            self.output.print(
                spans
                    .iter()
                    .map(|span| (color(span.color), span.text.as_str())),
            ),
        )
    }

    fn erase(&mut self, count: u32) -> wasmtime::Result<Result<u32, ErrorCode>> {
        printed(self.output.erase(count))
    }

    fn bell(&mut self) -> wasmtime::Result<Result<(), ErrorCode>> {
        printed(self.output.bell())
    }
}

/// Converts a result for the plugin; an exceeded limit ends the plugin.
fn printed<T>(result: io::Result<T>) -> wasmtime::Result<Result<T, ErrorCode>> {
    match result {
        Err(error) if error.get_ref().is_some_and(|inner| inner.is::<Exceeded>()) => Err(error
            .into_inner()
            .map_or_else(|| Exceeded::Output(0).into(), wasmtime::Error::from_boxed)),
        printed => Ok(printed.map_err(ErrorCode::from)),
    }
}

fn color(color: Color) -> Option<console::Color> {
    Some(match color {
        Color::Plain => return None,
        Color::Red => console::Color::Red,
        Color::Green => console::Color::Green,
        Color::Yellow => console::Color::Yellow,
        Color::Blue => console::Color::Blue,
        Color::Magenta => console::Color::Magenta,
        Color::Cyan => console::Color::Cyan,
    })
}
