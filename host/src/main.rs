//! The `nethost` command.

/// musl's own allocator asks the kernel for memory over and over: a hundred system calls in a start.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> std::process::ExitCode {
    nethost::cli::main()
}
