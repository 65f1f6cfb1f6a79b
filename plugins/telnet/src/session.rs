//! A connection while it lasts: what is typed goes to the server, and what the server says is shown.

use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use futures::{AsyncBufReadExt, AsyncWriteExt};
use nethost_sdk::console::StandardStreams;
use nethost_sdk::tcp::TcpStream;
use nethost_sdk::terminal::{self, InputMode, StandardStream, is_terminal};
use nethost_sdk::{Error, Exit, Signal, clock, interrupted};

use crate::input::{self, Editor, KEYS, LINES, Typed};
use crate::protocol::Protocol;
use crate::screen::{say, show};

/// A connection to a server.
pub(crate) struct Session {
    pub(crate) stream: TcpStream,
    pub(crate) protocol: Protocol,
    pub(crate) host: String,
    editor: Editor,
    input_ended: bool,
    sent_any: bool,
}

/// Why the dialogue stopped.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The server ended it.
    Closed,
    /// The escape character was typed.
    Escaped,
}

enum Event {
    Data(Vec<u8>),
    Closed,
    Typed(Vec<u8>),
    InputEnd,
    Window,
    Interrupt,
    Silence,
}

/// So long a server may take for the next part of its answer after the end of input.
const PATIENCE: Duration = Duration::from_secs(1);

impl Session {
    pub(crate) fn new(stream: TcpStream, protocol: Protocol, host: &str) -> Self {
        Self {
            stream,
            protocol,
            host: host.into(),
            editor: Editor::default(),
            input_ended: false,
            sent_any: false,
        }
    }

    /// Sends what the protocol has to say. A server that does not read is waited for.
    pub(crate) async fn flush(&mut self) -> Result<(), Error> {
        let out = std::mem::take(&mut self.protocol.out);
        if out.is_empty() {
            return Ok(());
        }
        self.stream.write_all(&out).await?;
        Ok(self.stream.flush().await?)
    }

    /// Goes on until the server ends it or the escape character is typed.
    pub(crate) async fn run(
        &mut self,
        escape: Option<u8>,
        standard: &mut StandardStreams,
    ) -> Result<Stop, Exit> {
        let typed = is_terminal(StandardStream::Input);
        let denied = |error: Error| Exit::failed(1, format!("telnet: {error}"));
        let mut mode: Option<InputMode> = None;
        let mut by_key = None;
        loop {
            if typed && by_key != Some(self.protocol.is_by_key()) {
                let wanted = match self.protocol.is_by_key() {
                    true => KEYS,
                    false => LINES,
                };
                match &mode {
                    Some(mode) => mode.set(wanted).map_err(denied)?,
                    None => mode = Some(InputMode::open(wanted).map_err(denied)?),
                }
                by_key = Some(self.protocol.is_by_key());
            }
            match self.flush().await {
                Ok(()) => {}
                Err(error @ Error::Denied(_)) => return Err(denied(error)),
                Err(_) => return Ok(Stop::Closed),
            }
            match self.next(standard).await {
                Event::Data(bytes) => {
                    let mut data = Vec::with_capacity(bytes.len());
                    self.protocol.receive(&bytes, &mut data);
                    show(standard, &data).await?;
                }
                Event::Closed | Event::Silence => return Ok(Stop::Closed),
                Event::Typed(bytes) if !typed => {
                    self.sent_any = true;
                    self.protocol.send(&bytes);
                    standard.consume_unpin(bytes.len());
                }
                Event::Typed(bytes) => {
                    let end = bytes.iter().position(|byte| Some(*byte) == escape);
                    let keys = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
                    standard.consume_unpin(keys.len() + usize::from(end.is_some()));
                    if self.type_keys(keys, by_key == Some(true), standard).await? {
                        self.input_ended = true;
                    }
                    if end.is_some() {
                        say(standard, "\n").await?;
                        return Ok(Stop::Escaped);
                    }
                }
                Event::InputEnd => {
                    self.input_ended = true;
                    // Nothing was said, so there is no answer to wait for.
                    if !typed && !self.sent_any {
                        return Ok(Stop::Closed);
                    }
                    if self.flush().await.is_err() || self.stream.close().await.is_err() {
                        return Ok(Stop::Closed);
                    }
                }
                Event::Window => {
                    self.protocol.window = window();
                    self.protocol.tell_window();
                }
                Event::Interrupt => return Err(Exit::silent(130)),
            }
        }
    }

    /// Keys go to the server, or into a line that is edited here. True if they say that there are no more.
    async fn type_keys(
        &mut self,
        keys: &[u8],
        by_key: bool,
        standard: &mut StandardStreams,
    ) -> Result<bool, Exit> {
        if by_key {
            self.protocol.send(keys);
            return Ok(false);
        }
        let echoes = !self.protocol.is_echoed();
        for key in keys {
            match self.editor.key(*key) {
                Typed::Shown(shown) if echoes => {
                    say(standard, &String::from_utf8_lossy(&shown)).await?
                }
                Typed::Erased(count) if echoes => input::erase(count),
                Typed::Shown(_) | Typed::Erased(_) => {}
                Typed::Line(line) => {
                    self.protocol.send(&line);
                    if echoes {
                        say(standard, "\n").await?;
                    }
                }
                Typed::End => return Ok(true),
            }
        }
        Ok(false)
    }

    /// The next thing that happens. What was read and not consumed comes again.
    async fn next(&mut self, standard: &mut StandardStreams) -> Event {
        let input_ended = self.input_ended;
        let (stream, reader) = (&mut self.stream, standard);
        let data = async {
            let bytes = match stream.fill_buf().await {
                Ok([]) | Err(_) => return Event::Closed,
                Ok(bytes) => bytes.to_vec(),
            };
            stream.consume_unpin(bytes.len());
            Event::Data(bytes)
        };
        let typed = async {
            if input_ended {
                clock::wait_for(PATIENCE).await;
                return Event::Silence;
            }
            match reader.fill_buf().await {
                Ok([]) | Err(_) => Event::InputEnd,
                Ok(bytes) => Event::Typed(bytes.to_vec()),
            }
        };
        let signal = async {
            loop {
                match interrupted().await {
                    Signal::Interrupt => return Event::Interrupt,
                    Signal::WindowChange => return Event::Window,
                    Signal::Quit => {}
                }
            }
        };
        let (data, typed, signal) = (pin!(data), pin!(typed), pin!(signal));
        match select(select(data, typed), signal).await {
            Either::Left((Either::Left((event, _)) | Either::Right((event, _)), _)) => event,
            Either::Right((event, _)) => event,
        }
    }
}

/// The size of the terminal, if there is one.
pub(crate) fn window() -> Option<(u16, u16)> {
    let size = terminal::window_size()?;
    Some((size.columns, size.rows))
}
