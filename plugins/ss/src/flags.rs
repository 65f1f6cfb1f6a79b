//! The command line: the options of iproute2's ss and ours, each with its meaning.

use nethost_sdk::Exit;
use nethost_sdk::args::{self, CommandLine, Effect, Given, Syntax, seconds};

use crate::filter::{INET, INET6, PACKET, TIPC, UNIX, VSOCK, XDP};
use crate::options::{ALL_STATES, Options, family_named, table};
use crate::socket::{CLOSE, LISTEN};
use crate::usage::USAGE;

type Flag = args::Flag<Effect<Options>>;

/// What the command line may say.
pub(crate) static COMMAND_LINE: CommandLine<Options> = CommandLine {
    flags: &[FLAGS],
    operand: |options, operand| {
        options.words.push(operand.value);
        Ok(())
    },
    refuse: |error| Exit::misused(255, format!("ss: {error}")),
    syntax: Syntax::GETOPT_LONG,
};

static FLAGS: &[Flag] = &[
    Flag::switch('n', "", |options| options.numeric = true).long("numeric"),
    Flag::switch('r', "", |options| options.resolve = true).long("resolve"),
    Flag::switch('o', "", |options| options.timers = true).long("options"),
    Flag::switch('e', "", |options| {
        options.timers = true;
        options.details = true;
    })
    .long("extended"),
    Flag::switch('m', "", |options| options.memory = true).long("memory"),
    Flag::switch('i', "", |options| options.info = true).long("info"),
    Flag::switch('p', "", |options| options.processes = true).long("processes"),
    Flag::switch('T', "", |options| {
        options.processes = true;
        options.threads = true;
    })
    .long("threads"),
    Flag::switch('b', "", |options| {
        options.timers = true;
        options.programs = true;
    })
    .long("bpf"),
    Flag::switch('E', "", |options| options.events = true).long("events"),
    Flag::switch('d', "", |options| options.set_tables(table::DCCP, true)).long("dccp"),
    Flag::switch('t', "", |options| options.set_tables(table::TCP, true)).long("tcp"),
    Flag::switch('S', "", |options| options.set_tables(table::SCTP, true)).long("sctp"),
    Flag::switch('u', "", |options| options.set_tables(table::UDP, true)).long("udp"),
    Flag::switch('w', "", |options| options.set_tables(table::RAW, true)).long("raw"),
    Flag::switch('x', "", |options| options.set_family(UNIX)).long("unix"),
    Flag::long_switch("tipc", "", |options| options.set_family(TIPC)),
    Flag::long_switch("vsock", "", |options| options.set_family(VSOCK)),
    Flag::switch('a', "", |options| options.wanted_states = ALL_STATES).long("all"),
    Flag::switch('l', "", |options| {
        options.wanted_states = 1 << LISTEN | 1 << CLOSE;
    })
    .long("listening"),
    Flag::switch('4', "", |options| options.set_family(INET)).long("ipv4"),
    Flag::switch('6', "", |options| options.set_family(INET6)).long("ipv6"),
    Flag::switch('0', "", |options| options.set_family(PACKET)).long("packet"),
    Flag::value('f', "FAMILY", "", family).long("family"),
    Flag::value('A', "QUERY", "", query).long("socket"),
    Flag::long_value("query", "QUERY", "", query),
    Flag::switch('s', "", |options| options.summary = true).long("summary"),
    Flag::value('D', "FILE", "", |options, given| {
        options.dump = Some(given.value.to_owned());
        Ok(())
    })
    .long("diag"),
    Flag::value('F', "FILE", "", |options, given| {
        if options.filter_file.is_some() {
            return Err(Exit::failed(255, "More than one filter file"));
        }
        options.filter_file = Some(given.value.to_owned());
        Ok(())
    })
    .long("filter"),
    Flag::ending('v', "", version),
    Flag::ending('V', "", version).long("version"),
    Flag::ending('h', "", || Exit::done(USAGE)).long("help"),
    Flag::ending('Z', "", no_contexts).long("context"),
    Flag::ending('z', "", no_contexts).long("contexts"),
    Flag::value('N', "NETNS", "", |options, given| {
        options.namespace = Some(given.value.to_owned());
        Ok(())
    })
    .long("net"),
    Flag::long_switch("tipcinfo", "", |options| options.tipc_info = true),
    Flag::long_switch("tos", "", |options| options.tos = true),
    Flag::long_switch("cgroup", "", |options| options.cgroup = true),
    Flag::switch('K', "", |options| options.kill = true).long("kill"),
    Flag::switch('H', "", |options| options.no_header = true).long("no-header"),
    Flag::long_switch("xdp", "", |options| options.set_family(XDP)),
    Flag::switch('M', "", |options| options.set_tables(table::MPTCP, true)).long("mptcp"),
    Flag::switch('O', "", |options| options.one_line = true).long("oneline"),
    Flag::long_switch("inet-sockopt", "", |options| options.socket_options = true),
    Flag::long_switch("json", "", |options| options.json = true),
    Flag::long_value("diff", "SECONDS", "", |options, given| {
        let seconds = seconds(given.value, "SECONDS").ok();
        let bounded = seconds.filter(|seconds| (0.0..=86_400.0).contains(seconds));
        options.diff = Some(bounded.ok_or_else(|| {
            Exit::failed(1, "ss: --diff: a number of seconds up to 86400 is expected")
        })?);
        Ok(())
    }),
    Flag::new(
        None,
        Some("top"),
        args::Value::Optional("SECONDS"),
        "",
        Effect::Read(top),
    ),
    Flag::long_ending("bpf-maps", "", no_maps),
    Flag::new(
        None,
        Some("bpf-map-id"),
        args::Value::Required("MAP-ID"),
        "",
        Effect::Read(|_, _| Err(no_maps())),
    ),
];

fn top(options: &mut Options, given: &Given<'_>) -> Result<(), Exit> {
    options.top = Some(match given.value {
        "" => crate::top::USUAL,
        text => crate::top::interval(text)?,
    });
    Ok(())
}

fn version() -> Exit {
    Exit::done(concat!("ss from nethost ", env!("CARGO_PKG_VERSION"), "\n"))
}

/// Of iproute2 since 6.9.
fn no_maps() -> Exit {
    Exit::failed(
        1,
        "ss: --bpf-maps: socket-local storage is not read: that takes bpf(2), for which there is no capability",
    )
}

fn no_contexts() -> Exit {
    Exit::failed(1, "ss: SELinux is not enabled.")
}

fn family(options: &mut Options, given: &Given<'_>) -> Result<(), Exit> {
    if given.value == "help" {
        return Err(Exit::done(USAGE));
    }
    match family_named(given.value) {
        Some(family) => {
            options.set_family(family);
            Ok(())
        }
        None => {
            let name = nethost_sdk::text::printable(given.value);
            Err(Exit::misused(
                255,
                format!("ss: \"{name}\" is invalid family"),
            ))
        }
    }
}

fn query(options: &mut Options, given: &Given<'_>) -> Result<(), Exit> {
    options
        .query(given.value)
        .map_err(|error| Exit::misused(255, nethost_sdk::text::printable(&error)))
}
