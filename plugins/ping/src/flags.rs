//! The command line: iputils' options, and the few that are ours; each with its meaning, in iputils' words
//! for what is refused.

use std::time::Duration;

use nethost_sdk::args::{
    self, CommandLine, Effect, Given, Syntax, UsageError, help, integer, seconds,
};
use nethost_sdk::output::Format;
use nethost_sdk::socket::PathMtuDiscovery;
use nethost_sdk::text::printable;
use nethost_sdk::{Exit, Family};

use crate::options::{Options, pattern, traffic_class};

type Flag = args::Flag<Effect<Options>>;

/// Nothing that iputils waits for may take longer, in seconds.
const LONGEST: f64 = 2_147_483.0;

/// A refusal; iputils' exit code is 1 for a number that is none or out of range, and 2 for the rest.
pub(crate) fn refuse(code: u8, message: impl AsRef<str>) -> Exit {
    Exit::failed(code, format!("ping: {}", message.as_ref()))
}

/// What ping's command line may say.
pub(crate) static COMMAND_LINE: CommandLine<Options> = CommandLine {
    flags: &[FLAGS],
    operand: |options, operand| {
        options.targets.push(operand.value);
        Ok(())
    },
    refuse: |error| match error {
        UsageError::CurlyQuote { .. } => refuse(2, error.to_string()),
        _ => Exit::misused(2, format!("ping: {error}")),
    },
    syntax: Syntax::GETOPT_LONG,
};

/// The order is that of the help text.
static FLAGS: &[Flag] = &[
    Flag::switch('a', "use audible ping", |options| options.audible = true),
    Flag::switch('A', "use adaptive ping", |options| options.adaptive = true),
    Flag::switch('B', "sticky source address", |options| {
        options.sticky = true;
    }),
    Flag::value(
        'c',
        "<count>",
        "stop after <count> replies",
        |options, given| {
            options.count = Some(number(given, 1, i64::MAX)?.unsigned_abs());
            Ok(())
        },
    ),
    Flag::switch('C', "accepted, without effect", |_| {}),
    Flag::switch('D', "print timestamps", |options| options.timestamps = true),
    Flag::switch('d', "accepted, without effect", |_| {}),
    Flag::value(
        'e',
        "<identifier>",
        "not supported: the kernel or the host chooses it",
        unsupported,
    ),
    Flag::switch('f', "flood ping", |options| options.flood = true),
    Flag::ending('h', "print help and exit", || Exit::done(usage())).long("help"),
    Flag::value(
        'I',
        "<interface>",
        "either interface name or address",
        |options, given| options.set_interface(given.value),
    ),
    Flag::value(
        'i',
        "<interval>",
        "seconds between sending each packet",
        |options, given| {
            options.interval = Some(duration(given, "bad timing interval")?);
            Ok(())
        },
    ),
    Flag::checked(
        'L',
        "not supported: suppress loopback of multicast",
        unsupported,
    ),
    Flag::value(
        'l',
        "<preload>",
        "send <preload> packets while waiting replies",
        |options, given| {
            options.preload = u32::try_from(number(given, 1, 65_536)?).unwrap_or(1);
            Ok(())
        },
    ),
    Flag::value(
        'm',
        "<mark>",
        "tag the packets going out",
        |options, given| {
            options.mark = u32::try_from(number(given, 0, u32::MAX.into())?).ok();
            Ok(())
        },
    ),
    Flag::value(
        'M',
        "<pmtud opt>",
        "define mtu discovery, one of <do|dont|want|probe>",
        |options, given| {
            options.path_mtu_discovery = Some(match given.value {
                "do" => PathMtuDiscovery::Do,
                "dont" => PathMtuDiscovery::Dont,
                "want" => PathMtuDiscovery::Want,
                "probe" => PathMtuDiscovery::Probe,
                other => {
                    let shown = printable(other);
                    return Err(refuse(2, format!("invalid -M argument: {shown}")));
                }
            });
            Ok(())
        },
    ),
    Flag::switch('n', "no dns name resolution", |options| {
        options.numeric = true;
    }),
    Flag::switch('O', "report outstanding replies", |options| {
        options.outstanding = true;
    }),
    Flag::value(
        'p',
        "<pattern>",
        "contents of padding byte",
        |options, given| {
            options.pattern = pattern(given.value)?;
            Ok(())
        },
    ),
    Flag::switch('q', "quiet output", |options| options.quiet = true),
    Flag::value(
        'Q',
        "<tclass>",
        "use quality of service <tclass> bits",
        |options, given| {
            options.traffic_class = Some(traffic_class(given.value)?);
            Ok(())
        },
    ),
    Flag::switch(
        'r',
        "only hosts on a directly attached network",
        |options| {
            options.dont_route = true;
        },
    ),
    Flag::value(
        's',
        "<size>",
        "use <size> as number of data bytes to be sent",
        |options, given| {
            let size = number(given, 0, i32::MAX.into())?;
            if size > 65_527 {
                let what = format!("packet size {size} is too large. Maximum is 65527");
                return Err(refuse(2, what));
            }
            options.size = usize::try_from(size).unwrap_or_default();
            Ok(())
        },
    ),
    Flag::value(
        'S',
        "<size>",
        "use <size> as socket buffer size",
        |options, given| {
            options.buffer_size = u32::try_from(number(given, 1, i32::MAX.into())?).ok();
            Ok(())
        },
    ),
    Flag::value('t', "<ttl>", "define time to live", |options, given| {
        let ttl = number(given, 0, 255)?;
        if ttl == 0 {
            let why = "cannot set unicast time-to-live: Invalid argument";
            return Err(refuse(2, why));
        }
        options.hop_limit = u8::try_from(ttl).ok();
        Ok(())
    }),
    Flag::switch('U', "accepted: round trips are always the kernel's", |_| {}),
    Flag::switch('v', "verbose output", |options| options.verbose = true),
    Flag::ending('V', "print version and exit", || {
        Exit::done(concat!(
            "ping from nethost ",
            env!("CARGO_PKG_VERSION"),
            "\n"
        ))
    }),
    Flag::value(
        'w',
        "<deadline>",
        "reply wait <deadline> in seconds",
        |options, given| {
            let seconds = number(given, 0, i32::MAX.into())?.unsigned_abs();
            options.deadline = (seconds != 0).then_some(Duration::from_secs(seconds));
            Ok(())
        },
    ),
    Flag::value(
        'W',
        "<timeout>",
        "time to wait for response",
        |options, given| {
            options.linger = Some(duration(given, "bad linger time")?);
            Ok(())
        },
    ),
    Flag::checked('4', "use IPv4", |options, _| options.set_family(Family::V4)),
    Flag::checked('6', "use IPv6", |options, _| options.set_family(Family::V6)),
    Flag::switch('b', "allow pinging broadcast and multicast", |options| {
        options.broadcast = true;
    }),
    Flag::checked('R', "not supported: record route", unsupported),
    Flag::value(
        'T',
        "<timestamp>",
        "not supported: IP timestamps",
        unsupported,
    ),
    Flag::value('F', "<flowlabel>", "not supported: flow label", unsupported),
    Flag::value(
        'N',
        "<nodeinfo>",
        "not supported: node information query",
        unsupported,
    ),
    Flag::long_switch("json", "JSON lines instead of text", |options| {
        options.format = Format::Json;
    }),
    Flag::long_switch("plot", "plot round trips on the whole window", |options| {
        options.plot = true;
    }),
    Flag::long_value(
        "targets",
        "<file>",
        "read more targets from <file>, one a line",
        |options, given| {
            options.files.push(given.value.to_owned());
            Ok(())
        },
    ),
];

/// What `-h` prints.
pub(crate) fn usage() -> String {
    format!(
        "\nUsage\n  ping [options] <destination>...\n\nOptions:\n  \
         <destination>          dns name or ip address\n{}\n\
         With several destinations, networks (192.0.2.0/24), ranges (192.0.2.1-20) or --targets, ping\n\
         tells which are alive, or with -c the loss and times of each. A list of destinations is never a\n\
         source route. -i is then the time between two packets to the same target.\n",
        help(FLAGS)
    )
}

fn unsupported(_: &mut Options, given: &Given<'_>) -> Result<(), Exit> {
    Err(refuse(2, format!("{} is not supported", given.spelled)))
}

fn number(given: &Given<'_>, least: i64, most: i64) -> Result<i64, Exit> {
    integer(given.value, least..=most).map_err(|why| refuse(1, why))
}

fn duration(given: &Given<'_>, name: &str) -> Result<Duration, Exit> {
    let number = seconds(given.value, name).map_err(|why| refuse(2, why))?;
    if (0.0..=LONGEST).contains(&number) {
        Ok(Duration::from_secs_f64(number))
    } else {
        let shown = printable(given.value);
        Err(refuse(2, format!("{name}: {shown}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_have_one_meaning_and_one_line() {
        for (place, flag) in FLAGS.iter().enumerate() {
            assert!(
                FLAGS
                    .iter()
                    .skip(place + 1)
                    .all(|other| other.short.is_none() || other.short != flag.short)
            );
            assert!(!flag.help.is_empty() && !flag.help.contains('\n'));
        }
        assert!(usage().lines().all(|line| line.len() <= 100));
        assert!(usage().contains("  -c <count>             stop after <count> replies\n"));
        assert!(usage().contains("  --targets <file>       read more targets"));
    }
}
