//! `telnet://`: a connection whose bytes go to the output, and standard input's go to it (RFC 854). Every option that
//! the server offers or asks for is refused, but for what `--telnet-option` says.

use std::pin::Pin;
use std::time::Duration;

use futures::future::{Either, select};
use futures::io::{AsyncBufRead, AsyncBufReadExt, AsyncWriteExt};
use nethost_sdk::clock;

use crate::conn::open::open;
use crate::failure::{Failure, Result};
use crate::stdin;
use crate::trace::About;
use crate::transfer::{Context, Job};

const IAC: u8 = 255;
const DONT: u8 = 254;
const DO: u8 = 253;
const WONT: u8 = 252;
const WILL: u8 = 251;
const SB: u8 = 250;
const SE: u8 = 240;
const TTYPE: u8 = 24;
const NEW_ENVIRON: u8 = 39;
const XDISPLOC: u8 = 35;
const SGA: u8 = 3;
const ECHO: u8 = 1;
const BINARY: u8 = 0;

/// So often standard input is looked at.
const LOOKS: Duration = Duration::from_millis(10);
/// No more answers to a server that asks without end.
const MOST_ANSWERS: u32 = 1000;

/// Reads what a server sends.
#[derive(Default)]
struct Reading {
    state: State,
    sub: Vec<u8>,
    answers: u32,
    kind: Option<String>,
    display: Option<String>,
    variables: Vec<(String, String)>,
    agreed: Vec<(u8, u8)>,
}

#[derive(Default, Clone, Copy)]
enum State {
    #[default]
    Data,
    Iac,
    Verb(u8),
    Sub,
    SubIac,
}

impl Reading {
    fn new(options: &[String]) -> Result<Self> {
        let mut reading = Self::default();
        for option in options {
            let unknown = || Failure::new(48, format!("Unknown telnet option {option}"));
            let (key, value) = option.split_once('=').ok_or_else(|| {
                Failure::new(49, format!("Syntax error in telnet option: {option}"))
            })?;
            match key.to_ascii_uppercase().as_str() {
                "TTYPE" => reading.kind = Some(value.into()),
                "XDISPLOC" => reading.display = Some(value.into()),
                "NEW_ENV" => {
                    let (name, value) = value.split_once(',').unwrap_or((value, ""));
                    reading.variables.push((name.into(), value.into()));
                }
                _ => return Err(unknown()),
            }
        }
        Ok(reading)
    }

    /// Data for the output, and answers for the server.
    fn read(&mut self, bytes: &[u8], data: &mut Vec<u8>, answer: &mut Vec<u8>) {
        for byte in bytes.iter().copied() {
            self.state = match (self.state, byte) {
                (State::Data, IAC) => State::Iac,
                (State::Data, byte) => {
                    data.push(byte);
                    State::Data
                }
                (State::Iac, IAC) => {
                    data.push(IAC);
                    State::Data
                }
                (State::Iac, verb @ (WILL | WONT | DO | DONT)) => State::Verb(verb),
                (State::Iac, SB) => {
                    self.sub.clear();
                    State::Sub
                }
                (State::Iac, _) => State::Data,
                (State::Verb(verb), option) => {
                    self.negotiate(verb, option, answer);
                    State::Data
                }
                (State::Sub, IAC) => State::SubIac,
                (State::Sub, byte) => {
                    self.keep(byte);
                    State::Sub
                }
                (State::SubIac, SE) => {
                    self.subnegotiate(answer);
                    State::Data
                }
                (State::SubIac, byte) => {
                    self.keep(byte);
                    State::Sub
                }
            };
        }
    }

    fn keep(&mut self, byte: u8) {
        if self.sub.len() < 512 {
            self.sub.push(byte);
        }
    }

    fn negotiate(&mut self, verb: u8, option: u8, answer: &mut Vec<u8>) {
        let reply = match (verb, option) {
            (DO, TTYPE) if self.kind.is_some() => WILL,
            (DO, XDISPLOC) if self.display.is_some() => WILL,
            (DO, NEW_ENVIRON) if !self.variables.is_empty() => WILL,
            (DO, BINARY | SGA) => WILL,
            (WILL, BINARY | SGA | ECHO) => DO,
            (DO, _) => WONT,
            (WILL, _) => DONT,
            _ => return,
        };
        if self.agreed.contains(&(verb, option)) || self.answers >= MOST_ANSWERS {
            return;
        }
        self.answers += 1;
        self.agreed.push((verb, option));
        answer.extend_from_slice(&[IAC, reply, option]);
    }

    fn subnegotiate(&mut self, answer: &mut Vec<u8>) {
        let (Some(option), Some(1)) = (self.sub.first().copied(), self.sub.get(1)) else {
            return;
        };
        self.answers += 1;
        if self.answers >= MOST_ANSWERS {
            return;
        }
        let mut value = vec![0];
        match option {
            TTYPE => value.extend(self.kind.iter().flat_map(|kind| kind.bytes())),
            XDISPLOC => value.extend(self.display.iter().flat_map(|display| display.bytes())),
            NEW_ENVIRON => {
                for (name, text) in &self.variables {
                    value.push(0);
                    value.extend(name.bytes());
                    value.push(1);
                    value.extend(text.bytes());
                }
            }
            _ => return,
        }
        answer.extend_from_slice(&[IAC, SB, option]);
        answer.extend(value.into_iter().filter(|byte| *byte != IAC));
        answer.extend_from_slice(&[IAC, SE]);
    }
}

/// Talks until one side ends.
pub(crate) async fn perform(context: &Context<'_>, job: &mut Job) -> Result<()> {
    let mut reading = Reading::new(&context.op.telnet_options)?;
    let mut conn = open(context, &job.url, Some(String::new())).await?;
    job.info.connects += context.session.connects.replace(0);
    job.info.connected(&conn);
    context.progress.note(|times, now| times.requesting = now);
    let number = conn.number;
    let talked = talk(context, job, conn.wire()?, &mut reading).await;
    context
        .trace
        .text(format_args!("Closing connection {number}"));
    talked
}

async fn talk(
    context: &Context<'_>,
    job: &mut Job,
    wire: &mut crate::conn::Wire,
    reading: &mut Reading,
) -> Result<()> {
    let mut input = stdin::Input::default();
    let (mut data, mut answer) = (Vec::new(), Vec::new());
    loop {
        let came = {
            let coming = Box::pin(wire.fill_buf());
            match select(coming, Box::pin(clock::wait_for(LOOKS))).await {
                Either::Left((Ok(bytes), _)) => Some(bytes.len()),
                Either::Left((Err(error), _)) => return Err(Failure::read(error)),
                Either::Right(_) => None,
            }
        };
        if let Some(count) = came {
            if count == 0 {
                return Ok(());
            }
            let bytes = wire.fill_buf().await.map_err(Failure::read)?;
            let count = bytes.len();
            context.trace.bytes(About::DataIn, bytes);
            reading.read(bytes, &mut data, &mut answer);
            Pin::new(&mut *wire).consume(count);
            context.progress.received(count);
            job.sink.write(&data)?;
            data.clear();
        }
        if !answer.is_empty() {
            wire.write_all(&answer).await.map_err(Failure::write)?;
            wire.flush().await.map_err(Failure::write)?;
            answer.clear();
        }
        match input.ready() {
            stdin::Ready::Nothing => {}
            // The server may still have something to say.
            stdin::Ready::End => {}
            stdin::Ready::Bytes(bytes) => {
                let mut sent = Vec::with_capacity(bytes.len());
                for byte in &bytes {
                    if *byte == IAC {
                        sent.push(IAC);
                    }
                    sent.push(*byte);
                }
                wire.write_all(&sent).await.map_err(Failure::write)?;
                wire.flush().await.map_err(Failure::write)?;
                context.trace.bytes(About::DataOut, &bytes);
                context.progress.sent(bytes.len());
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_data_is_answered_once() {
        let mut reading = Reading::new(&["TTYPE=vt".into()]).unwrap();
        let (mut data, mut answer) = (Vec::new(), Vec::new());
        reading.read(
            &[b'a', IAC, DO, TTYPE, IAC, IAC, IAC, DO, 31],
            &mut data,
            &mut answer,
        );
        reading.read(&[IAC, DO, TTYPE], &mut data, &mut answer);
        assert_eq!(data, [b'a', 255]);
        assert_eq!(answer, [IAC, WILL, TTYPE, IAC, WONT, 31]);
        answer.clear();
        reading.read(&[IAC, SB, TTYPE, 1, IAC, SE], &mut data, &mut answer);
        assert_eq!(answer, [IAC, SB, TTYPE, 0, b'v', b't', IAC, SE]);
    }
}
