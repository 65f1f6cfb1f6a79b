//! A process that outlives this one by a moment: should the host be killed while a plugin has the
//! window, the guard restores the terminal.

use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};

use rustix::termios::tcgetattr;

use super::sys::{ignore_background_stop, restore};

/// The hidden command that runs the guard.
pub const COMMAND: &str = "__guard-terminal";

/// A running guard.
pub(super) struct Guard {
    child: Child,
    pipe: ChildStdin,
}

impl Guard {
    /// Starts the guard and waits until it has noted the terminal's settings.
    pub(super) fn start() -> io::Result<Self> {
        // Its own process group, so that Ctrl-C reaches only the host. The pipe is its standard input;
        // the terminal reaches it as standard output.
        let mut child = Command::new("/proc/self/exe")
            .arg(COMMAND)
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let (Some(pipe), Some(mut ready)) = (child.stdin.take(), child.stderr.take()) else {
            return Err(io::Error::from_raw_os_error(libc::EPIPE));
        };
        ready.read_exact(&mut [0])?;
        Ok(Self { child, pipe })
    }

    /// Ends the guard without it touching the terminal.
    pub(super) fn dismiss(mut self) {
        // Should it be gone already, there is nobody left to dismiss.
        let _ = self.pipe.write_all(b"x");
        drop(self.pipe);
        let _ = self.child.wait();
    }
}

/// The guard's own life: note the settings, wait for the host's end, restore.
pub fn main() -> io::Result<()> {
    ignore_background_stop();
    let saved = tcgetattr(io::stdout())?;
    io::stderr().write_all(b"r")?;
    let mut byte = [0];
    if io::stdin().read(&mut byte)? == 0 {
        restore(io::stdout(), &saved)?;
    }
    Ok(())
}
