//! The interfaces of WASI 0.2 that the mock host offers. The clocks are those of the run.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView};
use wasmtime_wasi::p2::bindings::clocks::{monotonic_clock, wall_clock};
use wasmtime_wasi::p2::bindings::{cli, filesystem, random};
use wasmtime_wasi::p2::pipe::MemoryInputPipe;
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};
use wasmtime_wasi::random::{Deterministic, WasiRandom};
use wasmtime_wasi::{WasiCtx, WasiView};
use wasmtime_wasi_io::bindings::wasi::io;

use crate::context::{Access, Context};
use crate::streams::Capture;
use crate::time::Time;

type Add = fn(&mut Linker<Context>) -> wasmtime::Result<()>;

struct Io;

impl HasData for Io {
    type Data<'a> = &'a mut ResourceTable;
}

/// Each interface without its version, and the function that adds it.
const INTERFACES: &[(&str, Add)] = &[
    ("wasi:io/error", |l| {
        io::error::add_to_linker::<_, Io>(l, |run| run.ctx().table)
    }),
    ("wasi:io/poll", |l| {
        io::poll::add_to_linker::<_, Io>(l, |run| run.ctx().table)
    }),
    ("wasi:io/streams", |l| {
        io::streams::add_to_linker::<_, Io>(l, |run| run.ctx().table)
    }),
    ("wasi:clocks/wall-clock", |l| {
        wall_clock::add_to_linker::<_, Access>(l, |run| run)
    }),
    ("wasi:clocks/monotonic-clock", |l| {
        monotonic_clock::add_to_linker::<_, Access>(l, |run| run)
    }),
    ("wasi:random/random", |l| {
        random::random::add_to_linker::<_, WasiRandom>(l, |run| run.wasi.random())
    }),
    ("wasi:random/insecure", |l| {
        random::insecure::add_to_linker::<_, WasiRandom>(l, |run| run.wasi.random())
    }),
    ("wasi:random/insecure-seed", |l| {
        random::insecure_seed::add_to_linker::<_, WasiRandom>(l, |run| run.wasi.random())
    }),
    ("wasi:cli/exit", |l| {
        cli::exit::add_to_linker::<_, WasiCli>(l, Context::cli)
    }),
    ("wasi:cli/environment", |l| {
        cli::environment::add_to_linker::<_, WasiCli>(l, Context::cli)
    }),
    ("wasi:cli/stdin", |l| {
        cli::stdin::add_to_linker::<_, WasiCli>(l, Context::cli)
    }),
    ("wasi:cli/stdout", |l| {
        cli::stdout::add_to_linker::<_, WasiCli>(l, Context::cli)
    }),
    ("wasi:cli/stderr", |l| {
        cli::stderr::add_to_linker::<_, WasiCli>(l, Context::cli)
    }),
    ("wasi:cli/terminal-input", |l| {
        cli::terminal_input::add_to_linker::<_, WasiCli>(l, Context::cli)
    }),
    ("wasi:cli/terminal-output", |l| {
        cli::terminal_output::add_to_linker::<_, WasiCli>(l, Context::cli)
    }),
    ("wasi:cli/terminal-stdin", |l| {
        cli::terminal_stdin::add_to_linker::<_, WasiCli>(l, Context::cli)
    }),
    ("wasi:cli/terminal-stdout", |l| {
        cli::terminal_stdout::add_to_linker::<_, WasiCli>(l, Context::cli)
    }),
    ("wasi:cli/terminal-stderr", |l| {
        cli::terminal_stderr::add_to_linker::<_, WasiCli>(l, Context::cli)
    }),
    // As on the real host, no folder is opened in advance.
    ("wasi:filesystem/types", |l| {
        filesystem::types::add_to_linker::<_, WasiFilesystem>(l, Context::filesystem)
    }),
    ("wasi:filesystem/preopens", |l| {
        filesystem::preopens::add_to_linker::<_, WasiFilesystem>(l, Context::filesystem)
    }),
];

/// The function that adds the interface with this name, if there is one.
pub(crate) fn interface(name: &str) -> Option<Add> {
    let mut all = INTERFACES.iter();
    all.find(|(known, _)| *known == name).map(|(_, add)| *add)
}

/// The state of WASI for one run. Random numbers are the same in each run.
pub(crate) fn context(
    input: &[u8],
    output: &Capture,
    error: &Capture,
    name: &str,
    args: &[String],
    seed: u64,
) -> WasiCtx {
    WasiCtx::builder()
        .stdin(MemoryInputPipe::new(input.to_vec()))
        .stdout(output.clone())
        .stderr(error.clone())
        .arg(name)
        .args(args)
        .secure_random(numbers(seed))
        .insecure_random(numbers(seed.wrapping_add(1)))
        .insecure_random_seed(u128::from(seed))
        .build()
}

/// Numbers that look random and are the same each time (splitmix64).
fn numbers(mut state: u64) -> Deterministic {
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)).to_le_bytes()
    };
    Deterministic::new((0..1024).flat_map(|_| next()).collect())
}

impl wall_clock::Host for Context {
    fn now(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        let now = Duration::from_nanos(self.time.wall());
        Ok(wall_clock::Datetime {
            seconds: now.as_secs(),
            nanoseconds: now.subsec_nanos(),
        })
    }

    fn resolution(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        Ok(wall_clock::Datetime {
            seconds: 0,
            nanoseconds: 1,
        })
    }
}

impl monotonic_clock::Host for Context {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(self.time.monotonic())
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        Ok(1)
    }

    fn subscribe_instant(&mut self, when: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let time = Arc::clone(&self.time);
        let deadline = self.table.push(Deadline { time, when })?;
        subscribe(&mut self.table, deadline)
    }

    fn subscribe_duration(&mut self, duration: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let when = self.time.monotonic().saturating_add(duration);
        monotonic_clock::Host::subscribe_instant(self, when)
    }
}

/// A moment of the monotonic clock.
struct Deadline {
    time: Arc<Time>,
    when: u64,
}

#[async_trait]
impl Pollable for Deadline {
    async fn ready(&mut self) {
        self.time.until_monotonic(self.when).await;
    }
}
