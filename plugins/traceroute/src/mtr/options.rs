//! mtr's command line: the table, the help, and what it means.

use std::net::IpAddr;

use nethost_sdk::Family;

use crate::command_line::{self, Flag, Given, Misuse};

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
    Csv,
}

/// An observation as asked for. Durations in nanoseconds.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) host: String,
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

/// What the operator wants.
#[derive(Debug)]
pub(super) enum Command {
    Run(Box<Options>),
    Help,
    Version,
}

const fn flag(
    key: char,
    short: bool,
    long: &'static str,
    value: Option<&'static str>,
    help: &'static str,
) -> Flag<char> {
    let short = if short { Some(key) } else { None };
    Flag {
        key,
        short,
        long: Some(long),
        value,
        help,
    }
}

const N: Option<&str> = Some("NUMBER");

const TABLE: &[Flag<char>] = &[
    Flag {
        key: '4',
        short: Some('4'),
        long: None,
        value: None,
        help: "use IPv4 only",
    },
    Flag {
        key: '6',
        short: Some('6'),
        long: None,
        value: None,
        help: "use IPv6 only",
    },
    flag('u', true, "udp", None, "use UDP instead of ICMP echo"),
    flag('T', true, "tcp", None, "use TCP instead of ICMP echo"),
    flag(
        'I',
        true,
        "interface",
        Some("NAME"),
        "use named network interface",
    ),
    flag(
        'a',
        true,
        "address",
        Some("ADDRESS"),
        "bind the outgoing socket to ADDRESS",
    ),
    flag('f', true, "first-ttl", N, "set what TTL to start"),
    flag('m', true, "max-ttl", N, "maximum number of hops"),
    flag('U', true, "max-unknown", N, "maximum unknown host"),
    flag(
        'P',
        true,
        "port",
        Some("PORT"),
        "target port number for TCP (80) or UDP (33434)",
    ),
    flag(
        's',
        true,
        "psize",
        Some("BYTES"),
        "set the packet size used for probing",
    ),
    flag(
        'i',
        true,
        "interval",
        Some("SECONDS"),
        "time of one round over the path",
    ),
    flag(
        'G',
        true,
        "gracetime",
        Some("SECONDS"),
        "longest wait for responses at the end; usually much less",
    ),
    flag('Q', true, "tos", N, "type of service field in IP header"),
    flag(
        'e',
        true,
        "mpls",
        None,
        "display information from ICMP extensions",
    ),
    flag(
        'Z',
        true,
        "timeout",
        Some("SECONDS"),
        "when a probe counts as lost",
    ),
    flag('M', true, "mark", Some("MARK"), "mark each sent packet"),
    flag(
        'r',
        true,
        "report",
        None,
        "output using report mode; the default when not on a terminal",
    ),
    flag('w', true, "report-wide", None, "output wide report"),
    flag(
        'c',
        true,
        "report-cycles",
        Some("COUNT"),
        "set the number of rounds (10 in reports)",
    ),
    flag('j', true, "json", None, "output json"),
    flag('C', true, "csv", None, "output comma separated values"),
    flag('t', true, "curses", None, "use the whole terminal"),
    flag('n', true, "no-dns", None, "do not resolve host names"),
    flag(
        'b',
        true,
        "show-ips",
        None,
        "show IP numbers and host names",
    ),
    flag(
        'E',
        false,
        "paths",
        N,
        "probe with this many flows, and tell the paths that they take apart",
    ),
    flag('F', true, "filename", Some("FILE"), "not supported"),
    flag('L', true, "localport", Some("PORT"), "not supported"),
    flag('B', true, "bitpattern", N, "not supported"),
    flag('x', true, "xml", None, "not supported"),
    flag('l', true, "raw", None, "not supported"),
    flag('p', true, "split", None, "not supported"),
    flag('D', false, "displaymode", Some("MODE"), "not supported"),
    flag('o', true, "order", Some("FIELDS"), "not supported"),
    flag('y', true, "ipinfo", N, "not supported"),
    flag('z', true, "aslookup", None, "not supported"),
    flag('h', true, "help", None, "display this help and exit"),
    flag(
        'v',
        true,
        "version",
        None,
        "output version information and exit",
    ),
];

pub(super) fn help() -> String {
    format!(
        "Usage:\n mtr [options] hostname\n\n{}",
        command_line::help(TABLE)
    )
}

/// Reads a command line. The error is for standard error, after `mtr: `; the exit code is 1.
pub(super) fn parse(args: &[String]) -> Result<Command, String> {
    let parsed = command_line::parse(TABLE, args).map_err(|misuse| explain(&misuse))?;
    let mut options = Options {
        host: String::new(),
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
    };
    for given in &parsed.flags {
        match given.key {
            'h' => return Ok(Command::Help),
            'v' => return Ok(Command::Version),
            '4' => options.family = Some(Family::V4),
            '6' => options.family = Some(Family::V6),
            'u' => options.protocol = Protocol::Udp,
            'T' => options.protocol = Protocol::Tcp,
            'I' => options.interface = Some(given.value.clone()),
            'a' => options.source = Some(value(given)?),
            'f' => options.first_hop = value::<u8>(given)?.max(1),
            'm' => options.max_hops = value::<u8>(given)?.max(1),
            'U' => options.max_unknown = value(given)?,
            'P' => options.port = value(given)?,
            's' => options.packet_length = value(given)?,
            'i' => options.interval = seconds(given, "wait time must be positive")?,
            'G' => options.grace = seconds(given, "wait time must be positive")?,
            'Z' => options.timeout = seconds(given, "timeout must be positive")?,
            'Q' => options.traffic_class = Some(value(given)?),
            'M' => options.mark = Some(value(given)?),
            'e' => options.extensions = true,
            'r' => options.form = Form::Report,
            'w' => (options.form, options.wide) = (Form::Report, true),
            'j' => options.form = Form::Json,
            'C' => options.form = Form::Csv,
            't' => options.form = Form::Screen,
            'c' => options.cycles = Some(value(given)?),
            'n' => options.numeric = true,
            'b' => options.show_addresses = true,
            'E' => options.paths = value::<u16>(given)?.clamp(1, 64),
            _ => return Err(format!("{} is not supported", given.spelled)),
        }
    }
    let mut operands = parsed.operands.into_iter();
    options.host = operands.next().ok_or("no host given; see --help")?.value;
    if let Some(more) = operands.next() {
        return Err(format!(
            "one host at a time, and `{}' is one more",
            more.value
        ));
    }
    if options.first_hop > options.max_hops {
        return Err(format!(
            "firstTTL({}) cannot be larger than maxTTL({})",
            options.first_hop, options.max_hops
        ));
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
    Ok(Command::Run(Box::new(options)))
}

fn explain(misuse: &Misuse) -> String {
    match misuse {
        Misuse::UnknownFlag { spelled, .. } => match spelled.strip_prefix("--") {
            Some(_) => format!("unrecognized option '{spelled}'"),
            None => format!("invalid option -- '{}'", spelled.trim_start_matches('-')),
        },
        Misuse::MissingValue { spelled, .. } => match spelled.strip_prefix("--") {
            Some(_) => format!("option '{spelled}' requires an argument"),
            None => format!(
                "option requires an argument -- '{}'",
                spelled.trim_start_matches('-')
            ),
        },
        Misuse::UnexpectedValue { spelled, .. } => {
            format!("option '{spelled}' doesn't allow an argument")
        }
        Misuse::NotText { position } => format!("argument {position} is not text"),
    }
}

fn value<T: std::str::FromStr>(given: &Given<char>) -> Result<T, String> {
    given
        .value
        .parse()
        .map_err(|_| format!("invalid argument: '{}'", given.value))
}

fn seconds(given: &Given<char>, otherwise: &str) -> Result<u64, String> {
    let seconds: f64 = value(given)?;
    if seconds > 0.0 && seconds < 1e9 {
        Ok((seconds * 1e9) as u64)
    } else {
        Err(otherwise.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Result<Command, String> {
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
            ("--xml h", "--xml is not supported"),
        ] {
            assert_eq!(of(line).err().as_deref(), Some(words), "{line}");
        }
    }

    #[test]
    fn reports_have_ten_rounds() {
        let Ok(Command::Run(options)) = of("-rwnb h") else {
            unreachable!()
        };
        assert_eq!(
            (options.cycles, options.wide, options.numeric),
            (Some(10), true, true)
        );
        let Ok(Command::Run(options)) = of("h") else {
            unreachable!()
        };
        assert_eq!((options.cycles, options.form), (None, Form::Screen));
    }
}
