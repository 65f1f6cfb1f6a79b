//! The compiler, a separate executable: it reads a component from standard input and writes its compiled form to
//! standard output. `nethost` starts it if the cache has no entry. So the process with privileges never contains a
//! compiler, and a component that attacks the compiler finds a process without privileges.
//!
//! With the argument `portable`, the compiled form is for every processor of this architecture, not only for this one.
//! With the argument `inspect`, it writes the facts about the component as JSON instead: that too means parsing what a
//! stranger wrote.
//!
//! Exit code 0, or 1 with one line on standard error.

mod confine;
mod input;
mod synchronous;
mod sys;

use std::io::{self, Read, Write};
use std::process::ExitCode;

/// More than any tool needs; a component of this size compiles within the memory limit.
const MAX_COMPONENT: u64 = 64 << 20;
/// Enough threads for a component with a few hundred functions; each costs address space.
const MAX_THREADS: usize = 8;

#[global_allocator]
static ALLOCATOR: sys::Bounded = sys::Bounded;

#[cfg(target_arch = "x86_64")]
const TARGET: &str = "x86_64-unknown-linux-gnu";
#[cfg(target_arch = "aarch64")]
const TARGET: &str = "aarch64-unknown-linux-gnu";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("nethost-compile: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    // First of all: nothing is read before the privileges are given up. This is also the only time with a single
    // thread, which the system calls require.
    sys::give_up_privilege()?;
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get().min(MAX_THREADS));
    confine::confine()?;
    let work: fn(&[u8], usize) -> Result<Vec<u8>, String> = match std::env::args().nth(1).as_deref()
    {
        None => |component, threads| compile(component, nethost_engine::config(), threads),
        Some("portable") => |component, threads| {
            let mut config = nethost_engine::config();
            // With an explicit target, it is compiled only with the features that every processor of this architecture
            // has.
            let named = config.target(TARGET);
            named.map_err(|error| input::one_line(&format!("{error:#}")))?;
            compile(component, config, threads)
        },
        Some("inspect") => |component, _| inspect(component),
        Some(argument) => {
            return Err(format!(
                "unexpected argument {argument:?}; usage: nethost-compile [portable|inspect] < plugin.wasm"
            ));
        }
    };

    let mut component = Vec::new();
    io::stdin()
        .lock()
        .take(MAX_COMPONENT + 1)
        .read_to_end(&mut component)
        .map_err(|error| format!("reading the component: {error}"))?;
    if component.len() as u64 > MAX_COMPONENT {
        return Err(format!("larger than {} MiB", MAX_COMPONENT >> 20));
    }
    input::check_kind(&component)?;
    let output = work(&component, threads)?;

    let mut out = io::stdout().lock();
    out.write_all(&output)
        .and_then(|()| out.flush())
        .map_err(|error| format!("writing the compiled form: {error}"))
}

fn compile(component: &[u8], config: wasmtime::Config, threads: usize) -> Result<Vec<u8>, String> {
    nethost_inspect::check_measure(component).map_err(|error| error.to_string())?;
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()
        .map_err(|error| format!("starting the compiler's threads: {error}"))?;
    let component = synchronous::with_async_types(component)
        .map_err(|error| input::one_line(&error.to_string()))?;
    wasmtime::Engine::new(&config)
        .and_then(|engine| engine.precompile_component(&component))
        .map_err(|error| input::one_line(&format!("{error:#}")))
}

fn inspect(component: &[u8]) -> Result<Vec<u8>, String> {
    let facts = nethost_inspect::read(component).map_err(|error| error.to_string())?;
    serde_json::to_vec(&facts).map_err(|error| error.to_string())
}
