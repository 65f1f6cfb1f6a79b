//! The `nethost` command.

use nethost_kit::memory::Bounded;

#[cfg(not(target_env = "musl"))]
#[global_allocator]
static ALLOCATOR: Bounded<std::alloc::System> = Bounded(std::alloc::System);

/// The allocator of musl calls the kernel again and again: a hundred system calls in a start.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: Bounded<dlmalloc::GlobalDlmalloc> = Bounded(dlmalloc::GlobalDlmalloc);

fn main() -> std::process::ExitCode {
    nethost::cli::main()
}
