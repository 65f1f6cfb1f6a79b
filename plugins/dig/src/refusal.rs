//! Why a command line is refused, in dig's words.

use crate::usage;

/// Words that end the run, and its exit code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) output: String,
    pub(crate) error: String,
    pub(crate) code: u8,
}

impl Refusal {
    /// A command line that is not understood: dig's usage follows the message.
    pub(crate) fn usage(message: String) -> Self {
        Self {
            output: String::new(),
            error: format!("{message}\n{}", usage::SHORT),
            code: 1,
        }
    }

    /// A message with the program's name before it.
    pub(crate) fn fatal(message: &str, code: u8) -> Self {
        Self {
            output: String::new(),
            error: format!("dig: {message}\n"),
            code,
        }
    }

    /// Nothing is wrong, and nothing is left to do.
    pub(crate) fn done(output: String, error: &str) -> Self {
        Self {
            output,
            error: error.to_owned(),
            code: 0,
        }
    }
}
