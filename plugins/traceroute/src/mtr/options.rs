//! mtr's command line: each option with its help and its meaning.

use std::net::IpAddr;

use nethost_sdk::args::{self, CommandLine, Effect, Given, Syntax, wrapped_help};
use nethost_sdk::{Exit, Family};

use super::field;

/// What probes are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Icmp,
    Udp,
    Tcp,
}

/// How results are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Screen,
    Report,
    Json,
    Xml,
    Csv,
}

/// An observation as asked for. Durations in nanoseconds.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) hosts: Vec<String>,
    /// Files with more of them.
    pub(super) files: Vec<String>,
    /// The letters of the fields to show.
    pub(super) order: String,
    pub(super) local_port: u16,
    /// The octet that fills probes; beyond 255 another one in each run.
    pub(super) fill: Option<u32>,
    pub(super) family: Option<Family>,
    pub(super) protocol: Protocol,
    pub(super) port: u16,
    pub(super) form: Form,
    pub(super) wide: bool,
    pub(super) numeric: bool,
    pub(super) show_addresses: bool,
    pub(super) extensions: bool,
    pub(super) first_hop: u8,
    pub(super) max_hops: u8,
    pub(super) max_unknown: usize,
    pub(super) packet_length: u16,
    pub(super) interval: u64,
    pub(super) grace: u64,
    pub(super) timeout: u64,
    pub(super) cycles: Option<u64>,
    pub(super) paths: u16,
    pub(super) interface: Option<String>,
    pub(super) source: Option<IpAddr>,
    pub(super) traffic_class: Option<u8>,
    pub(super) mark: Option<u32>,
}

type Flag = args::Flag<Effect<Options>>;

/// What mtr's command line may say.
static COMMAND_LINE: CommandLine<Options> = CommandLine {
    flags: &[TABLE],
    operand: |options, operand| {
        options.hosts.push(operand.value);
        Ok(())
    },
    refuse: |error| refuse(error.to_string()),
    syntax: Syntax::GETOPT_LONG,
};

/// The order is that of the help text.
static TABLE: &[Flag] = &[
    Flag::switch('4', "use IPv4 only", |options| {
        options.family = Some(Family::V4)
    }),
    Flag::switch('6', "use IPv6 only", |options| {
        options.family = Some(Family::V6)
    }),
    Flag::switch('u', "use UDP instead of ICMP echo", |options| {
        options.protocol = Protocol::Udp
    })
    .long("udp"),
    Flag::switch('T', "use TCP instead of ICMP echo", |options| {
        options.protocol = Protocol::Tcp
    })
    .long("tcp"),
    Flag::value(
        'I',
        "NAME",
        "use named network interface",
        |options, given| {
            options.interface = Some(given.value.to_owned());
            Ok(())
        },
    )
    .long("interface"),
    Flag::value(
        'a',
        "ADDRESS",
        "bind the outgoing socket to ADDRESS",
        |options, given| {
            options.source = Some(value(given)?);
            Ok(())
        },
    )
    .long("address"),
    Flag::value('f', "NUMBER", "set what TTL to start", |options, given| {
        options.first_hop = value::<u8>(given)?.max(1);
        Ok(())
    })
    .long("first-ttl"),
    Flag::value('m', "NUMBER", "maximum number of hops", |options, given| {
        options.max_hops = value::<u8>(given)?.max(1);
        Ok(())
    })
    .long("max-ttl"),
    Flag::value('U', "NUMBER", "maximum unknown host", |options, given| {
        options.max_unknown = value(given)?;
        Ok(())
    })
    .long("max-unknown"),
    Flag::value(
        'P',
        "PORT",
        "target port number for TCP (80) or UDP (33434)",
        |options, given| {
            options.port = value(given)?;
            Ok(())
        },
    )
    .long("port"),
    Flag::value(
        's',
        "BYTES",
        "set the packet size used for probing",
        |options, given| {
            options.packet_length = value(given)?;
            Ok(())
        },
    )
    .long("psize"),
    Flag::value(
        'i',
        "SECONDS",
        "time of one round over the path",
        |options, given| {
            options.interval = seconds(given, "wait time must be positive")?;
            Ok(())
        },
    )
    .long("interval"),
    Flag::value(
        'G',
        "SECONDS",
        "number of seconds to wait for responses",
        |options, given| {
            options.grace = seconds(given, "wait time must be positive")?;
            Ok(())
        },
    )
    .long("gracetime"),
    Flag::value(
        'Q',
        "NUMBER",
        "type of service field in IP header",
        |options, given| {
            options.traffic_class = Some(value(given)?);
            Ok(())
        },
    )
    .long("tos"),
    Flag::switch('e', "display information from ICMP extensions", |options| {
        options.extensions = true
    })
    .long("mpls"),
    Flag::value(
        'Z',
        "SECONDS",
        "when a probe counts as lost",
        |options, given| {
            options.timeout = seconds(given, "timeout must be positive")?;
            Ok(())
        },
    )
    .long("timeout"),
    Flag::value('M', "MARK", "mark each sent packet", |options, given| {
        options.mark = Some(value(given)?);
        Ok(())
    })
    .long("mark"),
    Flag::switch(
        'r',
        "output using report mode; the default when not on a terminal",
        |options| options.form = Form::Report,
    )
    .long("report"),
    Flag::switch('w', "output wide report", |options| {
        (options.form, options.wide) = (Form::Report, true)
    })
    .long("report-wide"),
    Flag::value(
        'c',
        "COUNT",
        "set the number of rounds (10 in reports)",
        |options, given| {
            options.cycles = Some(value(given)?);
            Ok(())
        },
    )
    .long("report-cycles"),
    Flag::switch('j', "output json", |options| options.form = Form::Json).long("json"),
    Flag::switch('C', "output comma separated values", |options| {
        options.form = Form::Csv
    })
    .long("csv"),
    Flag::switch('t', "use the whole terminal", |options| {
        options.form = Form::Screen
    })
    .long("curses"),
    Flag::switch('n', "do not resolve host names", |options| {
        options.numeric = true
    })
    .long("no-dns"),
    Flag::switch('b', "show IP numbers and host names", |options| {
        options.show_addresses = true
    })
    .long("show-ips"),
    Flag::long_value(
        "paths",
        "NUMBER",
        "probe with this many flows, and tell the paths that they take apart",
        |options, given| {
            options.paths = value::<u16>(given)?.clamp(1, 64);
            Ok(())
        },
    ),
    Flag::value(
        'F',
        "FILE",
        "read hostname(s) from a file",
        |options, given| {
            options.files.push(given.value.to_owned());
            Ok(())
        },
    )
    .long("filename"),
    Flag::value(
        'L',
        "LOCALPORT",
        "source port number for UDP",
        |options, given| {
            let port: i64 = value(given)?;
            options.local_port = u16::try_from(port)
                .ok()
                .filter(|port| *port > 0)
                .ok_or_else(|| refuse(format_args!("Illegal port number: {port}")))?;
            Ok(())
        },
    )
    .long("localport"),
    Flag::value(
        'B',
        "NUMBER",
        "set bit pattern to use in payload",
        |options, given| {
            let pattern: i64 = value(given)?;
            options.fill = Some(u32::try_from(pattern).unwrap_or(u32::MAX));
            Ok(())
        },
    )
    .long("bitpattern"),
    Flag::switch('x', "output xml", |options| options.form = Form::Xml).long("xml"),
    Flag::value('o', "FIELDS", "select output fields", |options, given| {
        if given.value.chars().count() > field::MOST {
            return Err(refuse(format_args!("Too many fields: {}", given.value)));
        }
        if let Some(letter) = given
            .value
            .chars()
            .find(|&letter| letter != '_' && field::find(letter).is_none())
        {
            return Err(refuse(format_args!("Unknown field identifier: {letter}")));
        }
        given.value.clone_into(&mut options.order);
        Ok(())
    })
    .long("order"),
    Flag::checked('l', "not supported", unsupported).long("raw"),
    Flag::checked('p', "not supported", unsupported).long("split"),
    Flag::long_value("displaymode", "MODE", "not supported", unsupported),
    Flag::value('y', "NUMBER", "not supported", unsupported).long("ipinfo"),
    Flag::checked('z', "not supported", unsupported).long("aslookup"),
    Flag::ending('h', "display this help and exit", || Exit::done(help())).long("help"),
    Flag::ending('v', "output version information and exit", || {
        Exit::done(concat!("nethost mtr ", env!("CARGO_PKG_VERSION"), "\n"))
    })
    .long("version"),
];

pub(super) fn help() -> String {
    format!("Usage:\n mtr [options] hostname\n\n{}", wrapped_help(TABLE))
}

impl Default for Options {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            files: Vec::new(),
            order: field::USUAL.into(),
            local_port: 0,
            fill: None,
            family: None,
            protocol: Protocol::Icmp,
            port: 0,
            form: Form::Screen,
            wide: false,
            numeric: false,
            show_addresses: false,
            extensions: false,
            first_hop: 1,
            max_hops: 30,
            max_unknown: 5,
            packet_length: 64,
            interval: 1_000_000_000,
            grace: 5_000_000_000,
            timeout: 10_000_000_000,
            cycles: None,
            paths: 1,
            interface: None,
            source: None,
            traffic_class: None,
            mark: None,
        }
    }
}

impl Options {
    /// A report instead of a screen.
    pub(super) fn report(&mut self) {
        self.form = Form::Report;
        self.cycles = self.cycles.or(Some(10));
    }
}

/// Reads a command line.
pub(super) fn parse(args: &[String]) -> Result<Options, Exit> {
    let mut options = Options::default();
    COMMAND_LINE.parse(args, &mut options)?;
    if options.hosts.is_empty() && options.files.is_empty() {
        options.hosts.push("localhost".into());
    }
    if options.first_hop > options.max_hops {
        return Err(refuse(format!(
            "firstTTL({}) cannot be larger than maxTTL({})",
            options.first_hop, options.max_hops
        )));
    }
    if options.form != Form::Screen {
        options.cycles = options.cycles.or(Some(10));
    }
    if options.port == 0 {
        options.port = if options.protocol == Protocol::Tcp {
            80
        } else {
            33_434
        };
    }
    Ok(options)
}

/// A line for standard error, and mtr's exit code.
pub(super) fn refuse(words: impl std::fmt::Display) -> Exit {
    Exit::failed(1, format!("mtr: {words}"))
}

fn unsupported(_: &mut Options, given: &Given<'_>) -> Result<(), Exit> {
    Err(refuse(format_args!("{} is not supported", given.spelled)))
}

fn value<T: std::str::FromStr>(given: &Given<'_>) -> Result<T, Exit> {
    let wrong = |_| refuse(format_args!("invalid argument: '{}'", given.value));
    given.value.parse().map_err(wrong)
}

fn seconds(given: &Given<'_>, otherwise: &str) -> Result<u64, Exit> {
    let seconds: f64 = value(given)?;
    if seconds > 0.0 && seconds < 1e9 {
        Ok((seconds * 1e9) as u64)
    } else {
        Err(refuse(otherwise))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of(line: &str) -> Result<Options, Exit> {
        parse(
            &line
                .split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn misuse_is_told_in_the_words_of_mtr() {
        for (line, words) in [
            ("-Y h", "invalid option -- 'Y'"),
            ("--foo h", "unrecognized option '--foo'"),
            ("-r -c abc h", "invalid argument: 'abc'"),
            ("-i 0 h", "wait time must be positive"),
            ("-f 5 -m 3 h", "firstTTL(5) cannot be larger than maxTTL(3)"),
            ("--raw h", "--raw is not supported"),
            ("-o LZ h", "Unknown field identifier: Z"),
            ("-L 99999 h", "Illegal port number: 99999"),
            (
                "--rep h",
                "option '--rep' is ambiguous; possibilities: '--report' '--report-wide' '--report-cycles'",
            ),
        ] {
            assert_eq!(of(line).unwrap_err(), refuse(words), "{line}");
        }
    }

    #[test]
    fn reports_have_ten_rounds() {
        let Ok(options) = of("-rwnb h") else {
            unreachable!()
        };
        assert_eq!(
            (options.cycles, options.wide, options.numeric),
            (Some(10), true, true)
        );
        let Ok(options) = of("h") else { unreachable!() };
        assert_eq!((options.cycles, options.form), (None, Form::Screen));
    }
}
