//! Standard input beside a connection: looked at without waiting.

/// What standard input has. Where the tests run there is none.
#[cfg_attr(not(target_family = "wasm"), allow(dead_code))]
pub(crate) enum Ready {
    Nothing,
    Bytes(Vec<u8>),
    End,
}

/// Standard input.
#[derive(Default)]
pub(crate) struct Input {
    #[cfg(target_family = "wasm")]
    stream: Option<(wasip2::io::poll::Pollable, wasip2::io::streams::InputStream)>,
    /// It has ended.
    #[cfg(target_family = "wasm")]
    is_over: bool,
}

impl Input {
    /// What is there now.
    #[cfg(target_family = "wasm")]
    pub(crate) fn ready(&mut self) -> Ready {
        if self.is_over {
            return Ready::Nothing;
        }
        let (pollable, stream) = self.stream.get_or_insert_with(|| {
            let stream = wasip2::cli::stdin::get_stdin();
            (stream.subscribe(), stream)
        });
        if !pollable.ready() {
            return Ready::Nothing;
        }
        match stream.read(64 << 10) {
            Ok(bytes) if bytes.is_empty() => Ready::Nothing,
            Ok(bytes) => Ready::Bytes(bytes),
            Err(_) => {
                self.is_over = true;
                Ready::End
            }
        }
    }

    /// Only a component has an input that does not wait.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn ready(&mut self) -> Ready {
        Ready::End
    }
}
