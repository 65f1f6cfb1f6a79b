//! Programs run for a bounded time, inside a namespace or as another user, with all they said captured.

use crate::namespace::Surroundings;
use std::ffi::OsStr;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// How long a program may take unless told otherwise.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program about to run. Built like [`std::process::Command`].
pub struct Command {
    inner: std::process::Command,
    shown: String,
    surroundings: Surroundings,
    patience: Duration,
    stdin: Option<Vec<u8>>,
}

/// What a program did.
#[derive(Debug)]
pub struct Output {
    /// Exit code, or `128 + signal` as a shell has it.
    pub code: i32,
    /// Standard output, lossily decoded.
    pub stdout: String,
    /// Standard error, lossily decoded.
    pub stderr: String,
    /// From exec to exit.
    pub elapsed: Duration,
    /// The largest resident set it had, in KiB (ru_maxrss of getrusage(2)).
    pub peak_kib: u64,
}

impl Command {
    /// A program by name or path.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let mut inner = std::process::Command::new(&program);
        // Native tools are compared with ours word by word, so they speak one language.
        inner
            .env("LC_ALL", "C.UTF-8")
            .env("TERM", "xterm")
            .env_remove("NETHOST_POLICY");
        let shown = program.as_ref().to_string_lossy().into_owned();
        Self {
            inner,
            shown,
            surroundings: Surroundings::default(),
            patience: PATIENCE,
            stdin: None,
        }
    }

    /// One more argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.shown += &format!(" {}", arg.as_ref().to_string_lossy());
        self.inner.arg(arg);
        self
    }

    /// More arguments.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(self, args: impl IntoIterator<Item = A>) -> Self {
        args.into_iter().fold(self, Self::arg)
    }

    /// The arguments of a command line without quoting: split at blanks.
    #[must_use]
    pub fn words(self, line: &str) -> Self {
        self.args(line.split_whitespace())
    }

    /// An environment variable.
    #[must_use]
    pub fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.inner.env(key, value);
        self
    }

    /// The directory to start in.
    #[must_use]
    pub fn directory(mut self, path: impl Into<PathBuf>) -> Self {
        self.inner.current_dir(path.into());
        self
    }

    /// What it reads on standard input; nothing otherwise.
    #[must_use]
    pub fn stdin(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(text.into());
        self
    }

    /// What argv[0] says.
    #[must_use]
    pub fn called(mut self, name: &str) -> Self {
        self.inner.arg0(name);
        self
    }

    /// As this user and group, without supplementary groups and without capabilities.
    #[must_use]
    pub fn user(mut self, id: u32) -> Self {
        self.surroundings.user = Some(id);
        self
    }

    /// Shows a directory at another place, for this program alone, and uses that place wherever the
    /// program or an argument names the directory.
    #[must_use]
    pub fn seen_by_everyone(self, directory: &Path, at: &'static str) -> Self {
        if !directory.is_dir() {
            return self;
        }
        let moved = |path: &OsStr| match Path::new(path).strip_prefix(directory) {
            Ok(rest) => Path::new(at).join(rest).into_os_string(),
            Err(_) => path.to_os_string(),
        };
        let mut same =
            Self::new(moved(self.inner.get_program())).args(self.inner.get_args().map(moved));
        same.take_settings(self);
        same.surroundings.overlays.push((directory.into(), at));
        same
    }

    /// Lays a directory over another, for this program alone.
    #[must_use]
    pub fn overlay(mut self, directory: PathBuf, at: &'static str) -> Self {
        self.surroundings.overlays.push((directory, at));
        self
    }

    /// Without the right to open raw sockets, though still root: CAP_NET_RAW and CAP_NET_ADMIN leave the
    /// bounding set.
    #[must_use]
    pub fn without_network_capabilities(mut self) -> Self {
        self.surroundings.keep_network_capabilities = false;
        self
    }

    /// How long it may take before the test fails.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    pub(crate) fn inside(mut self, surroundings: Surroundings) -> Self {
        self.surroundings = surroundings;
        self
    }

    /// The same invocation under another program, such as strace, that takes it as its last arguments.
    #[must_use]
    pub fn under(self, program: &str, args: &[&OsStr]) -> Self {
        let mut outer = Self::new(program)
            .args(args)
            .arg(self.inner.get_program())
            .args(self.inner.get_args());
        outer.take_settings(self);
        outer
    }

    fn take_settings(&mut self, from: Self) {
        for (key, value) in from.inner.get_envs() {
            match value {
                Some(value) => self.inner.env(key, value),
                None => self.inner.env_remove(key),
            };
        }
        self.surroundings = from.surroundings;
        self.patience = from.patience;
        self.stdin = from.stdin;
    }

    /// Runs it to its end.
    ///
    /// # Panics
    /// When it cannot start or takes longer than its patience.
    #[must_use]
    pub fn run(self) -> Output {
        self.spawn().finish()
    }

    /// Runs it to its end and expects success.
    ///
    /// # Panics
    /// As [`run`](Self::run), and when its exit code is not 0.
    pub fn succeed(self) -> Output {
        let shown = self.shown.clone();
        let output = self.run();
        assert_eq!(output.code, 0, "{shown}\n{output}");
        output
    }

    /// Starts it.
    ///
    /// # Panics
    /// When it cannot start.
    #[must_use]
    pub fn spawn(mut self) -> Running {
        self.inner.stdout(Stdio::piped()).stderr(Stdio::piped());
        self.inner.stdin(if self.stdin.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        });
        let (mut child, mut running) = self.start(false);
        if let (Some(text), Some(mut pipe)) = (self.stdin.take(), child.stdin.take()) {
            // A program that does not read its input must not stop the test.
            std::thread::spawn(move || std::io::Write::write_all(&mut pipe, &text));
        }
        running.stdout = Some(Capture::of(child.stdout.take()));
        running.stderr = Some(Capture::of(child.stderr.take()));
        running
    }

    /// Starts it with a terminal for all three streams; the other end is the caller's.
    pub(crate) fn spawn_on(mut self, terminal: &OwnedFd) -> Running {
        let end = || Stdio::from(terminal.try_clone().expect("a descriptor"));
        self.inner.stdin(end()).stdout(end()).stderr(end());
        self.start(true).1
    }

    fn start(&mut self, terminal: bool) -> (std::process::Child, Running) {
        self.surroundings.arrange(&mut self.inner, terminal);
        let started = Instant::now();
        let child = match self.inner.spawn() {
            Ok(child) => child,
            Err(error) => panic!("{}: {error}", self.shown),
        };
        let pid = Pid::from_raw(child.id().cast_signed());
        let (ended, end) = channel();
        std::thread::spawn(move || ended.send(wait(pid, started)));
        let running = Running {
            pid,
            end,
            stdout: None,
            stderr: None,
            patience: self.patience,
            shown: self.shown.clone(),
            over: false,
        };
        (child, running)
    }
}

/// wait4(2), because [`std::process::Child`] keeps the resource usage for itself.
fn wait(pid: Pid, started: Instant) -> (ExitStatus, Duration, u64) {
    let mut status = 0;
    // SAFETY: rusage is plain integers, for which zero is a value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    loop {
        // SAFETY: both pointers are to locals that outlive the call.
        let waited = unsafe { libc::wait4(pid.as_raw(), &mut status, 0, &mut usage) };
        if waited == pid.as_raw() || nix::errno::Errno::last() != nix::errno::Errno::EINTR {
            break;
        }
    }
    (
        ExitStatus::from_raw(status),
        started.elapsed(),
        usage.ru_maxrss.unsigned_abs(),
    )
}

/// What a stream has said so far, and whether it has ended.
pub(crate) struct Capture {
    text: Arc<Mutex<Vec<u8>>>,
    ended: Receiver<()>,
}

impl Capture {
    pub(crate) fn of(source: Option<impl Read + Send + 'static>) -> Self {
        let text = Arc::new(Mutex::new(Vec::new()));
        let (end, ended) = channel();
        let into = Arc::clone(&text);
        std::thread::spawn(move || {
            let Some(mut source) = source else { return };
            let mut chunk = [0; 4096];
            while let Ok(length @ 1..) = source.read(&mut chunk) {
                into.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .extend_from_slice(&chunk[..length]);
            }
            drop(end);
        });
        Self { text, ended }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.text.lock().unwrap_or_else(PoisonError::into_inner))
            .into_owned()
    }

    /// A grandchild may hold the pipe open after the program's end; it is not waited for.
    fn finish(&self) -> String {
        let _ = self.ended.recv_timeout(Duration::from_secs(2));
        self.text()
    }
}

/// A program that runs. Dropping it kills it.
pub struct Running {
    pid: Pid,
    end: Receiver<(ExitStatus, Duration, u64)>,
    stdout: Option<Capture>,
    stderr: Option<Capture>,
    patience: Duration,
    shown: String,
    over: bool,
}

impl Running {
    /// Sends a signal to this process alone.
    ///
    /// # Panics
    /// When the process is gone.
    pub fn signal(&self, signal: Signal) {
        nix::sys::signal::kill(self.pid, signal).expect("the process is there");
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.pid.as_raw()
    }

    /// Waits until standard output contains a text.
    ///
    /// # Panics
    /// When it does not come within ten seconds.
    pub fn expect(&self, text: &str) {
        let give_up = Instant::now() + Duration::from_secs(10);
        while !self.said().contains(text) {
            assert!(
                Instant::now() < give_up,
                "{}: no {text:?} in {:?}",
                self.shown,
                self.said()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Standard output so far.
    #[must_use]
    pub fn said(&self) -> String {
        self.stdout.as_ref().map(Capture::text).unwrap_or_default()
    }

    /// Waits for the end.
    ///
    /// # Panics
    /// When it takes longer than its patience; then it has been killed.
    #[must_use]
    pub fn finish(mut self) -> Output {
        let (status, elapsed, peak_kib) = match self.end.recv_timeout(self.patience) {
            Ok(end) => end,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                self.kill();
                let stderr = self
                    .stderr
                    .as_ref()
                    .map(Capture::finish)
                    .unwrap_or_default();
                panic!(
                    "{}: not over after {:?}\n{}\n{stderr}",
                    self.shown,
                    self.patience,
                    self.said()
                );
            }
        };
        self.over = true;
        Output {
            code: status
                .code()
                .unwrap_or_else(|| 128 + status.signal().unwrap_or_default()),
            stdout: self
                .stdout
                .as_ref()
                .map(Capture::finish)
                .unwrap_or_default(),
            stderr: self
                .stderr
                .as_ref()
                .map(Capture::finish)
                .unwrap_or_default(),
            elapsed,
            peak_kib,
        }
    }

    fn kill(&mut self) {
        // The program leads its own process group, so its children go with it.
        let _ = killpg(self.pid, Signal::SIGKILL);
        self.over = true;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.over {
            self.kill();
        }
    }
}

impl std::fmt::Display for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "exit code {} after {:?}", self.code, self.elapsed)?;
        writeln!(
            f,
            "--- stdout\n{}--- stderr\n{}---",
            self.stdout, self.stderr
        )
    }
}
