//! How a run ends before its time, in dig's words.

use std::fmt::Display;

use nethost_sdk::Exit;

/// A command line that is not understood: dig's usage follows the message.
pub(crate) fn misused(message: String) -> Exit {
    Exit::misused(1, message)
}

/// A message with the program's name before it.
pub(crate) fn fatal(message: impl Display, code: u8) -> Exit {
    Exit::failed(code, format!("dig: {message}"))
}
