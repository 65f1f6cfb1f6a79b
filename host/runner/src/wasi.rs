//! The interfaces of WASI 0.2 that a component may import, linked one by one. Linking all of them at each start would
//! take longer than a ping.

use wasmtime::component::{HasData, Linker, ResourceTable};
use wasmtime_wasi::WasiView;
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView};
use wasmtime_wasi::p2::bindings::{cli, clocks, filesystem, random, sockets};
use wasmtime_wasi::random::WasiRandom;
use wasmtime_wasi::sockets::{WasiSockets, WasiSocketsView};
use wasmtime_wasi_io::bindings::wasi::io;

use crate::poll;
use nethost_cap_wasi_sockets as wasi_sockets;
use nethost_kit::Context;

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
        io::poll::add_to_linker::<_, poll::Polls>(l, poll::of)
    }),
    ("wasi:io/streams", |l| {
        io::streams::add_to_linker::<_, Io>(l, |run| run.ctx().table)
    }),
    ("wasi:clocks/wall-clock", |l| {
        clocks::wall_clock::add_to_linker::<_, WasiClocks>(l, Context::clocks)
    }),
    ("wasi:clocks/monotonic-clock", |l| {
        clocks::monotonic_clock::add_to_linker::<_, WasiClocks>(l, Context::clocks)
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
    ("wasi:filesystem/types", |l| {
        filesystem::types::add_to_linker::<_, WasiFilesystem>(l, Context::filesystem)
    }),
    ("wasi:filesystem/preopens", |l| {
        filesystem::preopens::add_to_linker::<_, WasiFilesystem>(l, Context::filesystem)
    }),
    ("wasi:sockets/tcp", wasi_sockets::add_tcp_to_linker),
    (
        "wasi:sockets/tcp-create-socket",
        wasi_sockets::add_tcp_create_to_linker,
    ),
    ("wasi:sockets/udp", wasi_sockets::add_udp_to_linker),
    (
        "wasi:sockets/udp-create-socket",
        wasi_sockets::add_udp_create_to_linker,
    ),
    ("wasi:sockets/instance-network", |l| {
        sockets::instance_network::add_to_linker::<_, WasiSockets>(l, Context::sockets)
    }),
    ("wasi:sockets/network", |l| {
        sockets::network::add_to_linker::<_, WasiSockets>(l, &Default::default(), Context::sockets)
    }),
    (
        "wasi:sockets/ip-name-lookup",
        wasi_sockets::add_lookup_to_linker,
    ),
];

/// The names of all interfaces.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    INTERFACES.iter().map(|(name, _)| *name)
}

/// The function that adds the interface with this name, if there is one.
pub(crate) fn interface(name: &str) -> Option<Add> {
    INTERFACES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, add)| *add)
}
