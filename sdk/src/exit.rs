//! The end of a run: the exit code, and the last output.

use std::io;

use crate::output::{Format, Output, complain};

/// The end of a run. It is the error type of everything in a tool that can end the run, including successful ends
/// such as `-h`.
///
/// ```
/// use nethost_sdk::Exit;
///
/// fn port(text: &str) -> Result<u16, Exit> {
///     text.parse().map_err(|_| Exit::misused(2, format!("probe: {text}: not a port")))
/// }
/// assert_eq!(port("x").unwrap_err().code, 2);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Exit {
    /// The exit code.
    pub code: u8,
    /// For standard output, such as the requested help. Includes its line end.
    pub stdout: String,
    /// For standard error, including the name of the tool if needed. A line end is added.
    pub stderr: String,
    /// Whether the tool's usage follows on standard error.
    pub usage: bool,
}

impl Exit {
    /// Success, with this text as the only output.
    pub fn done(stdout: impl Into<String>) -> Self {
        Self {
            stdout: stdout.into(),
            ..Self::default()
        }
    }

    /// A code without output.
    pub fn silent(code: u8) -> Self {
        Self {
            code,
            ..Self::default()
        }
    }

    /// A failure.
    pub fn failed(code: u8, stderr: impl Into<String>) -> Self {
        Self {
            code,
            stderr: stderr.into(),
            ..Self::default()
        }
    }

    /// The command line is wrong, so the usage is printed.
    pub fn misused(code: u8, stderr: impl Into<String>) -> Self {
        Self {
            usage: true,
            ..Self::failed(code, stderr)
        }
    }

    /// Prints the last output and returns the exit code. `usage` is the usage of the tool.
    pub fn finish(self, usage: impl FnOnce() -> String) -> u8 {
        let mut code = self.code;
        if !self.stdout.is_empty() {
            let mut output = Output::stdout(Format::Text);
            let written = output.text(&self.stdout).and_then(|()| output.flush());
            if let Err(unwritten) = written {
                code = unwritten.finish(String::new);
            }
        }
        if !self.stderr.is_empty() {
            complain(&self.stderr);
        }
        if self.usage {
            complain(usage().trim_end_matches('\n'));
        }
        code
    }
}

/// The return value of [`crate::Tool::run`] for the result of a run.
///
/// ```
/// use nethost_sdk::{Exit, exit_code};
/// assert_eq!(exit_code(Ok(1), String::new), 1);
/// assert_eq!(exit_code(Err(Exit::silent(130)), String::new), 130);
/// ```
pub fn exit_code(run: Result<u8, Exit>, usage: impl FnOnce() -> String) -> u8 {
    match run {
        Ok(code) => code,
        Err(exit) => exit.finish(usage),
    }
}

/// A failed write to standard output. If the reader has closed the pipe, the run ends silently with the code that a
/// shell shows for SIGPIPE. Any other error, such as a full disk, is reported. The host ends a run in the same ways
/// if it notices the error first.
impl From<io::Error> for Exit {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::silent(141),
            _ => Self::failed(1, format!("write error: {}", crate::output::reason(&error))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_left_is_no_error_to_tell() {
        assert_eq!(
            Exit::from(io::Error::from(io::ErrorKind::BrokenPipe)),
            Exit::silent(141)
        );
    }

    #[test]
    fn a_full_disk_is_named() {
        let exit = Exit::from(io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(exit.code, 1);
        assert_eq!(exit.stderr, "write error: No space left on device");
    }
}
