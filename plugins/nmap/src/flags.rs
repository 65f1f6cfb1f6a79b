//! The command line: the options of nmap 7.93, and the few that are ours; each with its meaning.

use nethost_sdk::Exit;
use nethost_sdk::args::{self, CommandLine, Effect, Given, Syntax, UsageError, Value};

use crate::kinds;
use crate::options::{Options, Resolve};
use crate::outputs::OutputKind;
use crate::timing::{duration, template};
use crate::{quit, refused};

type Flag = args::Flag<Effect<Options>>;

/// What the command line may say.
pub(crate) static COMMAND_LINE: CommandLine<Options> = CommandLine {
    flags: &[TARGETS, DISCOVERY, PORTS, SERVICES, TIMING, EVASION, OUTPUT, OTHERS, BEYOND],
    operand: |options, operand| {
        options.targets.push(operand.value);
        Ok(())
    },
    refuse: |error| {
        let hint = "See the output of nmap -h for a summary of options.";
        match error {
            UsageError::Unknown { spelled, value, .. } => {
                let value = value.as_ref().map(|v| format!("={v}")).unwrap_or_default();
                let name = spelled.trim_start_matches('-');
                let dashes = if spelled.starts_with("--") { "--" } else { "-" };
                refused(format!(
                    "nmap: unrecognized option '{dashes}{name}{value}'\n{hint}"
                ))
            }
            error => refused(format!("nmap: {error}\n{hint}")),
        }
    },
    syntax: Syntax::GETOPT_LONG_ONLY,
};

/// Underscores stand for hyphens in long names, as in `--osscan_guess`.
pub(crate) fn spelled(args: &[String]) -> Vec<String> {
    args.iter()
        .map(|word| {
            let word = args::with_hyphens(word);
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (word.as_str(), None),
            };
            let hyphens = name.replace('_', "-");
            let bare = hyphens.trim_start_matches('-');
            let known = COMMAND_LINE.flags.iter().copied().flatten();
            let is_long = name.starts_with('-')
                && name.contains('_')
                && known.into_iter().any(|flag| flag.long == Some(bare));
            match (is_long, value) {
                (true, Some(value)) => format!("{hyphens}={value}"),
                (true, None) => hyphens,
                (false, _) => word,
            }
        })
        .collect()
}

/// The name that the option goes by in `-h`, beside its value.
const fn set(long: &'static str, help: &'static str, set: fn(&mut Options)) -> Flag {
    Flag::long_switch(long, help, set)
}

const fn val(
    long: &'static str,
    value: &'static str,
    help: &'static str,
    read: fn(&mut Options, &Given<'_>) -> Result<(), Exit>,
) -> Flag {
    Flag::long_value(long, value, help, read)
}

/// An option that is known, and does nothing here that it would do for nmap: it is refused by name.
fn not_built(_: &mut Options, given: &Given<'_>) -> Result<(), Exit> {
    let name = given.spelled;
    Err(quit(format!("{name} is not supported by nethost's nmap.")))
}

fn text(given: &Given<'_>) -> String {
    given.value.to_owned()
}

/// Which hosts.
pub(crate) static TARGETS: &[Flag] = &[
    val("iL", "FILE", "take targets from a file; - for standard input", |o, g| {
        o.input = Some(text(g));
        Ok(())
    }),
    val("iR", "COUNT", "random hosts of the Internet: refused", |_, _| {
        Err(quit(
            "-iR would probe hosts of the Internet that nobody named; name the targets.".into(),
        ))
    }),
    val("exclude", "HOSTS", "leave these hosts out", |o, g| {
        o.exclude.extend(g.value.split(',').map(str::to_owned));
        Ok(())
    }),
    val("excludefile", "FILE", "leave out the hosts that a file lists", |o, g| {
        o.exclude_file = Some(text(g));
        Ok(())
    }),
    Flag::switch('6', "targets are IPv6", |o| o.ipv6 = true),
];

/// Who is there.
pub(crate) static DISCOVERY: &[Flag] = &[
    Flag::value('s', "KIND", "kinds of scan: see below", |o, g| kinds::scan(o, g.value)),
    Flag::new(
        Some('P'),
        None,
        Value::Optional("KIND"),
        "kinds of discovery: see below",
        Effect::Read(|o, g| kinds::ping(o, g.value)),
    ),
    Flag::switch('n', "no names of addresses", |o| o.resolve = Resolve::Never),
    Flag::switch('R', "names of all addresses, even of hosts that are down", |o| {
        o.resolve = Resolve::Always;
    }),
    val("dns-servers", "SERVERS", "ask these servers for names", not_built),
    set("system-dns", "ask the system's resolver for names, which is always so", |_| {}),
    set("resolve-all", "scan each address of a name", |o| o.resolve_all = true),
    set("unique", "scan each address once", |o| o.unique = true),
    set("traceroute", "trace the route to each host", |o| o.traceroute = true),
    set("disable-arp-ping", "no neighbour discovery on local links", |o| o.arp = false),
    set("discovery-ignore-rst", "a reset does not show that a host is up", |o| {
        o.ignore_rst = true;
    }),
    val("scanflags", "FLAGS", "the flags of TCP probes", |o, g| {
        o.scanflags = Some(kinds::tcp_flags(g.value)?);
        Ok(())
    }),
    Flag::value('b', "RELAY", "FTP bounce scan: refused", not_built),
];

/// Which ports.
pub(crate) static PORTS: &[Flag] = &[
    Flag::value('p', "PORTS", "these ports: 22, 1-1024, http*, -, T:22,U:53,S:9", |o, g| {
        if o.ports.is_some() {
            return Err(quit(
                "Only 1 -p option allowed, separate multiple ranges with commas.".into(),
            ));
        }
        o.ports = Some(text(g));
        Ok(())
    }),
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
    val("port-ratio", "RATIO", "ports that are more common than this", |o, g| {
        match g.value.parse() {
            Ok(ratio) if (0.0..1.0).contains(&ratio) => o.port_ratio = Some(ratio),
            _ => return Err(quit("--port-ratio should be between [0 and 1)".into())),
        }
        Ok(())
    }),
    set("allports", "version detection excludes no ports, which is always so", |_| {}),
];

/// What is there.
pub(crate) static SERVICES: &[Flag] = &[
    val("version-intensity", "0-9", "how many probes for services are tried", |o, g| {
        match g.value.parse() {
            Ok(level @ 0..=9) => o.intensity = level,
            _ => return Err(quit("version-intensity must be between 0 and 9".into())),
        }
        Ok(())
    }),
    set("version-light", "the same as --version-intensity 2", |o| o.intensity = 2),
    set("version-all", "the same as --version-intensity 9", |o| o.intensity = 9),
    set("version-trace", "show what is sent to services and received", |o| {
        o.version_trace = true;
    }),
    Flag::switch('O', "find out the operating system", |o| o.os = true),
    set("osscan-limit", "only of hosts with an open and a closed port", |o| o.os_limit = true),
    set("osscan-guess", "guess the operating system", |o| o.os_guess = true),
    set("fuzzy", "the same as --osscan-guess", |o| o.os_guess = true),
    val("max-os-tries", "COUNT", "tries to find out the operating system", not_built),
    Flag::switch('A', "-O, -sV, -sC and --traceroute", |o| o.all = true),
    val("script", "SCRIPTS", "scripts: default alone is built", |o, g| {
        if g.value == "default" {
            o.script = true;
            return Ok(());
        }
        Err(quit(format!(
            "--script {}: scripts of nmap are not run; -sC runs a small built-in set.",
            g.value
        )))
    }),
    val("script-args", "ARGS", "for scripts: not built", not_built),
    val("script-args-file", "FILE", "for scripts: not built", not_built),
    set("script-trace", "for scripts: shows nothing, as no script is run", |_| {}),
    val("script-help", "SCRIPTS", "for scripts: not built", not_built),
    val("script-timeout", "TIME", "for scripts: not built", not_built),
    val("servicedb", "FILE", "names of ports from an nmap-services file", |o, g| {
        o.service_names = Some(text(g));
        Ok(())
    }),
    val("versiondb", "FILE", "probes for services from an nmap-service-probes file", |o, g| {
        o.service_probes = Some(text(g));
        Ok(())
    }),
    val("datadir", "FOLDER", "where nmap-services and nmap-service-probes are", |o, g| {
        let folder = g.value.trim_end_matches('/');
        o.service_names = Some(format!("{folder}/nmap-services"));
        o.service_probes = Some(format!("{folder}/nmap-service-probes"));
        Ok(())
    }),
];

/// How fast.
pub(crate) static TIMING: &[Flag] = &[
    Flag::value('T', "0-5", "timing template; higher is faster", |o, g| {
        o.timing.template(template(g.value)?);
        Ok(())
    }),
    val("min-hostgroup", "COUNT", "hosts in one group", |o, g| {
        o.min_group = number(g, "--min-hostgroup")?;
        Ok(())
    }),
    val("max-hostgroup", "COUNT", "hosts in one group", |o, g| {
        o.max_group = Some(number(g, "--max-hostgroup")?.max(1));
        Ok(())
    }),
    val("min-parallelism", "COUNT", "probes under way", |o, g| {
        o.timing.min_parallel = at_least_one(g, "Argument to --min-parallelism must be at least 1!")?;
        Ok(())
    }),
    val("max-parallelism", "COUNT", "probes under way", parallel),
    Flag::value('M', "COUNT", "the same as --max-parallelism", parallel),
    val("min-rtt-timeout", "TIME", "shortest wait for an answer", |o, g| {
        o.timing.min_rtt = Some(duration(g.value, "min-rtt-timeout")?);
        Ok(())
    }),
    val("max-rtt-timeout", "TIME", "longest wait for an answer", |o, g| {
        o.timing.max_rtt = Some(duration(g.value, "max-rtt-timeout")?);
        Ok(())
    }),
    val("initial-rtt-timeout", "TIME", "first wait for an answer", |o, g| {
        o.timing.initial_rtt = Some(duration(g.value, "initial-rtt-timeout")?);
        Ok(())
    }),
    val("max-retries", "COUNT", "retransmissions of a probe", |o, g| {
        match g.value.parse::<i64>() {
            Ok(count @ 0..) => o.timing.max_retries = Some(count.min(254) as u8),
            _ => return Err(quit("max-retries must be positive".into())),
        }
        Ok(())
    }),
    val("host-timeout", "TIME", "give up on a host after this", |o, g| {
        o.timing.host_timeout = Some(duration(g.value, "host-timeout")?);
        Ok(())
    }),
    val("scan-delay", "TIME", "time between probes to a host", |o, g| {
        o.timing.scan_delay = Some(duration(g.value, "scan-delay")?);
        Ok(())
    }),
    val("max-scan-delay", "TIME", "longest time between probes to a host", |o, g| {
        o.timing.max_scan_delay = Some(duration(g.value, "max-scan-delay")?);
        Ok(())
    }),
    val("min-rate", "PACKETS", "no fewer in a second", |o, g| {
        o.timing.min_rate = Some(rate(g, "--min-rate")?);
        Ok(())
    }),
    val("max-rate", "PACKETS", "no more in a second", |o, g| {
        o.timing.max_rate = Some(rate(g, "--max-rate")?);
        Ok(())
    }),
    set("defeat-rst-ratelimit", "ignore that resets are limited, which is always so", |_| {}),
    set("defeat-icmp-ratelimit", "do not slow down for limited ICMP errors", |o| {
        o.timing.defeat_icmp = true;
    }),
    set("nogcc", "no common congestion control", |_| {}),
];

/// How probes look.
pub(crate) static EVASION: &[Flag] = &[
    Flag::checked('f', "fragments: not built", not_built),
    val("mtu", "SIZE", "fragments: not built", not_built),
    Flag::value('D', "DECOYS", "decoys: not built", not_built),
    Flag::value('S', "ADDRESS", "send from this address of this machine", |o, g| {
        let source = g.value.parse();
        let wrong = |_| quit(format!("Failed to resolve/decode supposed IPv4 source address \"{}\": Name or service not known", g.value));
        o.source = Some(source.map_err(wrong)?);
        Ok(())
    }),
    Flag::value('e', "INTERFACE", "send through this interface", |o, g| {
        o.interface = Some(text(g));
        Ok(())
    }),
    Flag::value('g', "PORT", "send from this port", source_port).long("source-port"),
    val("proxies", "URLS", "through proxies: not built", not_built),
    val("proxy", "URLS", "through proxies: not built", not_built),
    val("data", "HEX", "append this to probes", |o, g| {
        o.data = kinds::hex(g.value)?;
        Ok(())
    }),
    val("data-string", "TEXT", "append this to probes", |o, g| {
        o.data = g.value.as_bytes().to_vec();
        Ok(())
    }),
    val("data-length", "COUNT", "append so many random bytes to probes", |o, g| {
        match g.value.parse::<usize>() {
            Ok(count @ 0..=65435) => o.data = kinds::random(count),
            _ => return Err(quit("data-length must be between 0 and 65435".into())),
        }
        Ok(())
    }),
    val("ip-options", "OPTIONS", "options of IP: not built", not_built),
    val("ttl", "COUNT", "hop limit of probes", |o, g| {
        match g.value.parse::<i64>() {
            Ok(ttl @ 0..=255) => o.ttl = Some(ttl as u8),
            _ => return Err(quit("ttl option must be a number between 0 and 255 (inclusive)".into())),
        }
        Ok(())
    }),
    val("spoof-mac", "ADDRESS", "another Ethernet address: not built", not_built),
    set("badsum", "send wrong checksums", |o| o.badsum = true),
    set("adler32", "an old checksum of SCTP: not built", |o| o.adler = true),
];

/// What is printed.
pub(crate) static OUTPUT: &[Flag] = &[
    val("oN", "FILE", "the report to a file", |o, g| o.output(OutputKind::Normal, g.value)),
    val("oX", "FILE", "XML to a file", |o, g| o.output(OutputKind::Xml, g.value)),
    val("oG", "FILE", "one line for each host to a file", |o, g| {
        o.output(OutputKind::Grepable, g.value)
    }),
    val("oM", "FILE", "the same as -oG", |o, g| o.output(OutputKind::Grepable, g.value)),
    val("oJ", "FILE", "JSON lines to a file", |o, g| o.output(OutputKind::Json, g.value)),
    val("oS", "FILE", "not built: spells it like a child", not_built),
    val("oA", "NAME", "NAME.nmap, NAME.xml and NAME.gnmap", |o, g| {
        o.output(OutputKind::Normal, &format!("{}.nmap", g.value))?;
        o.output(OutputKind::Xml, &format!("{}.xml", g.value))?;
        o.output(OutputKind::Grepable, &format!("{}.gnmap", g.value))
    }),
    Flag::value('o', "FILE", "the same as -oN", |o, g| {
        o.output(OutputKind::Normal, g.value)
    }),
    val("oH", "FILE", "HTML is not written", |_, _| {
        Err(quit("HTML output is not directly supported, though Nmap includes an XSL for transforming XML output into HTML.  See the man page.".into()))
    }),
    Flag::new(
        Some('v'),
        None,
        Value::Optional("LEVEL"),
        "tell more; twice for more",
        Effect::Read(|o, g| level(&mut o.verbose, g, 'v')),
    ),
    Flag::new(
        Some('d'),
        None,
        Value::Optional("LEVEL"),
        "tell how it is done; twice for more",
        Effect::Read(|o, g| {
            level(&mut o.debug, g, 'd')?;
            o.verbose = o.verbose.max(o.debug);
            Ok(())
        }),
    ),
    set("reason", "show why a port is in its state", |o| o.reason = true),
    set("open", "show open ports alone", |o| o.open = true),
    set("packet-trace", "show each packet", |o| o.packet_trace = true),
    set("iflist", "show interfaces and routes", |o| o.iflist = true),
    set("append-output", "append to files", |o| o.append = true),
    val("resume", "FILE", "not built: continue an interrupted scan", not_built),
    set("noninteractive", "no keys are read, which is always so", |_| {}),
    val("stats-every", "TIME", "show progress", |o, g| {
        o.stats_every = Some(duration(g.value, "stats-every")?);
        Ok(())
    }),
    val("stylesheet", "URL", "the style sheet that XML names", |o, g| {
        o.stylesheet = Some(text(g));
        Ok(())
    }),
    set("webxml", "XML names nmap.org's style sheet", |o| {
        o.stylesheet = Some("https://svn.nmap.org/nmap/docs/nmap.xsl".to_owned());
    }),
    set("no-stylesheet", "XML names no style sheet", |o| o.stylesheet = None),
];

/// The rest.
pub(crate) static OTHERS: &[Flag] = &[
    set("send-ip", "send IP packets, which is always so", |o| o.arp = false),
    set("send-eth", "not built: send Ethernet frames", |_| {}),
    set("privileged", "raw packets are allowed", |o| o.privileged = Some(true)),
    set("unprivileged", "raw packets are not allowed", |o| o.privileged = Some(false)),
    set("release-memory", "nothing: memory is always given back", |_| {}),
    Flag::ending('V', "print the version", || Exit::done(crate::help::version())).long("version"),
    Flag::ending('h', "print this help", || Exit::done(crate::help::help())).long("help"),
];

/// What nmap does not have.
pub(crate) static BEYOND: &[Flag] = &[
    set("json", "JSON lines on standard output", |o| o.json = true),
    set("stateless", "keep no state for probes, for many hosts", |o| o.stateless = true),
];

fn parallel(options: &mut Options, given: &Given<'_>) -> Result<(), Exit> {
    let why = "Argument to -M must be at least 1!";
    options.timing.max_parallel = Some(at_least_one(given, why)?);
    Ok(())
}

fn source_port(options: &mut Options, given: &Given<'_>) -> Result<(), Exit> {
    match given.value.parse::<i64>() {
        Ok(port @ 0..=65535) => options.source_port = port as u16,
        _ => return Err(quit("Bogus source port number specified.".into())),
    }
    Ok(())
}

fn number(given: &Given<'_>, name: &str) -> Result<u32, Exit> {
    let number = given.value.parse();
    number.map_err(|_| quit(format!("Argument to {name} must be a positive number")))
}

fn at_least_one(given: &Given<'_>, why: &str) -> Result<u32, Exit> {
    match given.value.parse::<u32>() {
        Ok(number @ 1..) => Ok(number),
        _ => Err(quit(why.to_owned())),
    }
}

fn rate(given: &Given<'_>, name: &str) -> Result<f64, Exit> {
    match given.value.parse::<f64>() {
        Ok(rate) if rate > 0.0 && rate.is_finite() => Ok(rate),
        _ => Err(quit(format!(
            "Argument to {name} must be a positive floating-point number"
        ))),
    }
}

/// `-v`, `-vv`, `-v3`.
fn level(level: &mut u8, given: &Given<'_>, letter: char) -> Result<(), Exit> {
    if given.value.chars().all(|c| c == letter) {
        *level = level.saturating_add(1 + given.value.len() as u8).min(10);
        return Ok(());
    }
    match given.value.parse::<u8>() {
        Ok(number) => *level = number.min(10),
        Err(_) => return Err(quit(format!("Invalid argument to -{letter}: \"{}\".", given.value))),
    }
    Ok(())
}
