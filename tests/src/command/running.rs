//! A program that runs, and what it did once it has ended.

use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStderr, ChildStdout, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

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
    /// Waits for the end of a program that was just started.
    pub(super) fn watch(
        child: &Child,
        started: Instant,
        patience: Duration,
        shown: String,
    ) -> Self {
        let pid = Pid::from_raw(child.id().cast_signed());
        let (ended, end) = channel();
        std::thread::spawn(move || ended.send(wait(pid, started)));
        Self {
            pid,
            end,
            stdout: None,
            stderr: None,
            patience,
            shown,
            over: false,
        }
    }

    /// Keeps what it says.
    pub(super) fn listen(&mut self, stdout: Option<ChildStdout>, stderr: Option<ChildStderr>) {
        self.stdout = Some(Capture::of(stdout));
        self.stderr = Some(Capture::of(stderr));
    }

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
        self.wait_for(text, || self.said());
    }

    /// Waits until standard error contains a text.
    ///
    /// # Panics
    /// When that takes longer than ten seconds.
    pub fn expect_complaint(&self, text: &str) {
        self.wait_for(text, || {
            self.stderr.as_ref().map(Capture::text).unwrap_or_default()
        });
    }

    fn wait_for(&self, text: &str, said: impl Fn() -> String) {
        let give_up = Instant::now() + Duration::from_secs(10);
        while !said().contains(text) {
            assert!(
                Instant::now() < give_up,
                "{}: no {text:?} in {:?}",
                self.shown,
                said()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Standard error so far.
    #[must_use]
    pub fn complained(&self) -> String {
        self.stderr.as_ref().map(Capture::text).unwrap_or_default()
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
        let output = Output {
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
        };
        // Whatever a test looks at, what it is said to be it must be.
        crate::schema::check(&self.shown, &output);
        output
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
