//! What traceroute's command line means: validated, in the order and words of traceroute 2.1.

use std::net::IpAddr;

use nethost_sdk::Family;

use crate::command_line::{self, Given, Operand};
use crate::engine::Wait;
use crate::flags::{self, Key};

const SECOND: f64 = 1e9;
const MAX_PACKET: i64 = 65_000;

/// How probes travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Udp,
    Icmp,
    /// Raw SYN packets where they are allowed, connection attempts otherwise.
    Tcp,
    TcpConnect,
}

/// What the operator wants.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Command {
    Trace(Box<Options>),
    Help,
    Version,
}

/// A trace as asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Options {
    pub(crate) host: Operand,
    /// How often the host stands among the operands, from 1: traceroute tells it.
    pub(crate) family: Option<Family>,
    pub(crate) method: Method,
    pub(crate) port: u16,
    pub(crate) first_hop: u8,
    pub(crate) max_hops: u8,
    pub(crate) queries: usize,
    pub(crate) simultaneous: usize,
    pub(crate) wait: Wait,
    /// Nanoseconds.
    pub(crate) send_interval: u64,
    /// Bytes of a whole packet.
    pub(crate) packet_length: Option<usize>,
    pub(crate) source: Option<IpAddr>,
    pub(crate) source_port: u16,
    pub(crate) interface: Option<String>,
    pub(crate) traffic_class: Option<u8>,
    pub(crate) mark: Option<u32>,
    pub(crate) dont_fragment: bool,
    pub(crate) dont_route: bool,
    pub(crate) discover_mtu: bool,
    pub(crate) numeric: bool,
    pub(crate) extensions: bool,
    pub(crate) tcp_flags: bool,
    pub(crate) back: bool,
    pub(crate) json: bool,
}

/// A line for standard error; the exit code is 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Misused(pub(crate) String);

impl Options {
    /// Port or first sequence number when none is asked for.
    fn default_port(method: Method, service: bool) -> u16 {
        match (method, service) {
            (Method::Udp, false) => 33_434,
            (Method::Udp, true) => 53,
            (Method::Icmp, _) => 1,
            (Method::Tcp | Method::TcpConnect, _) => 80,
        }
    }
}

/// Reads a command line.
pub(crate) fn parse(args: &[String]) -> Result<Command, Misused> {
    if args.is_empty() {
        return Ok(Command::Help);
    }
    let parsed = command_line::parse(flags::TABLE, args)
        .map_err(|misuse| Misused(flags::explain(&misuse)))?;
    let mut options = Options {
        host: Operand {
            value: String::new(),
            position: 0,
        },
        family: None,
        method: Method::Udp,
        port: 0,
        first_hop: 1,
        max_hops: 30,
        queries: 3,
        simultaneous: 16,
        wait: Wait {
            max: 5_000_000_000,
            here: 3.0,
            near: 10.0,
        },
        send_interval: 0,
        packet_length: None,
        source: None,
        source_port: 0,
        interface: None,
        traffic_class: None,
        mark: None,
        dont_fragment: false,
        dont_route: false,
        discover_mtu: false,
        numeric: false,
        extensions: false,
        tcp_flags: false,
        back: false,
        json: false,
    };
    let mut first_hop = 1;
    let mut max_hops = 30;
    let mut queries = 3;
    let mut wait = (5.0, 3.0, 10.0);
    let mut send_wait = 0.0;
    let mut service = false;
    let mut module_options: Option<&Given<Key>> = None;
    for given in &parsed.flags {
        match given.key {
            Key::Help => return Ok(Command::Help),
            Key::Version => return Ok(Command::Version),
            Key::V4 => options.family = Some(Family::V4),
            Key::V6 => options.family = Some(Family::V6),
            Key::DontFragment => options.dont_fragment = true,
            Key::FirstHop => first_hop = number(given)?,
            Key::MaxHops => max_hops = number(given)?,
            Key::Queries => queries = number(given)?,
            Key::Simultaneous => {
                options.simultaneous = usize::try_from(number(given)?).unwrap_or(usize::MAX)
            }
            Key::Icmp => options.method = Method::Icmp,
            Key::Tcp => options.method = Method::Tcp,
            Key::Udp => (options.method, service) = (Method::Udp, true),
            Key::Module => (options.method, service) = module(&given.value)?,
            Key::ModuleOptions => module_options = Some(given),
            Key::Interface => options.interface = Some(given.value.clone()),
            Key::Numeric => options.numeric = true,
            Key::Port => options.port = within(given)?,
            Key::SourcePort => options.source_port = within(given)?,
            Key::Tos => options.traffic_class = Some(within(given)?),
            Key::Mark => options.mark = Some(within(given)?),
            Key::Wait => wait = wait_specification(given)?,
            Key::SendWait => send_wait = float(&given.value).ok_or_else(|| cannot_handle(given))?,
            Key::DontRoute => options.dont_route = true,
            Key::Source => {
                options.source = Some(given.value.parse().map_err(|_| cannot_handle(given))?)
            }
            Key::Extensions => options.extensions = true,
            Key::Mtu => options.discover_mtu = true,
            Key::Back => options.back = true,
            Key::Json => options.json = true,
            Key::Debug
            | Key::Gateway
            | Key::FlowLabel
            | Key::AsPath
            | Key::UdpLite
            | Key::Dccp
            | Key::Protocol => {
                return Err(unsupported(given));
            }
        }
    }
    let mut operands = parsed.operands.into_iter();
    let Some(host) = operands.next() else {
        return Err(Misused("Specify \"host\" missing argument.".into()));
    };
    options.host = host;
    let mut length = None;
    if let Some(operand) = operands.next() {
        let Some(value) = integer(&operand.value) else {
            let Operand { value, position } = operand;
            return Err(Misused(format!(
                "Cannot handle \"packetlen\" cmdline arg `{value}' on position 2 (argc {position})"
            )));
        };
        length = Some(value);
    }
    if let Some(Operand { value, position }) = operands.next() {
        return Err(Misused(format!(
            "Extra arg `{value}' (position 3, argc {position})"
        )));
    }
    if first_hop < 1 || first_hop > max_hops {
        return Err(Misused("first hop out of range".into()));
    }
    let (Ok(first_hop), Ok(max_hops)) = (u8::try_from(first_hop), u8::try_from(max_hops)) else {
        return Err(Misused("max hops cannot be more than 255".into()));
    };
    if !(1..=10).contains(&queries) {
        return Err(Misused("no more than 10 probes per hop".into()));
    }
    if wait.0 < 0.0 || wait.1 < 0.0 || wait.2 < 0.0 {
        let (max, here, near) = wait;
        return Err(Misused(format!(
            "bad wait specifications `{max},{here},{near}' used"
        )));
    }
    if let Some(length) = length.filter(|&length| length > MAX_PACKET) {
        return Err(Misused(format!("too big packetlen {length} specified")));
    }
    if send_wait < 0.0 {
        return Err(Misused(format!("bad sendtime `{send_wait}' specified")));
    }
    if let Some(given) = module_options {
        let tcp = matches!(options.method, Method::Tcp | Method::TcpConnect);
        if !tcp || given.value != "info" {
            return Err(Misused(format!(
                "-O {} is not supported; only `info' with -T is",
                given.value
            )));
        }
        options.tcp_flags = true;
    }
    options.first_hop = first_hop;
    options.max_hops = max_hops;
    options.queries = usize::try_from(queries).unwrap_or(3);
    options.wait = Wait {
        max: (wait.0 * SECOND) as u64,
        here: wait.1,
        near: wait.2,
    };
    let seconds = if send_wait >= 10.0 {
        send_wait / 1000.0
    } else {
        send_wait
    };
    options.send_interval = (seconds * SECOND) as u64;
    options.packet_length = length.and_then(|length| usize::try_from(length).ok());
    if options.discover_mtu {
        options.dont_fragment = true;
        options.simultaneous = 1;
        options.packet_length = options.packet_length.or(usize::try_from(MAX_PACKET).ok());
    }
    if options.port == 0 {
        options.port = Options::default_port(options.method, service);
    }
    Ok(Command::Trace(Box::new(options)))
}

fn module(name: &str) -> Result<(Method, bool), Misused> {
    match name {
        "default" => Ok((Method::Udp, false)),
        "udp" => Ok((Method::Udp, true)),
        "icmp" => Ok((Method::Icmp, false)),
        "tcp" => Ok((Method::Tcp, false)),
        "tcpconn" => Ok((Method::TcpConnect, false)),
        "udplite" | "dccp" | "raw" => Err(Misused(format!("-M {name} is not supported"))),
        _ => Err(Misused(format!("Unknown traceroute module {name}"))),
    }
}

fn unsupported(given: &Given<Key>) -> Misused {
    let (flag, why) = match given.key {
        Key::Debug => ("-d", "socket debugging is not offered to plugins"),
        Key::Gateway => (
            "-g",
            "source routes are dropped nearly everywhere (RFC 7126, RFC 5095)",
        ),
        Key::FlowLabel => ("-l", "the IPv6 flow label is the kernel's"),
        Key::AsPath => (
            "-A",
            "it needs a whois server, which no capability offers yet",
        ),
        Key::UdpLite => ("-UL", "there are no UDP-Lite sockets here"),
        Key::Dccp => ("-D", "there are no DCCP sockets here"),
        _ => ("-P", "only UDP, ICMP and TCP probes are made"),
    };
    Misused(format!("{flag} is not supported: {why}"))
}

fn cannot_handle(given: &Given<Key>) -> Misused {
    let Given {
        spelled,
        value,
        position,
        ..
    } = given;
    Misused(format!(
        "Cannot handle `{spelled}' option with arg `{value}' (argc {position})"
    ))
}

/// Decimal, octal with a leading 0, hexadecimal with 0x: strtol(3) with base 0.
fn integer(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let (digits, radix) = match (
        digits.strip_prefix("0x").or(digits.strip_prefix("0X")),
        digits,
    ) {
        (Some(digits), _) => (digits, 16),
        (None, octal) if octal.len() > 1 && octal.starts_with('0') => (octal, 8),
        _ => (digits, 10),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    i64::from_str_radix(digits, radix).ok()?.checked_mul(sign)
}

fn number(given: &Given<Key>) -> Result<i64, Misused> {
    integer(&given.value)
        .filter(|&value| value >= 0)
        .ok_or_else(|| cannot_handle(given))
}

fn within<T: TryFrom<i64>>(given: &Given<Key>) -> Result<T, Misused> {
    T::try_from(number(given)?).map_err(|_| cannot_handle(given))
}

fn float(text: &str) -> Option<f64> {
    text.parse()
        .ok()
        .filter(|value: &f64| value.is_finite() && value.abs() < 1e9)
}

/// `MAX,HERE,NEAR`, or MAX alone, which turns the other two off.
fn wait_specification(given: &Given<Key>) -> Result<(f64, f64, f64), Misused> {
    let mut parts = given
        .value
        .split(',')
        .map(|part| float(part).ok_or_else(|| cannot_handle(given)));
    let mut next = || parts.next().unwrap_or(Ok(0.0));
    let wait = (next()?, next()?, next()?);
    match parts.next() {
        None => Ok(wait),
        Some(_) => Err(cannot_handle(given)),
    }
}

#[cfg(test)]
#[path = "options_tests.rs"]
mod tests;
