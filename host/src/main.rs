//! The `nethost` command.

use nethost_kit::memory::Bounded;

#[cfg(not(target_env = "musl"))]
#[global_allocator]
static ALLOCATOR: Bounded<std::alloc::System> = Bounded(std::alloc::System);

/// musl's own allocator asks the kernel for memory over and over: a hundred system calls in a start.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: Bounded<dlmalloc::GlobalDlmalloc> = Bounded(dlmalloc::GlobalDlmalloc);

fn main() -> std::process::ExitCode {
    nethost::cli::main()
}
