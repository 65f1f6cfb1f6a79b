//! Command lines in the syntax of the classic tools: getopt(3), getopt_long(3) and getopt_long_only(3).
//!
//! One table of [`Flag`]s holds of each option its names, its help and its effect, so that nothing about an
//! option stands anywhere else. [`CommandLine`] reads a command line by such a table: clustered short options,
//! attached and optional values, unique beginnings of long names, options behind operands. Options and operands
//! take effect one after the other as they stand there, so that an option may repeat, or be for what follows it;
//! the first mistake ends the reading, as getopt(3) has it.
//!
//! ```
//! use nethost_sdk::Exit;
//! use nethost_sdk::args::{self, CommandLine, Syntax, help, integer};
//!
//! #[derive(Default)]
//! struct Options {
//!     count: Option<i64>,
//!     quiet: bool,
//!     hosts: Vec<String>,
//! }
//!
//! type Flag = args::Flag<args::Effect<Options>>;
//!
//! static FLAGS: &[Flag] = &[
//!     Flag::value('c', "<count>", "stop after <count> replies", |options, given| {
//!         let count = integer(given.value, 1..=i64::MAX);
//!         options.count = Some(count.map_err(|why| Exit::failed(1, format!("probe: {why}")))?);
//!         Ok(())
//!     })
//!     .long("count"),
//!     Flag::switch('q', "quiet output", |options| options.quiet = true),
//!     Flag::ending('h', "print help and exit", || Exit::done(help(FLAGS))).long("help"),
//! ];
//!
//! static COMMAND_LINE: CommandLine<Options> = CommandLine {
//!     flags: &[FLAGS],
//!     operand: |options, operand| {
//!         options.hosts.push(operand.value);
//!         Ok(())
//!     },
//!     refuse: |error| Exit::misused(2, format!("probe: {error}")),
//!     syntax: Syntax::GETOPT_LONG,
//! };
//!
//! let mut options = Options::default();
//! let args = ["-qc3", "host", "--co=4"].map(str::to_owned);
//! assert!(COMMAND_LINE.parse(&args, &mut options).is_ok());
//! assert!(options.quiet && options.count == Some(4) && options.hosts == ["host"]);
//!
//! let exit = COMMAND_LINE.parse(&["-Z".to_owned()], &mut options).unwrap_err();
//! assert_eq!((exit.code, exit.stderr.as_str()), (2, "probe: invalid option -- 'Z'"));
//! ```

mod clean;
mod error;
mod flag;
mod help;
mod number;
mod parse;

pub use clean::{clean, with_hyphens};
pub use error::UsageError;
pub use flag::{Effect, Flag, Given, Value};
pub use help::{help, wrapped_help};
pub use number::{integer, seconds};
pub use parse::{CommandLine, Operand, Syntax};

#[cfg(test)]
mod tests;
