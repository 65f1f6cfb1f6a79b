//! Other tools of this build, run with words that the operator typed. Request at the gate: `tool.run` with the name of the
//! tool.

use crate::Error;
use crate::bindings::nethost::cap::tools;

pub use tools::Finished;

/// How the operator's words are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// Joined by blanks, and split as a shell splits words. Nothing is expanded.
    Split,
    /// As they are.
    AsTyped,
}

/// Runs the tool whose command line begins with the argument `first` of this run, counted from 0, and waits until it has
/// ended.
///
/// ```no_run
/// # async fn example() -> Result<(), nethost_sdk::Error> {
/// use nethost_sdk::tools::{Words, run};
///
/// let finished = run(0, Words::Split).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// `Denied`; `InvalidArgument` (no such argument, or what only a shell understands); `InvalidState` (a tool already runs);
/// `Other` (not a tool of this build, or one that runs tools itself).
pub async fn run(first: u32, words: Words) -> Result<Finished, Error> {
    Ok(tools::run(first, words == Words::AsTyped).await?)
}
