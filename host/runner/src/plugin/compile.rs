//! Compiles or inspects a component in a separate executable without privileges, so that a bug in the compiler does not
//! affect the process that may open sockets.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use nethost_inspect::Facts;

/// Why there is no compiled form.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The compiler is missing.
    #[error("nethost-compile is not installed beside {} or in /usr/libexec/nethost; install it, or run `cargo xtask build`", program.display())]
    NoCompiler {
        /// The path of the program.
        program: PathBuf,
    },
    /// The compiler could not be run.
    #[error("nethost-compile: {0}")]
    Run(#[from] io::Error),
    /// The file is not a component, or does not compile. The compiler gives the reason.
    #[error("{0}")]
    Refused(String),
}

/// The processors that a compiled form is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// This processor, and others that support all of its features.
    ThisProcessor,
    /// Every processor of this architecture.
    AnyProcessor,
}

/// Compiles a component.
pub fn compile(component: &[u8], target: Target) -> Result<Vec<u8>, Error> {
    match target {
        Target::ThisProcessor => run(&[], component),
        Target::AnyProcessor => run(&["portable"], component),
    }
}

/// The facts about a component that can be found without running it.
pub fn inspect(component: &[u8]) -> Result<Facts, Error> {
    let facts = run(&["inspect"], component)?;
    serde_json::from_slice(&facts).map_err(|error| {
        io::Error::other(format!("it has another version than this nethost: {error}")).into()
    })
}

fn run(words: &[&str], component: &[u8]) -> Result<Vec<u8>, Error> {
    let mut compiler = Command::new(locate()?);
    compiler
        .args(words)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = compiler.spawn()?;
    let (Some(mut input), Some(mut output), Some(mut complaints)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(io::Error::from_raw_os_error(libc::EPIPE).into());
    };
    let (mut compiled, mut complaint) = (Vec::new(), Vec::new());
    std::thread::scope(|scope| {
        // The compiler reads everything before it writes anything. But if it fails it may stop reading; then the pipe
        // breaks, and its message is what counts.
        scope.spawn(|| {
            let _ = input.write_all(component);
            drop(input);
        });
        scope.spawn(|| (&mut complaints).take(64 << 10).read_to_end(&mut complaint));
        (&mut output).take(1 << 30).read_to_end(&mut compiled)
    })?;
    let ended = child.wait()?;
    if ended.success() {
        return Ok(compiled);
    }
    let text = String::from_utf8_lossy(&complaint);
    let text = text
        .trim()
        .strip_prefix("nethost-compile: ")
        .unwrap_or(text.trim())
        .replace('\n', " ");
    Err(Error::Refused(if text.is_empty() {
        match std::os::unix::process::ExitStatusExt::signal(&ended) {
            Some(libc::SIGXCPU | libc::SIGKILL) => {
                "compiling it needs more than 120 s of processor time; try a smaller component"
                    .to_owned()
            }
            _ => format!("the compiler ended without a message ({ended})"),
        }
    } else {
        text
    }))
}

fn locate() -> Result<PathBuf, Error> {
    let program = std::env::current_exe()?;
    let beside = program.with_file_name("nethost-compile");
    let installed = PathBuf::from("/usr/libexec/nethost/nethost-compile");
    [beside, installed]
        .into_iter()
        .find(|path| path.is_file())
        .ok_or(Error::NoCompiler { program })
}
