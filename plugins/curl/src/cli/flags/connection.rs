//! How connections are made, and how long they may take.

use std::time::Duration;

use super::{Flag, NO_LETTER};
use crate::cli::{Problem, number, protocols};
use crate::settings::Family;

/// The options.
pub(super) static FLAGS: &[Flag] = &[
    Flag::text(
        NO_LETTER,
        "abstract-unix-socket",
        "<path>",
        "Connect via abstract Unix domain socket",
        "connection",
        |p, v| {
            p.op().unix_socket = Some(v);
            p.op().abstract_socket = true;
        },
    ),
    Flag::value(
        NO_LETTER,
        "connect-timeout",
        "<fractional seconds>",
        "Maximum time allowed for connection",
        "connection",
        |p, v| {
            p.op().connect_timeout = Some(number::seconds(v)?);
            Ok(())
        },
    ),
    Flag::set(
        NO_LETTER,
        "doh-insecure",
        "",
        "Allow insecure DoH server connections",
        "dns tls",
        |p, on| {
            p.op().doh_insecure = on;
        },
    ),
    Flag::text(
        NO_LETTER,
        "doh-url",
        "<URL>",
        "Resolve host names over DoH",
        "dns",
        |p, v| {
            p.op().doh = (!v.is_empty()).then_some(v);
        },
    ),
    Flag::text(
        NO_LETTER,
        "connect-to",
        "<HOST1:PORT1:HOST2:PORT2>",
        "Connect to host",
        "connection",
        |p, v| {
            p.op().connect_to.push(v);
        },
    ),
    Flag::value(
        NO_LETTER,
        "happy-eyeballs-timeout-ms",
        "<milliseconds>",
        "Time for IPv6 before trying IPv4",
        "connection",
        |p, v| {
            p.op().eyeballs = Some(Duration::from_millis(number::unsigned(v)?));
            Ok(())
        },
    ),
    Flag::text(
        NO_LETTER,
        "interface",
        "<name>",
        "Use network INTERFACE (or address)",
        "connection",
        |p, v| {
            p.op().interface = Some(v);
        },
    ),
    Flag::set(
        '4',
        "ipv4",
        "",
        "Resolve names to IPv4 addresses",
        "connection dns",
        |p, on| {
            p.family(on, Family::V4);
        },
    ),
    Flag::set(
        '6',
        "ipv6",
        "",
        "Resolve names to IPv6 addresses",
        "connection dns",
        |p, on| {
            p.family(on, Family::V6);
        },
    ),
    Flag::value(
        NO_LETTER,
        "limit-rate",
        "<speed>",
        "Limit transfer speed to RATE",
        "connection",
        |p, v| {
            p.op().limit_rate = Some(number::size(p, v)?);
            Ok(())
        },
    ),
    Flag::value(
        NO_LETTER,
        "local-port",
        "<num/range>",
        "Force use of RANGE for local port numbers",
        "connection",
        |p, v| {
            p.op().local_port = Some(number::ports(v)?);
            Ok(())
        },
    ),
    Flag::value(
        NO_LETTER,
        "max-filesize",
        "<bytes>",
        "Maximum file size to download",
        "connection",
        |p, v| {
            p.op().max_filesize = Some(number::size(p, v)?);
            Ok(())
        },
    ),
    Flag::value(
        'm',
        "max-time",
        "<fractional seconds>",
        "Maximum time allowed for transfer",
        "connection",
        |p, v| {
            p.op().max_time = Some(number::seconds(v)?);
            Ok(())
        },
    ),
    Flag::text(
        NO_LETTER,
        "noproxy",
        "<no-proxy-list>",
        "List of hosts which do not use proxy",
        "proxy",
        |p, v| {
            p.op().no_proxy = Some(v);
        },
    ),
    Flag::text(
        NO_LETTER,
        "preproxy",
        "[protocol://]host[:port]",
        "Use this proxy first",
        "proxy",
        |p, v| {
            p.op().pre_proxy = Some(v);
        },
    ),
    Flag::value(
        NO_LETTER,
        "proto",
        "<protocols>",
        "Enable/disable PROTOCOLS",
        "connection curl",
        |p, v| {
            let chosen = protocols::choose(p, v);
            if chosen.is_empty() {
                return Err(Problem::BadUse);
            }
            p.op().protocols = Some(chosen);
            Ok(())
        },
    ),
    Flag::value(
        NO_LETTER,
        "proto-default",
        "<protocol>",
        "Use PROTOCOL for any URL missing a scheme",
        "connection curl",
        |p, v| {
            if !protocols::SPOKEN.contains(&v.to_ascii_lowercase().as_str()) {
                return Err(Problem::Unspoken);
            }
            p.op().default_protocol = Some(v.to_owned());
            Ok(())
        },
    ),
    Flag::value(
        NO_LETTER,
        "proto-redir",
        "<protocols>",
        "Enable/disable PROTOCOLS on redirect",
        "connection curl",
        |p, v| {
            p.op().redirect_protocols = Some(protocols::choose(p, v));
            Ok(())
        },
    ),
    Flag::text(
        'x',
        "proxy",
        "[protocol://]host[:port]",
        "Use this proxy",
        "proxy",
        |p, v| {
            p.op().proxy = Some(v);
        },
    ),
    Flag::text(
        NO_LETTER,
        "proxy1.0",
        "<host[:port]>",
        "Use HTTP/1.0 proxy on given port",
        "proxy",
        |p, v| {
            p.op().proxy = Some(format!("http1.0://{v}"));
        },
    ),
    Flag::set(
        'p',
        "proxytunnel",
        "",
        "Operate through an HTTP proxy tunnel (using CONNECT)",
        "proxy",
        |p, on| {
            p.op().tunnel = on;
        },
    ),
    Flag::value(
        NO_LETTER,
        "rate",
        "<max request rate>",
        "Request rate for serial transfers",
        "connection",
        |p, v| {
            p.global.rate = Some(number::rate(p, v)?);
            Ok(())
        },
    ),
    Flag::text(
        NO_LETTER,
        "resolve",
        "<[+]host:port:addr[,addr]...>",
        "Resolve the host+port to this address",
        "connection dns",
        |p, v| {
            p.op().resolve.push(v);
        },
    ),
    Flag::value(
        NO_LETTER,
        "retry",
        "<num>",
        "Retry request if transient problems occur",
        "curl",
        |p, v| {
            p.op().retry = number::unsigned(v)?;
            Ok(())
        },
    ),
    Flag::set(
        NO_LETTER,
        "retry-all-errors",
        "",
        "Retry all errors (use with --retry)",
        "curl",
        |p, on| {
            p.op().retry_all = on;
        },
    ),
    Flag::set(
        NO_LETTER,
        "retry-connrefused",
        "",
        "Retry on connection refused (use with --retry)",
        "curl",
        |p, on| {
            p.op().retry_refused = on;
        },
    ),
    Flag::value(
        NO_LETTER,
        "retry-delay",
        "<seconds>",
        "Wait time between retries",
        "curl",
        |p, v| {
            p.op().retry_delay = Some(number::seconds(v)?);
            Ok(())
        },
    ),
    Flag::value(
        NO_LETTER,
        "retry-max-time",
        "<seconds>",
        "Retry only within this period",
        "curl",
        |p, v| {
            p.op().retry_max_time = Some(Duration::from_secs(number::unsigned(v)?));
            Ok(())
        },
    ),
    Flag::text(
        NO_LETTER,
        "socks4",
        "<host[:port]>",
        "SOCKS4 proxy on given host + port",
        "proxy",
        |p, v| {
            p.op().proxy = Some(format!("socks4://{v}"));
        },
    ),
    Flag::text(
        NO_LETTER,
        "socks4a",
        "<host[:port]>",
        "SOCKS4a proxy on given host + port",
        "proxy",
        |p, v| {
            p.op().proxy = Some(format!("socks4a://{v}"));
        },
    ),
    Flag::text(
        NO_LETTER,
        "socks5",
        "<host[:port]>",
        "SOCKS5 proxy on given host + port",
        "proxy",
        |p, v| {
            p.op().proxy = Some(format!("socks5://{v}"));
        },
    ),
    Flag::set(
        NO_LETTER,
        "socks5-basic",
        "",
        "Enable username/password auth for SOCKS5 proxies",
        "auth proxy",
        |p, on| {
            let _ = (p, on);
        },
    ),
    Flag::text(
        NO_LETTER,
        "socks5-hostname",
        "<host[:port]>",
        "SOCKS5 proxy, pass host name to proxy",
        "proxy",
        |p, v| {
            p.op().proxy = Some(format!("socks5h://{v}"));
        },
    ),
    Flag::value(
        'Y',
        "speed-limit",
        "<speed>",
        "Stop transfers slower than this",
        "connection",
        |p, v| {
            p.op().speed_limit = number::unsigned(v)?;
            if p.op().speed_time == 0 {
                p.op().speed_time = 30;
            }
            Ok(())
        },
    ),
    Flag::value(
        'y',
        "speed-time",
        "<seconds>",
        "Trigger 'speed-limit' abort after this time",
        "connection",
        |p, v| {
            p.op().speed_time = number::unsigned(v)?;
            if p.op().speed_limit == 0 {
                p.op().speed_limit = 1;
            }
            Ok(())
        },
    ),
    Flag::set(
        NO_LETTER,
        "suppress-connect-headers",
        "",
        "Suppress proxy CONNECT response headers",
        "proxy",
        |p, on| {
            p.op().hide_connect = on;
        },
    ),
    Flag::set(
        NO_LETTER,
        "tcp-nodelay",
        "",
        "Use the TCP_NODELAY option",
        "connection",
        |p, on| {
            let _ = (p, on);
        },
    ),
    Flag::text(
        NO_LETTER,
        "unix-socket",
        "<path>",
        "Connect through this Unix domain socket",
        "connection",
        |p, v| {
            p.op().unix_socket = Some(v);
            p.op().abstract_socket = false;
        },
    ),
];
