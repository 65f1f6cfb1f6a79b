//! The `nethost` command.

fn main() -> std::process::ExitCode {
    nethost::cli::main()
}
