//! The options, in the letters of the native tool.

use nethost_sdk::Exit;
use nethost_sdk::args::{self, CommandLine, Effect, Given, Syntax, integer};
use nethost_sdk::text::printable;

use crate::options::{FAILED, Options};
use crate::print::Payload;

mod capture;

type Flag = args::Flag<Effect<Options>>;

/// What the version says.
const VERSION: &str = concat!("tcpdump from nethost ", env!("CARGO_PKG_VERSION"));

pub(crate) static COMMAND_LINE: CommandLine<Options> = CommandLine {
    flags: &[FLAGS, capture::FLAGS],
    operand: |options, operand| {
        options.expression.push(operand.value);
        Ok(())
    },
    refuse: |error| Exit::misused(FAILED, format!("tcpdump: {error}")),
    syntax: Syntax::GETOPT_LONG,
};

static FLAGS: &[Flag] = &[
    Flag::switch('A', "print each packet in ASCII", |o| {
        o.set.ascii = o.set.ascii.saturating_add(1)
    }),
    Flag::switch('a', "(obsolete)", |_| {}),
    Flag::switch('b', "AS numbers with a point", |o| o.set.as_dot = true),
    Flag::value(
        'c',
        "<count>",
        "exit after that many packets",
        |o, given| {
            o.count = Some(number(given, "packet count", 1)?);
            Ok(())
        },
    ),
    Flag::long_switch("count", "print only the number of packets", |o| {
        o.only_count = true
    }),
    Flag::switch('e', "print the header of the link", |o| o.set.link = true),
    Flag::value(
        'F',
        "<file>",
        "read the expression from a file",
        |o, given| {
            o.expression_file = Some(given.value.to_owned());
            Ok(())
        },
    ),
    Flag::switch('f', "foreign addresses by number", |o| {
        o.set.foreign_numeric = true
    }),
    Flag::switch('g', "no line break behind the header of IP", |o| {
        o.set.one_line = true
    })
    .long("ip-oneline"),
    Flag::switch('H', "detect the draft of 802.11s mesh networks", |o| {
        o.set.mesh = true
    }),
    Flag::switch('K', "do not verify checksums", |o| {
        o.set.trust_checksums = true
    })
    .long("dont-verify-checksums"),
    Flag::switch('l', "line buffered", |o| o.line_buffered = true),
    Flag::switch('N', "no domain behind names", |o| o.set.short_names = true),
    Flag::switch('n', "no names", |o| {
        o.set.numeric = o.set.numeric.saturating_add(1)
    }),
    Flag::switch('q', "less about the protocol", |o| {
        o.set.quiet = o.set.quiet.saturating_add(1)
    }),
    Flag::value('r', "<file>", "read packets from a file", |o, given| {
        o.read = Some(given.value.to_owned());
        Ok(())
    }),
    Flag::switch('S', "absolute TCP sequence numbers", |o| {
        o.set.absolute = true
    })
    .long("absolute-tcp-sequence-numbers"),
    Flag::long_value(
        "skip",
        "<count>",
        "pass over that many packets",
        |o, given| {
            o.skip = number(given, "packet skip count", 0)?;
            Ok(())
        },
    ),
    Flag::value(
        'T',
        "<type>",
        "what packets carry, whatever their port",
        |o, given| {
            match Payload::named(given.value) {
                Some(payload) => o.set.payload = Some(payload),
                None => return fail(format!("unknown packet type `{}'", printable(given.value))),
            }
            Ok(())
        },
    ),
    Flag::switch('t', "another form of times", |o| {
        o.times = o.times.saturating_add(1)
    }),
    Flag::switch('u', "undecoded NFS handles", |o| o.set.raw_handles = true),
    Flag::value('V', "<file>", "read the files of a list", |o, given| {
        o.read_list = Some(given.value.to_owned());
        Ok(())
    }),
    Flag::switch('v', "more about packets", |o| {
        o.set.verbose = o.set.verbose.saturating_add(1)
    }),
    Flag::switch('X', "print octets and characters", |o| {
        o.set.hex_ascii = o.set.hex_ascii.saturating_add(1)
    }),
    Flag::switch('x', "print octets", |o| {
        o.set.hex = o.set.hex.saturating_add(1)
    }),
    Flag::switch('#', "number packets", |o| o.set.number = true).long("number"),
    Flag::long_switch("lengths", "print captured and original lengths", |o| {
        o.set.lengths = true
    }),
    Flag::long_value(
        "print-sampling",
        "<nth>",
        "print only each nth packet",
        |o, given| {
            o.set.sampling = number(given, "print sampling", 1)?;
            Ok(())
        },
    ),
    Flag::long_switch("micro", "times in microseconds", |o| o.set.nano = false),
    Flag::long_switch("nano", "times in nanoseconds", |o| o.set.nano = true),
    Flag::long_value(
        "time-stamp-precision",
        "<precision>",
        "micro or nano",
        |o, given| {
            match given.value {
                "micro" => o.set.nano = false,
                "nano" => o.set.nano = true,
                _ => {
                    return fail("unsupported time stamp precision");
                }
            }
            Ok(())
        },
    ),
    Flag::value(
        'Z',
        "<user>",
        "no effect: there are no privileges to give up",
        |_, _| Ok(()),
    )
    .long("relinquish-privileges"),
    Flag::value('z', "<command>", "(refused)", |_, _| {
        fail("-z is refused: a plugin runs no programs")
    }),
    Flag::value('E', "<secret>", "(refused)", |_, _| {
        fail("-E is not built: nothing is decrypted")
    }),
    Flag::value('M', "<secret>", "(refused)", |_, _| {
        fail("-M is not built: no signature is checked")
    }),
    Flag::ending('h', "print this help", || {
        Exit::done(format!("{VERSION}\n{}", usage()))
    })
    .long("help"),
    Flag::long_ending("version", "print the version", || {
        Exit::done(format!("{VERSION}\n"))
    }),
];

fn fail<T>(why: impl std::fmt::Display) -> Result<T, Exit> {
    Err(Exit::failed(FAILED, format!("tcpdump: {why}")))
}

fn number<T: TryFrom<i64>>(given: &Given<'_>, what: &str, least: i64) -> Result<T, Exit> {
    let read = integer(given.value, least..=i64::from(i32::MAX));
    match read.ok().and_then(|read| T::try_from(read).ok()) {
        Some(number) => Ok(number),
        None => fail(format!("invalid {what} {}", printable(given.value))),
    }
}

/// What a mistake prints.
pub(crate) fn usage() -> String {
    let lines = [
        "Usage: tcpdump [-AbdDefghHIJKlLnNOpqStuUvxX#] [ -B size ] [ -c count ] [--count]",
        "\t\t[ -C file_size ] [ -E algo:secret ] [ -F file ] [ -G seconds ]",
        "\t\t[ -i interface ] [ --immediate-mode ] [ -j tstamptype ]",
        "\t\t[ --lengths ] [ -M secret ] [ --number ] [ --pcapng ] [ --print ]",
        "\t\t[ --print-sampling nth ] [ -Q in|out|inout ] [ -r file ]",
        "\t\t[ -s snaplen ] [ --skip count ] [ -T type ] [ --version ]",
        "\t\t[ -V file ] [ -w file ] [ -W filecount ] [ -y datalinktype ]",
        "\t\t[ --time-stamp-precision precision ] [ --micro ] [ --nano ]",
        "\t\t[ -z postrotate-command ] [ -Z user ] [ expression ]",
    ];
    lines.join("\n") + "\n"
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::print::Time;

    fn read(line: &str) -> Result<Options, Exit> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let mut options = Options::default();
        COMMAND_LINE.parse(&args, &mut options)?;
        Ok(options)
    }

    #[test]
    fn options_mean_what_they_mean_to_the_native_tool() {
        let options = read("-nnvvvtttt -c 3 -r file --nano port 53 -e").unwrap();
        assert_eq!(options.settings().time, Time::Date);
        assert_eq!(
            (options.set.numeric, options.set.verbose, options.count),
            (2, 3, Some(3))
        );
        assert!(options.set.nano && options.set.link);
        assert_eq!(options.expression, ["port", "53"]);
    }

    #[test]
    fn refusals() {
        for (line, words) in [
            ("-c 0", "tcpdump: invalid packet count 0"),
            ("-T nothing", "tcpdump: unknown packet type `nothing'"),
            ("-k", "tcpdump: invalid option -- 'k'"),
            (
                "-z gzip",
                "tcpdump: -z is refused: a plugin runs no programs",
            ),
        ] {
            let exit = read(line).unwrap_err();
            assert_eq!((exit.code, exit.stderr.as_str()), (1, words), "{line}");
        }
    }
}
