//! The command line of watch, as procps-ng 4.0.2 has it.

use std::time::Duration;

use nethost_sdk::Exit;
use nethost_sdk::args::{self, CommandLine, Effect, Given, Syntax};

type Flag = args::Flag<Effect<Options>>;

/// UINT_MAX seconds, the longest interval of procps.
const LONGEST: f64 = 4_294_967_295.0;
const SHORTEST: f64 = 0.1;

/// Which changes are highlighted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Differences {
    #[default]
    None,
    /// Those since the last run.
    Last,
    /// All since the start.
    Permanent,
}

/// The options given.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) beep: bool,
    pub(crate) color: bool,
    pub(crate) differences: Differences,
    pub(crate) exit_on_error: bool,
    pub(crate) exit_on_change: bool,
    /// End after so many runs without a change; less than 0: never.
    pub(crate) exit_unchanged: Option<i32>,
    /// In seconds, as given.
    pub(crate) interval: Option<f64>,
    pub(crate) precise: bool,
    pub(crate) no_title: bool,
    pub(crate) no_wrap: bool,
    pub(crate) as_words: bool,
    pub(crate) json: bool,
    /// The file that changes are recorded in.
    pub(crate) record: Option<String>,
    /// The number of the first word of the command, from 0, and the command.
    pub(crate) first: Option<u32>,
    pub(crate) command: Vec<String>,
}

impl Options {
    pub(crate) fn seconds(&self) -> f64 {
        self.interval.unwrap_or(2.0).clamp(SHORTEST, LONGEST)
    }

    pub(crate) fn interval(&self) -> Duration {
        Duration::from_secs_f64(self.seconds())
    }

    pub(crate) fn command(&self) -> String {
        self.command.join(" ")
    }
}

/// What the command line may say.
pub(crate) static COMMAND_LINE: CommandLine<Options> = CommandLine {
    flags: &[FLAGS],
    operand: |options, operand| {
        if options.command.is_empty() {
            options.first = u32::try_from(operand.position).ok().map(|at| at - 1);
        }
        options.command.push(operand.value);
        Ok(())
    },
    refuse: |error| Exit::misused(1, format!("watch: {error}")),
    syntax: Syntax {
        operand_ends_options: true,
        ..Syntax::GETOPT_LONG
    },
};

static FLAGS: &[Flag] = &[
    Flag::switch('b', "beep if command has a non-zero exit", |options| {
        options.beep = true;
    })
    .long("beep"),
    Flag::switch('c', "interpret ANSI color and style sequences", |options| {
        options.color = true;
    })
    .long("color"),
    Flag {
        short: Some('d'),
        long: Some("differences"),
        value: args::Value::Optional("permanent"),
        help: "highlight changes between updates",
        effect: Effect::Read(|options, given| {
            // Once permanent, it stays so.
            if given.has_value {
                options.differences = Differences::Permanent;
            } else if options.differences == Differences::None {
                options.differences = Differences::Last;
            }
            Ok(())
        }),
    },
    Flag::switch('e', "exit if command has a non-zero exit", |options| {
        options.exit_on_error = true;
    })
    .long("errexit"),
    Flag::switch('g', "exit when output from command changes", |options| {
        options.exit_on_change = true;
    })
    .long("chgexit"),
    Flag::value(
        'q',
        "<cycles>",
        "exit when output from command does not change",
        |options, given| {
            options.exit_unchanged = Some(number(given)? as i32);
            Ok(())
        },
    )
    .long("equexit"),
    Flag::value(
        'n',
        "<secs>",
        "seconds to wait between updates",
        |options, given| {
            options.interval = Some(number(given)?);
            Ok(())
        },
    )
    .long("interval"),
    Flag::switch('p', "attempt run command in precise intervals", |options| {
        options.precise = true;
    })
    .long("precise"),
    Flag::switch('t', "turn off header", |options| options.no_title = true).long("no-title"),
    Flag::switch('w', "turn off line wrapping", |options| {
        options.no_wrap = true
    })
    .long("no-wrap"),
    Flag::switch(
        'x',
        "pass command to exec instead of \"sh -c\"",
        |options| {
            options.as_words = true;
        },
    )
    .long("exec"),
    Flag::long_switch("json", "print each run as a line of JSON", |options| {
        options.json = true
    }),
    Flag::long_value(
        "record",
        "<file>",
        "append what changes to a file, as lines of JSON",
        |options, given| {
            options.record = Some(given.value.to_owned());
            Ok(())
        },
    ),
    Flag::ending('h', "display this help and exit", || Exit::done(usage())).long("help"),
    Flag::ending('v', "output version information and exit", || {
        Exit::done(concat!(
            "watch from nethost ",
            env!("CARGO_PKG_VERSION"),
            "\n"
        ))
    })
    .long("version"),
];

fn number(given: &Given<'_>) -> Result<f64, Exit> {
    parse(given.value).map_err(|why| {
        let value = nethost_sdk::text::printable(given.value);
        Exit::failed(
            1,
            format!("watch: failed to parse argument: '{value}': {why}"),
        )
    })
}

/// A number as procps reads it in any locale: with a point or a comma, without an exponent. An error has the text that
/// procps prints; behind the point, that is not the one it should be.
pub(crate) fn parse(text: &str) -> Result<f64, &'static str> {
    const INVALID: &str = "Invalid argument";
    const STALE: &str = "No such file or directory";
    if text.is_empty() {
        return Err(STALE);
    }
    let text = text.trim_start();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once(['.', ',']).unwrap_or((digits, ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) {
        return Err(INVALID);
    }
    if !is_number(fraction) {
        return Err(STALE);
    }
    let number: f64 = format!("0{whole}.{fraction}0")
        .parse()
        .map_err(|_| INVALID)?;
    Ok(if negative { -number } else { number })
}

/// What `-h` and a mistake print: the text of procps.
pub(crate) fn usage() -> String {
    "
Usage:
 watch [options] command

Options:
  -b, --beep             beep if command has a non-zero exit
  -c, --color            interpret ANSI color and style sequences
  -d, --differences[=<permanent>]
                         highlight changes between updates
  -e, --errexit          exit if command has a non-zero exit
  -g, --chgexit          exit when output from command changes
  -q, --equexit <cycles>
                         exit when output from command does not change
  -n, --interval <secs>  seconds to wait between updates
  -p, --precise          attempt run command in precise intervals
  -t, --no-title         turn off header
  -w, --no-wrap          turn off line wrapping
  -x, --exec             pass command to exec instead of \"sh -c\"

 -h, --help     display this help and exit
 -v, --version  output version information and exit

For more details see watch(1).
"
    .into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parsed(args: &[&str]) -> Result<Options, Exit> {
        let args: Vec<String> = args.iter().map(|arg| (*arg).into()).collect();
        let mut options = Options::default();
        COMMAND_LINE.parse(&args, &mut options).map(|()| options)
    }

    #[test]
    fn numbers_are_those_of_procps() {
        for (text, number) in [
            ("1", 1.0),
            ("1.5", 1.5),
            ("1,5", 1.5),
            (".5", 0.5),
            ("5.", 5.0),
            (" 5", 5.0),
            ("+5", 5.0),
            ("-5", -5.0),
            ("-", 0.0),
            (".", 0.0),
            (",", 0.0),
            ("+", 0.0),
            (" ", 0.0),
            ("99999999999", 99_999_999_999.0),
        ] {
            assert_eq!(parse(text), Ok(number), "{text:?}");
        }
        for text in ["1e3", "0x10", "5 ", "1e", "--5", "5_", "inf", "nan", "x"] {
            assert_eq!(parse(text), Err("Invalid argument"), "{text:?}");
        }
        for text in ["", "1.5.5", "1,000.5", "1.-5"] {
            assert_eq!(parse(text), Err("No such file or directory"), "{text:?}");
        }
    }

    #[test]
    fn the_command_begins_at_the_first_operand() {
        let options = parsed(&["-n", "0", "-d", "ss", "-t4", "-n"]).unwrap();
        assert_eq!(
            (options.first, options.command().as_str()),
            (Some(3), "ss -t4 -n")
        );
        assert_eq!(options.differences, Differences::Last);
        assert_eq!(options.seconds(), 0.1);
        let options = parsed(&["-n99999999999", "-d=permanent", "-d", "--", "-x"]).unwrap();
        assert_eq!((options.first, options.seconds()), (Some(4), LONGEST));
        assert_eq!(options.differences, Differences::Permanent);
        assert_eq!(options.command, ["-x"]);
    }

    #[test]
    fn mistakes_have_the_texts_of_procps() {
        let mistake = |args: &[&str]| {
            let exit = parsed(args).unwrap_err();
            (exit.code, exit.stderr, exit.usage)
        };
        let failed = "watch: failed to parse argument: 'x': Invalid argument";
        assert_eq!(mistake(&["-n", "x", "ss"]), (1, failed.into(), false));
        assert_eq!(mistake(&["-q", "x", "ss"]), (1, failed.into(), false));
        let unknown = "watch: invalid option -- 'z'";
        assert_eq!(mistake(&["-z"]), (1, unknown.into(), true));
    }
}
