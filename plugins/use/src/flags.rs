//! The command line.

use nethost_sdk::Exit;
use nethost_sdk::args::{self, CommandLine, Effect, Syntax, help, integer};
use nethost_sdk::output::Format;

type Flag = args::Flag<Effect<Options>>;

/// The options given.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) interval: u64,
    pub(crate) all: bool,
    pub(crate) format: Format,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            interval: 1,
            all: false,
            format: Format::Text,
        }
    }
}

/// What the command line may say.
pub(crate) static COMMAND_LINE: CommandLine<Options> = CommandLine {
    flags: &[FLAGS],
    operand: |options, operand| {
        let seconds = integer(&operand.value, 1..=86_400);
        let seconds = seconds.map_err(|why| Exit::misused(2, format!("use: {why}")))?;
        options.interval = seconds.unsigned_abs();
        Ok(())
    },
    refuse: |error| Exit::misused(2, format!("use: {error}")),
    syntax: Syntax::GETOPT_LONG,
};

static FLAGS: &[Flag] = &[
    Flag::switch('a', "show what is zero too", |options| options.all = true).long("all"),
    Flag::long_switch("json", "one JSON object for each check", |options| {
        options.format = Format::Json;
    }),
    Flag::ending('V', "print version and exit", || {
        Exit::done(concat!(
            "use from nethost ",
            env!("CARGO_PKG_VERSION"),
            "\n"
        ))
    })
    .long("version"),
    Flag::ending('h', "print this help", || Exit::done(usage())).long("help"),
];

/// What `-h` and a mistake print.
pub(crate) fn usage() -> String {
    format!(
        "Usage: use [-a] [--json] [SECONDS]\nErrors, saturation and utilisation over an interval (1 second).\n\
         Exit code: 0 when nothing is wrong, 1 when something is, 2 when it cannot be told.\n{}",
        help(FLAGS)
    )
}
