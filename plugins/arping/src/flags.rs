//! The command line: iputils' options and one of nethost, each with its effect.

use nethost_sdk::Exit;
use nethost_sdk::args::{self, CommandLine, Effect, Given, Syntax, UsageError, integer};
use nethost_sdk::output::Format;

use crate::failed;

type Flag = args::Flag<Effect<Options>>;

/// The options given.
#[derive(Debug)]
pub(crate) struct Options {
    /// How many packets to send.
    pub(crate) count: Option<u32>,
    /// Seconds until the end; 0 for none.
    pub(crate) timeout: u32,
    /// Seconds between packets; 0 for a single packet.
    pub(crate) interval: u32,
    pub(crate) interface: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) quit_on_reply: bool,
    pub(crate) quiet: bool,
    pub(crate) broadcast_only: bool,
    pub(crate) duplicates: bool,
    pub(crate) unsolicited: bool,
    /// Replies instead of requests.
    pub(crate) replies: bool,
    pub(crate) format: Format,
    pub(crate) operands: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            count: None,
            timeout: 0,
            interval: 1,
            interface: None,
            source: None,
            quit_on_reply: false,
            quiet: false,
            broadcast_only: false,
            duplicates: false,
            unsolicited: false,
            replies: false,
            format: Format::Text,
            operands: Vec::new(),
        }
    }
}

/// The syntax of the command line.
pub(crate) static COMMAND_LINE: CommandLine<Options> = CommandLine {
    flags: &[FLAGS],
    operand: |options, operand| {
        options.operands.push(operand.value);
        Ok(())
    },
    refuse: |error| match error {
        // iputils has no long options.
        UsageError::Unknown { spelled, .. } if spelled.starts_with("--") => {
            Exit::misused(2, "arping: invalid option -- '-'")
        }
        _ => Exit::misused(2, format!("arping: {error}")),
    },
    syntax: Syntax::GETOPT_LONG,
};

/// In the order of the help text.
static FLAGS: &[Flag] = &[
    Flag::switch('f', "quit on first reply", |options| {
        options.quit_on_reply = true;
    }),
    Flag::switch('q', "be quiet", |options| options.quiet = true),
    Flag::switch('b', "keep on broadcasting, do not unicast", |options| {
        options.broadcast_only = true;
    }),
    Flag::switch('D', "duplicate address detection mode", |options| {
        options.duplicates = true;
        options.quit_on_reply = true;
    }),
    Flag::switch(
        'U',
        "unsolicited ARP mode, update your neighbours",
        |options| {
            options.unsolicited = true;
        },
    ),
    Flag::switch('A', "ARP answer mode, update your neighbours", |options| {
        options.replies = true;
        options.unsolicited = true;
    }),
    Flag::ending('V', "print version and exit", || {
        Exit::done(concat!(
            "arping from nethost ",
            env!("CARGO_PKG_VERSION"),
            "\n"
        ))
    }),
    Flag::value(
        'c',
        "<count>",
        "how many packets to send",
        |options, given| {
            options.count = Some(number(given, 1)?);
            Ok(())
        },
    ),
    Flag::value(
        'w',
        "<timeout>",
        "how long to wait for a reply",
        |options, given| {
            options.timeout = number(given, 0)?;
            Ok(())
        },
    ),
    Flag::value(
        'i',
        "<interval>",
        "set interval between packets (default: 1 second)",
        |options, given| {
            options.interval = number(given, 0)?;
            Ok(())
        },
    ),
    Flag::value(
        'I',
        "<device>",
        "which ethernet device to use",
        |options, given| {
            let named = !given.value.is_empty();
            options.interface = named.then(|| given.value.to_owned());
            Ok(())
        },
    ),
    Flag::value('s', "<source>", "source ip address", |options, given| {
        options.source = Some(given.value.to_owned());
        Ok(())
    }),
    Flag::long_switch("json", "one JSON object a line", |options| {
        options.format = Format::Json;
    }),
    Flag::ending('h', "print help and exit", || Exit::misused(2, "")),
    Flag::ending('?', "print help and exit", || Exit::misused(2, "")),
];

fn number(given: &Given<'_>, least: i64) -> Result<u32, Exit> {
    let number = integer(given.value, least..=i64::from(i32::MAX)).map_err(|why| failed(1, why))?;
    u32::try_from(number).map_err(|_| failed(1, "invalid argument"))
}

/// The usage, which iputils prints on standard error for -h, too.
pub(crate) fn usage() -> String {
    "\nUsage:\n  arping [options] <destination>\n\nOptions:\n\
     \x20 -f            quit on first reply\n\
     \x20 -q            be quiet\n\
     \x20 -b            keep on broadcasting, do not unicast\n\
     \x20 -D            duplicate address detection mode\n\
     \x20 -U            unsolicited ARP mode, update your neighbours\n\
     \x20 -A            ARP answer mode, update your neighbours\n\
     \x20 -V            print version and exit\n\
     \x20 -c <count>    how many packets to send\n\
     \x20 -w <timeout>  how long to wait for a reply\n\
     \x20 -i <interval> set interval between packets (default: 1 second)\n\
     \x20 -I <device>   which ethernet device to use\n\
     \x20 -s <source>   source ip address\n\
     \x20 <destination> dns name or ip address\n\nFor more details see arping(8).\n"
        .into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Options, Exit> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let mut options = Options::default();
        COMMAND_LINE.parse(&args, &mut options)?;
        Ok(options)
    }

    #[test]
    fn options_mean_what_iputils_means() {
        let options = read("-DAqc3 -w5 -I eth0 10.0.0.1 -i 2").unwrap();
        assert!(options.duplicates && options.quit_on_reply && options.replies);
        assert!(options.unsolicited && options.quiet);
        assert_eq!(
            (options.count, options.timeout, options.interval),
            (Some(3), 5, 2)
        );
        assert_eq!(options.operands, ["10.0.0.1"]);
    }

    /// Seen from iputils 20221126.
    #[test]
    fn refusals_are_those_of_iputils() {
        for (line, code, words) in [
            (
                "-c 0",
                1,
                "arping: invalid argument: '0': out of range: 1 <= value <= 2147483647",
            ),
            ("-c x", 1, "arping: invalid argument: 'x'"),
            (
                "-w -1",
                1,
                "arping: invalid argument: '-1': out of range: 0 <= value <= 2147483647",
            ),
            ("-Q", 2, "arping: invalid option -- 'Q'"),
            ("-c", 2, "arping: option requires an argument -- 'c'"),
            ("-h", 2, ""),
        ] {
            let exit = read(line).unwrap_err();
            assert_eq!((exit.code, exit.stderr.as_str()), (code, words), "{line}");
            assert_eq!(exit.usage, code == 2, "{line}");
        }
    }
}
