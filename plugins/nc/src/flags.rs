//! The command line: the options of the `nc` of Debian (OpenBSD netcat), and the few that are ours.

use std::time::Duration;

use nethost_sdk::Exit;
use nethost_sdk::args::{self, CommandLine, Effect, Given, Syntax, UsageError};

use crate::fatal;
use crate::options::{Line, Proxy};
use crate::traffic_class;

type Flag = args::Flag<Effect<Line>>;

/// What the command line may say.
pub(crate) static COMMAND_LINE: CommandLine<Line> = CommandLine {
    flags: &[FLAGS],
    operand: |line, operand| {
        line.operands.push(operand.value);
        Ok(())
    },
    refuse: |error| {
        let error = match error {
            // The native tool has no long options, and takes the second hyphen for one.
            UsageError::Unknown { spelled, .. } if spelled.starts_with("--") => {
                "invalid option -- '-'".to_owned()
            }
            error => error.to_string(),
        };
        Exit::misused(1, format!("nc: {error}"))
    },
    syntax: Syntax::FULL_NAMES,
};

/// A number within bounds, refused in the words of strtonum(3).
fn number(given: &Given<'_>, what: &str, least: i64, most: i64) -> Result<i64, Exit> {
    let refuse = |why: &str| fatal(format!("{what} {why}: {}", given.value));
    match given.value.parse::<i64>() {
        Ok(value) if value < least => Err(refuse("too small")),
        Ok(value) if value > most => Err(refuse("too large")),
        Ok(value) => Ok(value),
        Err(_) => Err(refuse("invalid")),
    }
}

/// The same for a hop limit, which is not repeated in the message.
fn hops(given: &Given<'_>, what: &str) -> Result<u8, Exit> {
    let refuse = |why: &str| fatal(format!("{what} is {why}"));
    match given.value.parse::<i64>() {
        Ok(value) if value < 0 => Err(refuse("too small")),
        Ok(value) => u8::try_from(value).map_err(|_| refuse("too large")),
        Err(_) => Err(refuse("invalid")),
    }
}

fn seconds(given: &Given<'_>, what: &str, most: i64) -> Result<Duration, Exit> {
    let value = number(given, what, 0, most)?;
    Ok(Duration::from_secs(value.unsigned_abs()))
}

/// An option of the native tool that is not built here.
fn absent(given: &Given<'_>, what: &str) -> Result<(), Exit> {
    Err(fatal(format!(
        "{} ({what}) is not supported",
        given.spelled
    )))
}

/// The order is that of the help.
static FLAGS: &[Flag] = &[
    Flag::switch('4', "use IPv4", |line| line.options.family = Some(4)),
    Flag::switch('6', "use IPv6", |line| line.options.family = Some(6)),
    Flag::switch('b', "allow broadcast", |line| line.options.broadcast = true),
    Flag::switch('C', "send CRLF as line ending", |line| {
        line.options.crlf = true
    }),
    Flag::checked('D', "debug socket option", |_, given| {
        absent(given, "the debug option of sockets")
    }),
    Flag::switch('d', "do not read standard input", |line| {
        line.options.detached = true
    }),
    Flag::checked('F', "pass the socket", |_, given| {
        absent(given, "passing the socket to another process")
    }),
    Flag::ending('h', "this help", || Exit::failed(1, help())),
    Flag::value('I', "length", "TCP receive buffer", |line, given| {
        let bytes = number(given, "TCP receive window", 1, 1 << 30)?;
        line.options.receive_buffer = u32::try_from(bytes).ok();
        Ok(())
    }),
    Flag::value(
        'i',
        "interval",
        "delay between lines, or ports",
        |line, given| {
            line.options.interval = seconds(given, "interval", i64::from(u32::MAX))?;
            Ok(())
        },
    ),
    Flag::switch('k', "accept one connection after another", |line| {
        line.options.keep = true
    }),
    Flag::switch('l', "listen", |line| line.options.listen = true),
    Flag::value('M', "ttl", "outgoing TTL or hop limit", |line, given| {
        line.options.hop_limit = Some(hops(given, "ttl")?);
        Ok(())
    }),
    Flag::value(
        'm',
        "minttl",
        "least incoming TTL or hop limit",
        |line, given| {
            line.options.least_hop_limit = Some(hops(given, "minttl")?);
            Ok(())
        },
    ),
    Flag::switch('N', "end the connection at the end of input", |line| {
        line.options.shutdown = true
    }),
    Flag::switch('n', "no names", |line| line.options.numeric = true),
    Flag::value('O', "length", "TCP send buffer", |line, given| {
        let bytes = number(given, "TCP send window", 1, 1 << 30)?;
        line.options.send_buffer = u32::try_from(bytes).ok();
        Ok(())
    }),
    Flag::value('P', "proxyuser", "user for the proxy", |line, given| {
        line.options.proxy_user = Some(given.value.into());
        Ok(())
    }),
    Flag::value('p', "port", "local port", |line, given| {
        line.port = Some(given.value.into());
        Ok(())
    }),
    Flag::value(
        'q',
        "seconds",
        "quit so long after the end of input",
        |line, given| {
            let value = number(
                given,
                "quit timer",
                i64::from(i32::MIN),
                i64::from(i32::MAX),
            )?;
            line.options.quit = u64::try_from(value).ok().map(Duration::from_secs);
            line.options.shutdown |= value >= 0;
            Ok(())
        },
    ),
    Flag::switch('r', "ports in random order", |line| {
        line.options.random = true
    }),
    Flag::checked('S', "TCP MD5 signatures", |_, given| {
        absent(given, "signatures of RFC 2385")
    }),
    Flag::value('s', "sourceaddr", "local address", |line, given| {
        line.options.source = Some(given.value.into());
        Ok(())
    }),
    Flag::value('T', "keyword", "type of service", |line, given| {
        line.options.traffic_class = Some(traffic_class::parse(given.value)?);
        Ok(())
    }),
    Flag::switch('t', "answer telnet negotiation", |line| {
        line.options.telnet = true
    }),
    Flag::switch('U', "Unix sockets", |line| line.options.unix = true),
    Flag::switch('u', "UDP", |line| line.options.datagrams = true),
    Flag::value('V', "rtable", "routing table", |_, _| {
        Err(fatal("no alternate routing table support available"))
    }),
    Flag::switch('v', "verbose", |line| line.options.verbose = true),
    Flag::value(
        'W',
        "recvlimit",
        "end after so many packets",
        |line, given| {
            let most = number(given, "receive limit", 1, i64::from(i32::MAX))?;
            line.options.receive_limit = u64::try_from(most).ok();
            Ok(())
        },
    ),
    Flag::value(
        'w',
        "timeout",
        "timeout for connects and reads",
        |line, given| {
            line.options.timeout = Some(seconds(given, "timeout", i64::from(i32::MAX) / 1000)?);
            Ok(())
        },
    ),
    Flag::value('X', "proto", "kind of proxy", |line, given| {
        line.options.proxy_kind = match given.value.to_ascii_lowercase().as_str() {
            "connect" => Proxy::Http,
            "4" => Proxy::Socks4,
            "4a" => Proxy::Socks4a,
            "5" => Proxy::Socks5,
            _ => return Err(fatal("unsupported proxy protocol")),
        };
        Ok(())
    }),
    Flag::value('x', "addr[:port]", "proxy", |line, given| {
        line.options.proxy = Some(given.value.into());
        Ok(())
    }),
    Flag::checked('Z', "DCCP", |_, given| absent(given, "DCCP")),
    Flag::switch('z', "scan only", |line| line.options.scan = true),
    Flag::long_switch("tls", "encrypt the connection with TLS", |line| {
        line.options.tls = true
    }),
    Flag::long_switch("insecure", "accept any certificate", |line| {
        line.options.insecure = true
    }),
    Flag::long_switch("json", "facts as JSON", |line| line.options.json = true),
];

/// The text of the native tool, on standard error.
pub(crate) fn usage() -> String {
    "usage: nc [-46CDdFhklNnrStUuvZz] [-I length] [-i interval] [-M ttl]
\t  [-m minttl] [-O length] [-P proxy_username] [-p source_port]
\t  [-q seconds] [-s sourceaddr] [-T keyword] [-V rtable] [-W recvlimit]
\t  [-w timeout] [-X proxy_protocol] [-x proxy_address[:port]]
\t  [destination] [port]"
        .into()
}

fn help() -> String {
    let mut text = format!(
        "nc from nethost {} (options of OpenBSD netcat)\n{}\n\tCommand Summary:\n",
        env!("CARGO_PKG_VERSION"),
        usage()
    );
    for flag in FLAGS {
        let name = match (flag.short, flag.long) {
            (Some(short), _) => format!("-{short}"),
            (_, long) => format!("--{}", long.unwrap_or_default()),
        };
        let spelled = match flag.value.name() {
            Some(value) => format!("{name} {value}"),
            None => name,
        };
        let tabs = if spelled.len() < 8 { "\t\t" } else { "\t" };
        text += &format!("\t\t{spelled}{tabs}{}\n", flag.help);
    }
    text + "\tPort numbers can be individual or ranges: lo-hi [inclusive]"
}
