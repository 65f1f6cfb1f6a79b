//! The other end of a TCP connection, which follows the script of a scenario.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use nethost_core::Capability;
use nethost_gate::Permit;
use nethost_kit::stream::Duplex;

use super::Network;
use crate::scenario::{Span, Step};
use crate::time::Time;

/// How the host at the other end behaves.
pub(crate) enum Script {
    /// As these steps say.
    Steps(VecDeque<Step>),
    /// As a name server over TCP (RFC 1035 section 4.2.2).
    Dns(Arc<Network>),
}

/// A connection with a scripted peer.
pub(crate) struct Dialogue<C: Capability> {
    time: Arc<Time>,
    permit: Permit<C>,
    state: Mutex<State>,
    /// Differences between the script and what the plugin did, for the report.
    remarks: Arc<Mutex<Vec<String>>>,
    remote: SocketAddr,
    /// The streams of the contract name a descriptor; this one leads nowhere.
    null: std::fs::File,
    /// Half of the round-trip time in each direction.
    rtt: u64,
}

struct State {
    script: Script,
    /// From the plugin.
    received: Vec<u8>,
    plugin_ended: bool,
    /// To the plugin, each with the moment of its arrival.
    coming: VecDeque<(u64, Coming)>,
    /// Nothing before this moment: the host waits.
    not_before: u64,
    ended: bool,
    reader: Option<Waker>,
}

enum Coming {
    Bytes(Vec<u8>),
    End,
    Reset,
}

impl<C: Capability> Dialogue<C> {
    pub(crate) fn new(
        time: &Arc<Time>,
        permit: Permit<C>,
        script: Script,
        remarks: &Arc<Mutex<Vec<String>>>,
        (remote, rtt): (SocketAddr, u64),
    ) -> io::Result<Self> {
        let dialogue = Self {
            time: Arc::clone(time),
            permit,
            state: Mutex::new(State {
                script,
                received: Vec::new(),
                plugin_ended: false,
                coming: VecDeque::new(),
                not_before: 0,
                ended: false,
                reader: None,
            }),
            remarks: Arc::clone(remarks),
            remote,
            null: std::fs::File::open("/dev/null")?,
            rtt,
        };
        // A host that speaks first does so when the connection stands.
        dialogue.go_on(&mut dialogue.state(), 0);
        Ok(dialogue)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The host does what it can with what it has received.
    fn go_on(&self, state: &mut State, delay: u64) {
        let at = self.time.elapsed().saturating_add(delay);
        state.not_before = state.not_before.max(at);
        while !state.ended && self.step(state) {}
        if let Some(reader) = state.reader.take() {
            reader.wake();
        }
    }

    /// One step. False if it has to wait for the plugin.
    fn step(&self, state: &mut State) -> bool {
        let steps = match &mut state.script {
            Script::Steps(steps) => steps,
            Script::Dns(network) => {
                let network = Arc::clone(network);
                return self.dns_step(state, &network);
            }
        };
        let Some(step) = steps.front() else {
            state.come(Coming::End);
            return false;
        };
        match step.clone() {
            Step::Expect(expected) => {
                let expected = expected.bytes();
                let got = &state.received[..expected.len().min(state.received.len())];
                if !expected.starts_with(got) || (state.plugin_ended && got.len() < expected.len())
                {
                    return self
                        .differs(state, &format!("{:?}", String::from_utf8_lossy(expected)));
                }
                if got.len() < expected.len() {
                    return false;
                }
                state.received.drain(..expected.len());
            }
            Step::ExpectLine(pattern) => {
                let Some(end) = state.received.iter().position(|byte| *byte == b'\n') else {
                    return state.plugin_ended
                        && self.differs(state, &format!("a line /{pattern}/"));
                };
                let line = state.received.get(..end).unwrap_or_default();
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                let fits =
                    regex::bytes::Regex::new(&pattern).is_ok_and(|regex| regex.is_match(line));
                if !fits {
                    return self.differs(state, &format!("a line /{pattern}/"));
                }
                state.received.drain(..=end);
            }
            Step::ExpectEnd(_) if !state.received.is_empty() => {
                return self.differs(state, "the end of the stream");
            }
            Step::ExpectEnd(_) if !state.plugin_ended => return false,
            Step::ExpectEnd(_) => {}
            Step::Send(bytes) => state.come(Coming::Bytes(bytes.bytes().to_vec())),
            Step::EchoAll(_) => {
                let bytes = std::mem::take(&mut state.received);
                if !bytes.is_empty() {
                    state.come(Coming::Bytes(bytes));
                }
                if !state.plugin_ended {
                    return false;
                }
            }
            Step::Wait(Span(time)) => state.not_before = state.not_before.saturating_add(time),
            Step::Reset(_) => {
                state.come(Coming::Reset);
                return false;
            }
        }
        if let Script::Steps(steps) = &mut state.script {
            steps.pop_front();
        }
        true
    }

    /// Answers the next complete message.
    fn dns_step(&self, state: &mut State, network: &Network) -> bool {
        let length = state.received.first_chunk::<2>();
        let length = length.map(|bytes| usize::from(u16::from_be_bytes(*bytes)));
        let message = length.and_then(|length| state.received.get(2..2 + length));
        let Some(message) = message else {
            if state.plugin_ended {
                state.come(Coming::End);
            }
            return false;
        };
        let used = 2 + message.len();
        if let Some(answer) = network.dns_answer(message) {
            let length = u16::try_from(answer.len()).unwrap_or(u16::MAX);
            let mut framed = length.to_be_bytes().to_vec();
            framed.extend(answer);
            state.come(Coming::Bytes(framed));
        }
        state.received.drain(..used);
        true
    }

    /// The plugin did something else than the script says: the connection is reset, and the report says why.
    fn differs(&self, state: &mut State, expected: &str) -> bool {
        let got = String::from_utf8_lossy(&state.received);
        let ended = if state.plugin_ended {
            ", then the end"
        } else {
            ""
        };
        let remark = format!(
            "{} expected {expected}, and the plugin sent {got:?}{ended}",
            self.remote
        );
        self.remarks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(remark);
        state.come(Coming::Reset);
        false
    }
}

impl State {
    fn come(&mut self, coming: Coming) {
        if self.ended {
            return;
        }
        self.ended = !matches!(coming, Coming::Bytes(_));
        self.coming.push_back((self.not_before, coming));
    }
}

impl<C: Capability> Duplex for Dialogue<C> {
    fn poll_read(&self, context: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut state = self.state();
        let now = self.time.elapsed();
        match state.coming.front_mut() {
            Some((at, _)) if *at > now => {
                self.time.wake_at(*at, context.waker());
                state.reader = Some(context.waker().clone());
                Poll::Pending
            }
            Some((_, Coming::Bytes(bytes))) => {
                let count = bytes.len().min(into.len());
                let head: Vec<u8> = bytes.drain(..count).collect();
                let is_empty = bytes.is_empty();
                if let Some(into) = into.get_mut(..count) {
                    into.copy_from_slice(&head);
                }
                if is_empty {
                    state.coming.pop_front();
                }
                drop(state);
                self.permit.may_receive(count).map_err(io::Error::other)?;
                self.permit.count_received(count);
                Poll::Ready(Ok(count))
            }
            Some((_, Coming::End)) => Poll::Ready(Ok(0)),
            Some((_, Coming::Reset)) => {
                let reset = io::Error::from_raw_os_error(libc::ECONNRESET);
                self.permit.failed(&reset);
                Poll::Ready(Err(reset))
            }
            None => {
                state.reader = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }

    fn poll_write(&self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.permit
            .may_send(bytes.len())
            .map_err(io::Error::other)?;
        let mut state = self.state();
        let now = self.time.elapsed();
        let is_reset = matches!(state.coming.back(), Some((at, Coming::Reset)) if *at <= now);
        if is_reset {
            return Poll::Ready(Err(io::Error::from_raw_os_error(libc::EPIPE)));
        }
        self.permit.count_sent(bytes.len());
        state.received.extend_from_slice(bytes);
        self.go_on(&mut state, self.rtt);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.state();
        state.plugin_ended = true;
        self.go_on(&mut state, self.rtt);
        Poll::Ready(Ok(()))
    }

    fn socket(&self) -> BorrowedFd<'_> {
        self.null.as_fd()
    }
}
