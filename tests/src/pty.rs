//! A terminal for programs that want one (pty(7)), and its settings before and after.

use crate::command::{Capture, Command, Running};
use nix::pty::{Winsize, openpty};
use nix::sys::termios::{FlowArg, tcflow, tcgetattr};
use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

/// A terminal. The test holds both ends, so it outlives the program and can be asked afterwards.
pub struct Terminal {
    ours: File,
    theirs: OwnedFd,
    shown: Capture,
}

impl Terminal {
    /// A terminal of this size.
    ///
    /// # Panics
    /// When the machine has none left.
    #[must_use]
    pub fn new(columns: u16, rows: u16) -> Self {
        let size = Winsize {
            ws_col: columns,
            ws_row: rows,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let pair = openpty(Some(&size), None).expect("a terminal");
        for end in [&pair.master, &pair.slave] {
            // Programs of other tests that start meanwhile must not hold it open.
            let flag = nix::fcntl::FcntlArg::F_SETFD(nix::fcntl::FdFlag::FD_CLOEXEC);
            nix::fcntl::fcntl(end, flag).expect("close on exec");
        }
        let ours = File::from(pair.master);
        let shown = Capture::of(ours.try_clone().ok());
        Self {
            ours,
            theirs: pair.slave,
            shown,
        }
    }

    /// Starts a program on it.
    #[must_use]
    pub fn start(&self, program: Command) -> Running {
        program.spawn_on(&self.theirs)
    }

    /// Holds all output, as Ctrl-S does, or lets it go on (tcflow(3)).
    ///
    /// # Panics
    /// When the terminal is gone.
    pub fn hold(&self, is_held: bool) {
        let action = if is_held {
            FlowArg::TCOOFF
        } else {
            FlowArg::TCOON
        };
        tcflow(&self.theirs, action).expect("a terminal");
    }

    /// Types.
    ///
    /// # Panics
    /// When the terminal is gone.
    pub fn press(&self, keys: &str) {
        (&self.ours).write_all(keys.as_bytes()).expect("a terminal");
    }

    /// Everything shown so far, escape sequences included.
    #[must_use]
    pub fn shown(&self) -> String {
        self.shown.text()
    }

    /// Everything that was shown by programs that are over: what they wrote last may still be on its way.
    ///
    /// # Panics
    /// When the terminal is gone.
    #[must_use]
    pub fn settled(&self) -> String {
        const MARK: &str = "(settled)";
        nix::unistd::write(&self.theirs, MARK.as_bytes()).expect("a terminal");
        self.expect(MARK);
        self.shown().replace(MARK, "")
    }

    /// Waits until it shows a text.
    ///
    /// # Panics
    /// When it does not within ten seconds.
    pub fn expect(&self, text: &str) {
        let give_up = Instant::now() + Duration::from_secs(10);
        while !self.shown().contains(text) {
            assert!(
                Instant::now() < give_up,
                "no {text:?} in {:?}",
                self.shown()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// All its settings (termios(3)), for comparison.
    ///
    /// # Panics
    /// When the terminal is gone.
    #[must_use]
    pub fn settings(&self) -> String {
        format!("{:?}", tcgetattr(&self.theirs).expect("a terminal"))
    }
}
