//! The process that starts other tools: forked from the runner while that is still nethost itself, without a plugin, and
//! with the rights of the operator. It knows the words that the operator typed, and takes orders from the broker alone: the
//! only other end of its socket is passed to the broker, and the runner keeps none. An order names no word, only where
//! in the arguments of the run a command line begins.
//!
//! So whichever process is the broker, a tool that is started is a process of the operator's, as if it had been typed.

use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::pipe::{PipeFlags, pipe_with};
use serde::{Deserialize, Serialize};

use super::channel::Channel;
use super::sys;
use super::tool_command::tool_command;
use nethost_core::output::Stream;

/// How long the broker waits for an answer. Nothing that the launcher does takes long; and whatever is at the other end
/// must not delay much.
const PATIENCE: Duration = Duration::from_secs(2);

/// From the broker.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Order {
    /// Starts the tool whose command line begins with this argument.
    Start { first: u32, as_words: bool },
    /// Asks whether it has ended.
    Finish,
    /// Kills it.
    Stop,
}

/// The answer to an order.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Report {
    /// With the end of the pipe that the output is read from.
    Started,
    /// Not a tool that can be started, or the system failed.
    NotStarted(String),
    /// It has not ended.
    Running,
    /// With this exit code.
    Ended(u8),
}

/// What the launcher starts.
pub struct Launch {
    /// The options of nethost that were given for this run, for each tool.
    pub options: Vec<OsString>,
    /// The arguments of the run.
    pub args: Vec<String>,
    /// Why the tool with this name cannot be started, if it cannot.
    pub refusal: fn(&str) -> Option<String>,
}

/// Starts the process, and returns the socket for the broker. Only for a process with a single thread.
pub fn start(launch: Launch) -> io::Result<OwnedFd> {
    let (ours, theirs) = Channel::pair()?;
    if let sys::Side::Parent(_) = sys::fork()? {
        return ours.as_fd().try_clone_to_owned();
    }
    // Signals from the terminal are for the plugin and for the tool. This process ends when the broker does.
    sys::ignore_signals();
    let (input, output, error) = (rustix::stdio::stdin(), Stream::Output, Stream::Error);
    // The channel to the broker is one of the others.
    if sys::close_others(&[input, output.as_fd(), error.as_fd(), theirs.as_fd()]).is_ok() {
        Starting {
            launch,
            running: None,
        }
        .serve(theirs);
    }
    sys::leave()
}

/// In the launcher.
struct Starting {
    launch: Launch,
    running: Option<Child>,
}

impl Starting {
    /// Obeys until the broker is gone.
    fn serve(mut self, mut broker: Channel) {
        while let Ok(Some((order, _))) = broker.receive() {
            let (report, output) = self.obey(&order);
            let output = output.as_ref().map(AsFd::as_fd);
            if broker.send(&report, output).is_err() {
                break;
            }
        }
        self.stop();
    }

    fn obey(&mut self, order: &Order) -> (Report, Option<OwnedFd>) {
        match *order {
            Order::Start { first, as_words } => match self.start(first, as_words) {
                Ok(output) => (Report::Started, Some(output)),
                Err(why) => (Report::NotStarted(why), None),
            },
            Order::Finish => (self.finish(), None),
            Order::Stop => (Report::Ended(self.stop()), None),
        }
    }

    fn start(&mut self, first: u32, as_words: bool) -> Result<OwnedFd, String> {
        if self.running.is_some() {
            return Err("a tool is running already".into());
        }
        let words = tool_command(&self.launch.args, first, as_words);
        let words = words.map_err(|error| error.to_string())?;
        let refusal = words.first().and_then(|name| (self.launch.refusal)(name));
        match refusal {
            Some(why) => Err(why),
            None => self.spawn(&words).map_err(|error| error.to_string()),
        }
    }

    fn spawn(&mut self, words: &[String]) -> io::Result<OwnedFd> {
        let (read, write) = pipe_with(PipeFlags::CLOEXEC)?;
        rustix::io::ioctl_fionbio(&read, true)?;
        let mut program = Command::new("/proc/self/exe");
        program
            .arg0("nethost")
            .args(&self.launch.options)
            .args(words)
            .stdin(Stdio::null())
            .stdout(write.try_clone()?)
            .stderr(write);
        // As watch(1) tells a program, because that has no terminal to ask.
        if let Ok(size) = rustix::termios::tcgetwinsize(Stream::Output) {
            program
                .env("COLUMNS", size.ws_col.to_string())
                .env("LINES", size.ws_row.to_string());
        }
        sys::end_with_us(&mut program);
        self.running = Some(program.spawn()?);
        Ok(read)
    }

    fn finish(&mut self) -> Report {
        let Some(running) = &mut self.running else {
            return Report::NotStarted("no tool is running".into());
        };
        match running.try_wait() {
            Ok(None) => Report::Running,
            Ok(Some(status)) => {
                self.running = None;
                Report::Ended(code(status))
            }
            Err(error) => Report::NotStarted(error.to_string()),
        }
    }

    fn stop(&mut self) -> u8 {
        let Some(mut running) = self.running.take() else {
            return 0;
        };
        // It may have ended already.
        let _ = running.kill();
        running.wait().map_or(0, code)
    }
}

/// As a shell shows it.
fn code(status: ExitStatus) -> u8 {
    let signal = || 128 + status.signal().unwrap_or(0);
    u8::try_from(status.code().unwrap_or_else(signal)).unwrap_or(u8::MAX)
}

/// Whether it is a socket as the launcher has one. A user of a service can pass others, some of which take as long to be
/// closed as that user wants.
pub(super) fn is_socket(descriptor: &OwnedFd) -> bool {
    use rustix::net::{AddressFamily, SocketType, sockopt};
    sockopt::socket_domain(descriptor) == Ok(AddressFamily::UNIX)
        && sockopt::socket_type(descriptor) == Ok(SocketType::SEQPACKET)
}

/// Whether it is the end of a pipe, for the same reason. Its file system, which may be a user's, is not asked.
fn is_pipe(descriptor: &OwnedFd) -> bool {
    rustix::pipe::fcntl_getpipe_size(descriptor).is_ok()
}

/// In the broker: the launcher of a run.
pub(super) struct Launcher {
    channel: Channel,
    /// The handle of the permit under which a tool runs.
    running: Option<u64>,
    /// It did not answer, so it is not asked again: whatever is at the other end cannot make the broker wait twice.
    is_silent: bool,
}

impl Launcher {
    pub(super) fn over(socket: OwnedFd) -> Self {
        Self {
            channel: Channel::over(socket),
            running: None,
            is_silent: false,
        }
    }

    /// Whether a tool runs.
    pub(super) fn is_busy(&self) -> bool {
        self.running.is_some()
    }

    /// Starts a tool under a permit, and returns where its output is read, or why it was not started.
    pub(super) fn start(
        &mut self,
        handle: u64,
        first: u32,
        as_words: bool,
    ) -> io::Result<Result<OwnedFd, String>> {
        match self.order(&Order::Start { first, as_words })? {
            (Report::Started, Some(output)) => {
                self.running = Some(handle);
                Ok(Ok(output))
            }
            (Report::NotStarted(why), _) => Ok(Err(why)),
            _ => Err(io::Error::from_raw_os_error(libc::EPROTO)),
        }
    }

    /// The exit code of the tool that was started under this permit, if it has ended. None if there is no such tool.
    pub(super) fn finish(&mut self, handle: u64) -> Option<io::Result<Option<u8>>> {
        if self.running != Some(handle) {
            return None;
        }
        Some(match self.order(&Order::Finish) {
            Ok((Report::Running, _)) => Ok(None),
            Ok((Report::Ended(code), _)) => {
                self.running = None;
                Ok(Some(code))
            }
            Ok(_) => Err(io::Error::from_raw_os_error(libc::EPROTO)),
            Err(error) => Err(error),
        })
    }

    /// Kills the tool that was started under this permit, if it runs.
    pub(super) fn close(&mut self, handle: u64) {
        if self.running == Some(handle) {
            self.running = None;
            // If nobody answers, the launcher has ended, and the tool with it.
            let _ = self.order(&Order::Stop);
        }
    }

    fn order(&mut self, order: &Order) -> io::Result<(Report, Option<OwnedFd>)> {
        let gone = || io::Error::from_raw_os_error(libc::EPIPE);
        if self.is_silent {
            return Err(gone());
        }
        let end = Instant::now() + PATIENCE;
        let report = self.channel.ask_before(end, order, is_pipe);
        self.is_silent = report.is_err();
        report
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat, openat};

    #[test]
    fn what_is_no_pipe_is_found_without_its_file_system() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        mknodat(CWD, &fifo, FileType::Fifo, Mode::RWXU, 0).unwrap();
        let open = |path: &std::path::Path, flags| openat(CWD, path, flags, Mode::empty()).unwrap();
        let (read, write) = pipe_with(PipeFlags::CLOEXEC).unwrap();
        assert!(is_pipe(&read) && is_pipe(&write));
        assert!(is_pipe(&open(&fifo, OFlags::RDONLY | OFlags::NONBLOCK)));
        // What stands for a file has the type of a pipe as far as a file system says so.
        for (path, flags) in [
            (&*fifo, OFlags::PATH),
            (folder.path(), OFlags::RDONLY),
            ("/dev/null".as_ref(), OFlags::RDONLY),
        ] {
            assert!(!is_pipe(&open(path, flags)), "{}", path.display());
        }
    }
}
