//! What a plugin gets from WASI besides its calls: arguments, clocks, random numbers, the standard streams. In a run that
//! is recorded, each value is noted; in a replay, it comes from the record.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use nethost_kit::console::Console;
use nethost_kit::recorded::Tape;
use nethost_record::{Header, Wasi};
use rand_core::TryRng;
use rustix::time::{ClockId, clock_gettime};
use tokio::io::{AsyncRead, ReadBuf};
use wasmtime_wasi::cli::{IsTerminal, StdinStream};
use wasmtime_wasi::p2::{InputStream, Pollable, StreamError, StreamResult};
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtx, async_trait};

/// A tape, and the first line of its record.
#[derive(Clone)]
pub struct Reel {
    /// The tape.
    pub tape: Arc<Tape>,
    /// The surroundings of the recorded run.
    pub header: Header,
}

/// The state of WASI of a run.
pub(crate) fn context(
    output: Console,
    name: &str,
    args: &[String],
    reel: Option<&Reel>,
) -> WasiCtx {
    let error = output.error();
    let mut builder = WasiCtx::builder();
    builder.arg(name).args(args);
    let Some(reel) = reel else {
        builder.inherit_stdin().stdout(output).stderr(error);
        return builder.build();
    };
    let tape = || Arc::clone(&reel.tape);
    let terminals = reel.header.terminals;
    match reel.tape.player() {
        Some(_) => builder
            .stdout(output)
            .stderr(error.seeming(terminals.error)),
        None => builder.stdout(output.blocking()).stderr(error.blocking()),
    };
    let seed = u128::from_str_radix(&reel.header.seed, 16).unwrap_or_default();
    builder
        .stdin(Input(tape(), terminals.input))
        .wall_clock(Clock(tape()))
        .monotonic_clock(Clock(tape()))
        .secure_random(Random(tape(), true))
        .insecure_random(Random(tape(), false))
        .insecure_random_seed(seed);
    builder.build()
}

struct Clock(Arc<Tape>);

fn now(clock: ClockId) -> (u64, u32) {
    let now = clock_gettime(clock);
    (now.tv_sec.cast_unsigned(), now.tv_nsec as u32)
}

impl HostWallClock for Clock {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        let (seconds, nanoseconds) = match self.0.player() {
            Some(player) => player.wall(),
            None => now(ClockId::Realtime),
        };
        self.0.note_wasi(Wasi::Wall(seconds, nanoseconds));
        Duration::new(seconds, nanoseconds)
    }
}

impl HostMonotonicClock for Clock {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        let time = match self.0.player() {
            Some(player) => player.monotonic(),
            None => {
                let (seconds, nanoseconds) = now(ClockId::Monotonic);
                seconds * 1_000_000_000 + u64::from(nanoseconds)
            }
        };
        self.0.note_wasi(Wasi::Monotonic(time));
        time
    }
}

/// Random numbers, secure or for other purposes. All come from the kernel.
struct Random(Arc<Tape>, bool);

impl TryRng for Random {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        match self.0.player() {
            Some(player) => player.random(self.1, bytes),
            None => fill(bytes),
        }
        let noted = nethost_record::Bytes(bytes.to_vec());
        self.0.note_wasi(match self.1 {
            true => Wasi::Random(noted),
            false => Wasi::Insecure(noted),
        });
        Ok(())
    }
}

/// Fills these bytes as getrandom(2) does.
pub fn fill(mut bytes: &mut [u8]) {
    while !bytes.is_empty() {
        // Not after a signal; the call never fails otherwise.
        if let Ok(count) =
            rustix::rand::getrandom(&mut *bytes, rustix::rand::GetRandomFlags::empty())
        {
            bytes = bytes.get_mut(count..).unwrap_or_default();
        }
    }
}

/// Standard input, and whether it is a terminal.
struct Input(Arc<Tape>, bool);

impl IsTerminal for Input {
    fn is_terminal(&self) -> bool {
        self.1
    }
}

impl StdinStream for Input {
    fn async_stream(&self) -> Box<dyn AsyncRead + Send + Sync> {
        Box::new(Nothing)
    }

    fn p2_stream(&self) -> Box<dyn InputStream> {
        let tape = Arc::clone(&self.0);
        match tape.player() {
            Some(_) => Box::new(Again(tape)),
            None => {
                let input = StdinStream::p2_stream(&wasmtime_wasi::cli::stdin());
                Box::new(Noting { tape, input })
            }
        }
    }
}

/// WASI 0.3 is not offered, so nobody reads this.
struct Nothing;

impl AsyncRead for Nothing {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Standard input of a run that is recorded.
struct Noting {
    tape: Arc<Tape>,
    input: Box<dyn InputStream>,
}

#[async_trait]
impl Pollable for Noting {
    async fn ready(&mut self) {
        self.input.ready().await;
    }
}

impl InputStream for Noting {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        let read = self.input.read(size);
        match &read {
            Ok(bytes) if bytes.is_empty() => {}
            Ok(bytes) => {
                let bytes = nethost_record::Bytes(bytes.to_vec());
                self.tape.note_wasi(Wasi::Input(Some(bytes)));
            }
            Err(_) => self.tape.note_wasi(Wasi::Input(None)),
        }
        read
    }
}

/// Standard input of a replay.
struct Again(Arc<Tape>);

#[async_trait]
impl Pollable for Again {
    async fn ready(&mut self) {
        if let Some(player) = self.0.player() {
            player.pause().await;
        }
    }
}

impl InputStream for Again {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        let bytes = self.0.player().and_then(|player| player.input(size));
        bytes.map(Bytes::from).ok_or(StreamError::Closed)
    }
}
