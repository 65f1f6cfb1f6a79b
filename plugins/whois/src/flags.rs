//! The command line: the options of the `whois` of Debian, and the few that are ours; each with its meaning.

use std::time::Duration;

use nethost_sdk::Exit;
use nethost_sdk::args::{self, CommandLine, Effect, Given, Syntax, help};
use nethost_sdk::text::printable;

use crate::UNKNOWN;
use crate::options::Line;

type Flag = args::Flag<Effect<Line>>;

/// What the command line may say.
pub(crate) static COMMAND_LINE: CommandLine<Line> = CommandLine {
    flags: &[FLAGS, RIPE],
    operand: |line, operand| {
        line.objects.push(operand.value);
        Ok(())
    },
    refuse: |error| misused(&error.to_string()),
    syntax: Syntax::GETOPT_LONG,
};

/// The order is that of the help text.
static FLAGS: &[Flag] = &[
    Flag::value('h', "HOST", "connect to server HOST", |line, given| {
        line.options.server = Some(given.value.to_owned());
        Ok(())
    })
    .long("host"),
    Flag::value('p', "PORT", "connect to PORT", |line, given| {
        line.options.port = Some(given.value.to_owned());
        Ok(())
    })
    .long("port"),
    Flag::switch(
        'I',
        "query whois.iana.org and follow its referral",
        |line| {
            line.options.iana = true;
        },
    ),
    Flag::switch('H', "hide legal disclaimers", |line| {
        line.options.hide_legal = true;
    }),
    Flag::long_switch("verbose", "explain what is being done", |line| {
        line.options.verbose = true;
    }),
    Flag::long_switch(
        "no-recursion",
        "ask one server only, do not follow its referrals",
        |line| line.options.recursion = false,
    ),
    Flag::long_value(
        "timeout",
        "SECONDS",
        "patience with one server (60)",
        |line, given| {
            line.options.patience = seconds(given.value)?;
            Ok(())
        },
    ),
    Flag::long_switch("rdap", "ask over RDAP instead of whois", |line| {
        line.options.rdap = true;
    }),
    Flag::long_switch("json", "one JSON object for each answer", |line| {
        line.options.json = true;
    }),
    Flag::long_value(
        "bootstrap",
        "URL",
        "where IANA's bootstrap files for RDAP are",
        |line, given| {
            line.options.bootstrap = Some(given.value.to_owned());
            Ok(())
        },
    ),
    Flag::long_value(
        "ca",
        "FILE",
        "believe RDAP servers with certificates of FILE only",
        |line, given| {
            line.options.authority = Some(given.value.to_owned());
            Ok(())
        },
    ),
    Flag::long_ending("help", "display this help and exit", || Exit::done(usage())),
    Flag::long_ending("version", "output version information and exit", || {
        Exit::done(concat!(
            "whois from nethost ",
            env!("CARGO_PKG_VERSION"),
            "\n"
        ))
    }),
];

/// Options that are passed on to servers of RIPE's kind, as they are.
static RIPE: &[Flag] = &[
    Flag::checked('l', "find the one level less specific match", pass_on),
    Flag::checked('L', "find all levels less specific matches", pass_on),
    Flag::checked('m', "find all one level more specific matches", pass_on),
    Flag::checked('M', "find all levels of more specific matches", pass_on),
    Flag::checked(
        'c',
        "find the smallest match with an abuse contact",
        pass_on,
    ),
    Flag::checked('x', "exact match", pass_on),
    Flag::checked('b', "brief address ranges with abuse contact", pass_on),
    Flag::checked(
        'B',
        "turn off object filtering (show email addresses)",
        pass_on,
    ),
    Flag::checked('G', "turn off grouping of associated objects", pass_on),
    Flag::checked('d', "return DNS reverse delegation objects too", pass_on),
    Flag::value(
        'i',
        "ATTR[,ATTR]...",
        "do an inverse look-up for these attributes",
        pass_on,
    ),
    Flag::value(
        'T',
        "TYPE[,TYPE]...",
        "only look for objects of these types",
        pass_on,
    ),
    Flag::checked('K', "only primary keys are returned", pass_on),
    Flag::checked('r', "turn off recursive look-ups for contacts", pass_on),
    Flag::checked(
        'R',
        "show the local copy even if it has a referral",
        pass_on,
    ),
    Flag::checked('F', "fast raw output", pass_on),
    Flag::checked('a', "also search all the mirrored databases", pass_on),
    Flag::value(
        's',
        "SOURCE[,SOURCE]...",
        "search the database mirrored from there",
        pass_on,
    ),
    Flag::value(
        'g',
        "SOURCE:FIRST-LAST",
        "find updates from SOURCE with these serials",
        pass_on,
    ),
    Flag::value(
        't',
        "TYPE",
        "request template for object of TYPE",
        ask_the_server,
    ),
    Flag::value(
        'v',
        "TYPE",
        "request verbose template for object of TYPE",
        ask_the_server,
    ),
    Flag::value(
        'q',
        "version|sources|types",
        "query specified server info",
        ask_the_server,
    ),
    Flag::value('V', "CLIENT", "say who asks", |line, given| {
        line.options.client = Some(given.value.to_owned());
        Ok(())
    }),
];

fn pass_on(line: &mut Line, given: &Given<'_>) -> Result<(), Exit> {
    line.options.passed_on += &format!("{} ", given.spelled);
    if given.has_value {
        line.options.passed_on += &format!("{} ", given.value);
    }
    Ok(())
}

/// The same for a question about the server, which has no object.
fn ask_the_server(line: &mut Line, given: &Given<'_>) -> Result<(), Exit> {
    line.about_server = true;
    pass_on(line, given)
}

/// Without a message the usage says it all.
pub(crate) fn misused(message: &str) -> Exit {
    match message {
        "" => Exit::misused(UNKNOWN, ""),
        _ => Exit::misused(UNKNOWN, format!("whois: {message}")),
    }
}

/// The help text.
pub(crate) fn usage() -> String {
    format!(
        "Usage: whois [OPTION]... OBJECT...\n\n{}\nPassed on to the server, for RIPE's and its like:\n{}",
        help(FLAGS),
        help(RIPE)
    )
}

fn seconds(text: &str) -> Result<Duration, Exit> {
    match text.parse() {
        Ok(seconds) if (1..=86_400).contains(&seconds) => Ok(Duration::from_secs(seconds)),
        _ => Err(misused(&format!(
            "--timeout is a number of seconds from 1 to 86400, not '{}'",
            printable(text)
        ))),
    }
}
