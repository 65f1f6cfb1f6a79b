//! Options that choose hosts, ports and kinds of scan.

use nethost_sdk::args::{Effect, Value};

use super::{Flag, not_built, set, text, val};
use crate::options::Resolve;
use crate::{kinds, quit};

/// Which hosts.
pub(crate) static TARGETS: &[Flag] = &[
    val(
        "iL",
        "FILE",
        "take targets from a file; - for standard input",
        |o, g| {
            if o.input.is_some() {
                return Err(quit("Only one input filename allowed".into()));
            }
            o.input = Some(text(g));
            Ok(())
        },
    ),
    val(
        "iR",
        "COUNT",
        "random hosts of the Internet: refused",
        |_, _| {
            Err(quit(
                "-iR would probe hosts of the Internet that nobody named; name the targets.".into(),
            ))
        },
    ),
    val("exclude", "HOSTS", "leave these hosts out", |o, g| {
        let hosts = g.value.split(',').filter(|host| !host.is_empty());
        o.exclude.extend(hosts.map(str::to_owned));
        Ok(())
    }),
    val(
        "excludefile",
        "FILE",
        "leave out the hosts that a file lists",
        |o, g| {
            o.exclude_file = Some(text(g));
            Ok(())
        },
    ),
    Flag::switch('6', "targets are IPv6", |o| o.ipv6 = true),
];

/// Who is there.
pub(crate) static DISCOVERY: &[Flag] = &[
    Flag::new(
        Some('s'),
        None,
        Value::Optional("KIND"),
        "kinds of scan: see below",
        Effect::Read(|o, g| kinds::scan(o, g.value)),
    ),
    val("sI", "ZOMBIE", "idle scan: refused", |_, _| {
        Err(quit(
            "-sI is not supported: it needs the packets of another host, the zombie.".into(),
        ))
    }),
    Flag::new(
        Some('P'),
        None,
        Value::Optional("KIND"),
        "kinds of discovery: see below",
        Effect::Read(|o, g| kinds::ping(o, g.value)),
    ),
    Flag::switch('n', "no names of addresses", |o| o.resolve = Resolve::Never),
    Flag::switch(
        'R',
        "names of all addresses, even of hosts that are down",
        |o| {
            if o.resolve != Resolve::Never {
                o.resolve = Resolve::Always;
            }
        },
    ),
    val(
        "dns-servers",
        "SERVERS",
        "ask these servers for names",
        not_built,
    ),
    set(
        "system-dns",
        "ask the system's resolver for names, which is always so",
        |_| {},
    ),
    set("resolve-all", "scan each address of a name", |o| {
        o.resolve_all = true
    }),
    set("unique", "scan each address once", |o| o.unique = true),
    set("traceroute", "trace the route to each host", |o| {
        o.traceroute = true
    }),
    set(
        "disable-arp-ping",
        "no neighbour discovery on local links",
        |o| o.arp = false,
    ),
    set(
        "discovery-ignore-rst",
        "a reset does not show that a host is up",
        |o| {
            o.ignore_rst = true;
        },
    ),
    val("scanflags", "FLAGS", "the flags of TCP probes", |o, g| {
        o.scanflags = Some(kinds::tcp_flags(g.value)?);
        Ok(())
    }),
    Flag::value('b', "RELAY", "FTP bounce scan: refused", not_built),
];

/// Which ports.
pub(crate) static PORTS: &[Flag] = &[
    Flag::value(
        'p',
        "PORTS",
        "these ports: 22, 1-1024, http*, -, T:22,U:53,S:9",
        |o, g| {
            if o.ports.is_some() {
                return Err(quit(
                    "Only 1 -p option allowed, separate multiple ranges with commas.".into(),
                ));
            }
            o.ports = Some(text(g));
            Ok(())
        },
    ),
    val("exclude-ports", "PORTS", "without these ports", |o, g| {
        if o.exclude_ports.is_some() {
            return Err(quit(
                "Only 1 --exclude-ports option allowed, separate multiple ranges with commas."
                    .into(),
            ));
        }
        o.exclude_ports = Some(text(g));
        Ok(())
    }),
    Flag::switch('F', "only the 100 most common ports", |o| o.fast = true),
    Flag::switch('r', "ports in ascending order", |o| o.in_order = true),
    val("top-ports", "COUNT", "the most common ports", |o, g| {
        match g.value.parse() {
            Ok(count) if count > 0_u32 => o.top_ports = Some(count),
            _ => return Err(quit("--top-ports should be an integer 1 or greater".into())),
        }
        Ok(())
    }),
    val(
        "port-ratio",
        "RATIO",
        "ports that are more common than this",
        |o, g| {
            match g.value.parse() {
                Ok(ratio) if (0.0..1.0).contains(&ratio) => o.port_ratio = Some(ratio),
                _ => return Err(quit("--port-ratio should be between [0 and 1)".into())),
            }
            Ok(())
        },
    ),
    set("allports", "version detection excludes no ports", |o| {
        o.all_ports = true;
    }),
];
