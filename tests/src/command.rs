//! Programs run for a bounded time, inside a namespace or as another user, with all they said captured.

mod running;

use crate::namespace::Surroundings;
use crate::privilege;
use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::fs::fchown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

pub(crate) use running::Capture;
pub use running::{Output, Running};

/// How long a program may take unless told otherwise.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program about to run. Built like [`std::process::Command`].
pub struct Command {
    inner: std::process::Command,
    shown: String,
    surroundings: Surroundings,
    patience: Duration,
    stdin: Option<Vec<u8>>,
    under_test: bool,
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
            under_test: false,
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

    /// Without an environment variable.
    #[must_use]
    pub fn without_env(mut self, key: &str) -> Self {
        self.inner.env_remove(key);
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
        let arguments: Vec<_> = self.inner.get_args().map(moved).collect();
        let program = moved(self.inner.get_program());
        self.saying(&program, &arguments)
            .overlay(directory.into(), at)
    }

    /// Another program and other arguments, in the same surroundings.
    pub(crate) fn saying(self, program: &OsStr, arguments: &[OsString]) -> Self {
        let mut same = Self::new(program).args(arguments);
        same.take_settings(self);
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

    /// With these laid over, and nothing else.
    pub(crate) fn with_overlays(mut self, overlays: Vec<(PathBuf, &'static str)>) -> Self {
        self.surroundings.overlays = overlays;
        self
    }

    /// As whom the tests run nethost, unless a user of its own is named.
    pub(crate) fn under_test(mut self) -> Self {
        self.under_test = true;
        self
    }

    /// The same invocation under another program, such as strace, that takes it as its last arguments.
    #[must_use]
    pub fn under(mut self, program: &str, args: &[&OsStr]) -> Self {
        self = self.settled(false);
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
        if let Some(directory) = from.inner.get_current_dir() {
            self.inner.current_dir(directory);
        }
        self.surroundings = from.surroundings;
        self.patience = from.patience;
        self.stdin = from.stdin;
        self.under_test = from.under_test;
    }

    pub(crate) fn surroundings(&self) -> &Surroundings {
        &self.surroundings
    }

    pub(crate) fn program(&self) -> &OsStr {
        self.inner.get_program()
    }

    pub(crate) fn arguments(&self) -> Vec<OsString> {
        self.inner.get_args().map(OsStr::to_owned).collect()
    }

    /// What it was given in its environment under this name.
    pub(crate) fn given(&self, key: &str) -> Option<&OsStr> {
        let mut all = self.inner.get_envs();
        all.find_map(|(name, value)| value.filter(|_| name == key))
    }

    /// As root, and as whom it was before.
    pub(crate) fn by_root(mut self) -> (Self, Option<u32>) {
        let user = self.surroundings.user.take();
        (self, user)
    }

    /// All that it was given in its environment.
    pub(crate) fn given_values(&self) -> impl Iterator<Item = &OsStr> {
        self.inner.get_envs().filter_map(|(_, value)| value)
    }

    /// The same, as it will run: in the way of [`crate::privilege`] where it is nethost.
    #[must_use]
    pub(crate) fn settled(mut self, attended: bool) -> Self {
        if std::mem::take(&mut self.under_test) && self.surroundings.user.is_none() {
            privilege::applied(self, attended)
        } else {
            self
        }
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
        self = self.settled(false);
        self.inner.stdout(Stdio::piped()).stderr(Stdio::piped());
        self.inner.stdin(if self.stdin.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        });
        let (mut child, mut running) = self.start(false);
        running.listen(child.stdout.take(), child.stderr.take());
        if let (Some(text), Some(mut pipe)) = (self.stdin.take(), child.stdin.take()) {
            // A program that does not read its input must not stop the test.
            std::thread::spawn(move || std::io::Write::write_all(&mut pipe, &text));
        }
        running
    }

    /// Starts it with a terminal for all three streams; the other end is the caller's.
    pub(crate) fn spawn_on(mut self, terminal: &OwnedFd) -> Running {
        self = self.settled(true);
        // A terminal belongs to whoever sits there.
        if let Some(user) = self.surroundings.user {
            fchown(terminal, Some(user), None).expect("the right to give it away");
        }
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
        let running = Running::watch(&child, started, self.patience, self.shown.clone());
        (child, running)
    }
}

/// Copies a program, by another: a descriptor of this process that writes to the copy could be inherited by what a
/// test beside this one starts, and the kernel does not run what is still written to (execve(2), ETXTBSY).
///
/// # Panics
/// When it cannot be copied.
pub fn copy_program(from: &Path, to: &Path) {
    Command::new("cp").args([from, to]).succeed();
}
