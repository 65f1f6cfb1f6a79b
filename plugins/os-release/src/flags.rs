//! The command line of os-release.

use nethost_sdk::Exit;
use nethost_sdk::args::{self, CommandLine, Effect, Syntax, help};
use nethost_sdk::output::Format;

type Flag = args::Flag<Effect<Options>>;

/// The options given.
#[derive(Debug, Default)]
pub(crate) struct Options {
    files: bool,
    pub(crate) version: bool,
    pub(crate) kernels: bool,
    pub(crate) format: Format,
    pub(crate) keys: Vec<String>,
}

impl Options {
    /// The release files are what is printed unless something else is asked for.
    pub(crate) fn wants_files(&self) -> bool {
        self.files || !(self.version || self.kernels || !self.keys.is_empty())
    }
}

/// What the command line may say.
pub(crate) static COMMAND_LINE: CommandLine<Options> = CommandLine {
    flags: &[FLAGS],
    operand: |options, operand| {
        options.keys.push(operand.value);
        Ok(())
    },
    refuse: |error| Exit::misused(2, format!("os-release: {error}")),
    syntax: Syntax::GETOPT_LONG,
};

static FLAGS: &[Flag] = &[
    Flag::switch('f', "the release files of /etc (default)", |options| {
        options.files = true;
    })
    .long("files"),
    Flag::switch('p', "/proc/version: the kernel's build", |options| {
        options.version = true;
    })
    .long("proc-version"),
    Flag::switch('k', "the kernels in /lib/modules", |options| {
        options.kernels = true;
    })
    .long("kernels"),
    Flag::switch('a', "all of these", |options| {
        options.files = true;
        options.version = true;
        options.kernels = true;
    })
    .long("all"),
    Flag::long_switch("json", "as one JSON object", |options| {
        options.format = Format::Json;
    }),
    Flag::ending('V', "print version and exit", || {
        Exit::done(concat!(
            "os-release from nethost ",
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
        "Usage: os-release [OPTION]... [KEY]...\nWith KEYs such as VERSION_ID, their values in os-release(5).\n{}",
        help(FLAGS)
    )
}
