//! Standard input beside a connection: looked at without waiting.

/// What standard input has.
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
}

impl Input {
    /// What is there now.
    #[cfg(target_family = "wasm")]
    pub(crate) fn ready(&mut self) -> Ready {
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
            Err(_) => Ready::End,
        }
    }

    /// Only a component has an input that does not wait.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn ready(&mut self) -> Ready {
        Ready::End
    }
}
