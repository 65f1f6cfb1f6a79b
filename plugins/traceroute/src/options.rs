//! What traceroute's command line means: validated, in the order and words of traceroute 2.1.

use std::net::IpAddr;

use nethost_sdk::args::{Given, Operand};
use nethost_sdk::{Exit, Family};

use crate::engine::Wait;
use crate::flags;

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

/// A trace as asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Options {
    pub(crate) host: Operand,
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

/// A command line while it is read; what belongs together is checked together at its end.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) options: Options,
    pub(crate) operands: Vec<Operand>,
    pub(crate) first_hop: i64,
    pub(crate) max_hops: i64,
    pub(crate) queries: i64,
    pub(crate) wait: (f64, f64, f64),
    pub(crate) send_wait: f64,
    /// UDP to a service's port.
    pub(crate) service: bool,
    pub(crate) module_options: Option<String>,
}

impl Default for Line {
    fn default() -> Self {
        let options = Options {
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
        Self {
            options,
            operands: Vec::new(),
            first_hop: 1,
            max_hops: 30,
            queries: 3,
            wait: (5.0, 3.0, 10.0),
            send_wait: 0.0,
            service: false,
            module_options: None,
        }
    }
}

/// Reads a command line.
pub(crate) fn parse(args: &[String]) -> Result<Options, Exit> {
    if args.is_empty() {
        return Err(Exit::done(flags::help()));
    }
    let mut line = Line::default();
    flags::COMMAND_LINE.parse(args, &mut line)?;
    let Line {
        mut options,
        operands,
        first_hop,
        max_hops,
        queries,
        wait,
        send_wait,
        service,
        module_options,
    } = line;
    let mut operands = operands.into_iter();
    let Some(host) = operands.next() else {
        return Err(misused("Specify \"host\" missing argument."));
    };
    options.host = host;
    let mut length = None;
    if let Some(operand) = operands.next() {
        let Some(value) = integer(&operand.value) else {
            let Operand { value, position } = operand;
            return Err(misused(format!(
                "Cannot handle \"packetlen\" cmdline arg `{value}' on position 2 (argc {position})"
            )));
        };
        length = Some(value);
    }
    if let Some(Operand { value, position }) = operands.next() {
        return Err(misused(format!(
            "Extra arg `{value}' (position 3, argc {position})"
        )));
    }
    if first_hop < 1 || first_hop > max_hops {
        return Err(misused("first hop out of range"));
    }
    let (Ok(first_hop), Ok(max_hops)) = (u8::try_from(first_hop), u8::try_from(max_hops)) else {
        return Err(misused("max hops cannot be more than 255"));
    };
    if !(1..=10).contains(&queries) {
        return Err(misused("no more than 10 probes per hop"));
    }
    if wait.0 < 0.0 || wait.1 < 0.0 || wait.2 < 0.0 {
        let (max, here, near) = wait;
        return Err(misused(format!(
            "bad wait specifications `{max},{here},{near}' used"
        )));
    }
    if let Some(length) = length.filter(|&length| length > MAX_PACKET) {
        return Err(misused(format!("too big packetlen {length} specified")));
    }
    if send_wait < 0.0 {
        return Err(misused(format!("bad sendtime `{send_wait}' specified")));
    }
    if let Some(given) = module_options {
        let tcp = matches!(options.method, Method::Tcp | Method::TcpConnect);
        if !tcp || given != "info" {
            return Err(misused(format!(
                "-O {given} is not supported; only `info' with -T is"
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
    Ok(options)
}

/// A line for standard error, and traceroute's exit code for it.
pub(crate) fn misused(words: impl Into<String>) -> Exit {
    Exit::failed(2, words)
}

pub(crate) fn module(name: &str) -> Result<(Method, bool), Exit> {
    match name {
        "default" => Ok((Method::Udp, false)),
        "udp" => Ok((Method::Udp, true)),
        "icmp" => Ok((Method::Icmp, false)),
        "tcp" => Ok((Method::Tcp, false)),
        "tcpconn" => Ok((Method::TcpConnect, false)),
        "udplite" | "dccp" | "raw" => Err(misused(format!("-M {name} is not supported"))),
        _ => Err(misused(format!("Unknown traceroute module {name}"))),
    }
}

pub(crate) fn unsupported(flag: &str, why: &str) -> Exit {
    misused(format!("{flag} is not supported: {why}"))
}

pub(crate) fn cannot_handle(given: &Given<'_>) -> Exit {
    let Given {
        spelled,
        value,
        position,
        ..
    } = given;
    misused(format!(
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

pub(crate) fn number(given: &Given<'_>) -> Result<i64, Exit> {
    integer(given.value)
        .filter(|&value| value >= 0)
        .ok_or_else(|| cannot_handle(given))
}

pub(crate) fn within<T: TryFrom<i64>>(given: &Given<'_>) -> Result<T, Exit> {
    T::try_from(number(given)?).map_err(|_| cannot_handle(given))
}

pub(crate) fn float(text: &str) -> Option<f64> {
    text.parse()
        .ok()
        .filter(|value: &f64| value.is_finite() && value.abs() < 1e9)
}

/// `MAX,HERE,NEAR`, or MAX alone, which turns the other two off.
pub(crate) fn wait_specification(given: &Given<'_>) -> Result<(f64, f64, f64), Exit> {
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
