//! Observes this machine: prints at intervals how long it has been up, until the operator presses Ctrl-C.

mod report;

use std::time::Duration;

use nethost_sdk::args::{self, CommandLine, Effect, Syntax, help, integer};
use nethost_sdk::output::show;
use nethost_sdk::{Exit, Tool, clock, exit_code, system, until_end};

/// The name of the command, for messages.
const NAME: &str = "@NAME@";

struct Options {
    count: Option<i64>,
    interval: i64,
}

type Flag = args::Flag<Effect<Options>>;

static FLAGS: &[Flag] = &[
    Flag::value(
        'c',
        "<count>",
        "stop after <count> lines",
        |options, given| {
            options.count = Some(number(given.value)?);
            Ok(())
        },
    )
    .long("count"),
    Flag::value(
        'i',
        "<seconds>",
        "wait <seconds> between lines",
        |options, given| {
            options.interval = number(given.value)?;
            Ok(())
        },
    )
    .long("interval"),
    Flag::ending('h', "print help and exit", || Exit::done(usage())).long("help"),
];

static COMMAND_LINE: CommandLine<Options> = CommandLine {
    flags: &[FLAGS],
    operand: |_, operand| {
        let word = operand.value;
        Err(Exit::misused(
            2,
            format!("{NAME}: {word}: no operands are known"),
        ))
    },
    refuse: |error| Exit::misused(2, format!("{NAME}: {error}")),
    syntax: Syntax::GETOPT_LONG,
};

fn number(text: &str) -> Result<i64, Exit> {
    integer(text, 1..=1_000_000).map_err(|why| Exit::failed(2, format!("{NAME}: {why}")))
}

fn usage() -> String {
    format!("Usage: {NAME} [options]\n{}", help(FLAGS))
}

struct Plugin;

impl Tool for Plugin {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        Ok(exit_code(run(&args).await, usage))
    }
}

// Embeds the manifest in the component, so that its digest covers it.
nethost_sdk::tool!(Plugin, "plugin.toml");

async fn run(args: &[String]) -> Result<u8, Exit> {
    let mut options = Options {
        count: None,
        interval: 1,
    };
    COMMAND_LINE.parse(args, &mut options)?;
    // A denial says which rule decided and what would allow the request.
    let denied = |error: nethost_sdk::Error| Exit::failed(2, format!("{NAME}: {error}"));
    let name = system::uname().map_err(denied)?.nodename;
    match until_end(observe(&name, &options)).await {
        Ok(done) => done.map(|()| 0),
        // Ctrl-C is the usual end of it.
        Err(_) => Ok(0),
    }
}

async fn observe(name: &str, options: &Options) -> Result<(), Exit> {
    let interval = Duration::from_secs(options.interval.unsigned_abs());
    let mut count = 0;
    loop {
        let uptime = system::uptime();
        let uptime = uptime.map_err(|error| Exit::failed(2, format!("{NAME}: {error}")))?;
        show(format_args!("{name}: {}\n", report::uptime(uptime)))?;
        count += 1;
        if options.count.is_some_and(|most| count >= most) {
            return Ok(());
        }
        clock::wait_for(interval).await;
    }
}
