//! What traceroute's command line may say: each option with its help and its meaning, and the words for
//! misuse, which are those of traceroute 2.1.

use nethost_sdk::args::{self, CommandLine, Effect, Syntax, UsageError, wrapped_help};
use nethost_sdk::{Exit, Family};

use crate::options::{
    Line, Method, cannot_handle, float, misused, module, number, unsupported, wait_specification,
    within,
};

type Flag = args::Flag<Effect<Line>>;

/// What traceroute's command line may say.
pub(crate) static COMMAND_LINE: CommandLine<Line> = CommandLine {
    flags: &[TABLE],
    operand: |line, operand| {
        line.operands.push(operand);
        Ok(())
    },
    refuse: explain,
    syntax: Syntax::FULL_NAMES,
};

/// The order is that of the help text.
static TABLE: &[Flag] = &[
    Flag::switch('4', "Use IPv4", |line| line.options.family = Some(Family::V4)),
    Flag::switch('6', "Use IPv6", |line| line.options.family = Some(Family::V6)),
    Flag::checked('d', "Not supported", |_, _| {Err(unsupported("-d", "socket debugging is not offered to plugins"))}).long("debug"),
    Flag::switch('F', "Do not fragment packets", |line| line.options.dont_fragment = true).long("dont-fragment"),
    Flag::value('f', "first_ttl", "Start from the first_ttl hop (instead from 1)", |line, given| {line.first_hop = number(given)?; Ok(())}).long("first"),
    Flag::value('g', "gate,...", "Not supported", |_, _| {Err(unsupported("-g", "source routes are dropped nearly everywhere (RFC 7126, RFC 5095)"))}).long("gateway"),
    Flag::switch('I', "Use ICMP ECHO for tracerouting", |line| line.options.method = Method::Icmp).long("icmp"),
    Flag::switch('T', "Use TCP SYN for tracerouting (default port is 80). Without the privilege for raw packets the \
         kernel's own connection attempts are used, whose source port differs from probe to probe", |line| line.options.method = Method::Tcp).long("tcp"),
    Flag::value('i', "device", "Specify a network interface to operate with", |line, given| {line.options.interface = Some(given.value.to_owned()); Ok(())}).long("interface"),
    Flag::value('m', "max_ttl", "Set the max number of hops (max TTL to be reached). Default is 30", |line, given| {line.max_hops = number(given)?; Ok(())}).long("max-hops"),
    Flag::value('N', "squeries", "Set the number of probes to be tried simultaneously (default is 16)", |line, given| {line.options.simultaneous = usize::try_from(number(given)?).unwrap_or(usize::MAX); Ok(())}).long("sim-queries"),
    Flag::switch('n', "Do not resolve IP addresses to their domain names", |line| line.options.numeric = true),
    Flag::value('p', "port", "Set the destination port: default 33434 for UDP, 53 with -U, 80 with -T; with -I the first \
         sequence number. Unlike in other traceroutes the UDP port does not change from probe to probe, \
         so that all probes follow one path", |line, given| {line.options.port = within(given)?; Ok(())}).long("port"),
    Flag::value('t', "tos", "Set the TOS (IPv4 type of service) or TC (IPv6 traffic class) value for outgoing packets", |line, given| {line.options.traffic_class = Some(within(given)?); Ok(())}).long("tos"),
    Flag::value('l', "flow_label", "Not supported", |_, _| {Err(unsupported("-l", "the IPv6 flow label is the kernel's"))}).long("flowlabel"),
    Flag::value('w', "MAX,HERE,NEAR", "Wait for a probe no more than HERE (default 3) times longer than a response from the same hop, \
         or no more than NEAR (default 10) times than some next hop, or MAX (default 5.0) seconds (float \
         point values allowed too)", |line, given| {line.wait = wait_specification(given)?; Ok(())}).long("wait"),
    Flag::value('q', "nqueries", "Set the number of probes per each hop. Default is 3", |line, given| {line.queries = number(given)?; Ok(())}).long("queries"),
    Flag::switch('r', "Bypass the normal routing and send directly to a host on an attached network", |line| line.options.dont_route = true),
    Flag::value('s', "src_addr", "Use source src_addr for outgoing packets", |line, given| {line.options.source = Some(given.value.parse().map_err(|_| cannot_handle(given))?); Ok(())}).long("source"),
    Flag::value('z', "sendwait", "Minimal time interval between probes (default 0). If the value is more than 10, then it \
         specifies a number in milliseconds, else it is a number of seconds (float point values allowed too)", |line, given| {line.send_wait = float(given.value).ok_or_else(|| cannot_handle(given))?; Ok(())}).long("sendwait"),
    Flag::switch('e', "Show ICMP extensions (if present), including MPLS", |line| line.options.extensions = true).long("extensions"),
    Flag::checked('A', "Not supported", |_, _| {Err(unsupported("-A", "it needs a whois server, which no capability offers yet"))}).long("as-path-lookups"),
    Flag::value('M', "name", "Use the named method: default, udp, icmp, tcp, tcpconn", |line, given| {(line.options.method, line.service) = module(given.value)?; Ok(())}).long("module"),
    Flag::value('O', "OPTS,...", "Only `info' with -T: show the flags of TCP answers", |line, given| {line.module_options = Some(given.value.to_owned()); Ok(())}).long("options"),
    Flag::long_value("sport", "num", "Use source port num for outgoing packets", |line, given| {line.options.source_port = within(given)?; Ok(())}),
    Flag::long_value("fwmark", "num", "Set firewall mark for outgoing packets", |line, given| {line.options.mark = Some(within(given)?); Ok(())}),
    Flag::switch('U', "Use UDP to a service's port for tracerouting, default port is 53", |line| (line.options.method, line.service) = (Method::Udp, true)).long("udp"),
    Flag::checked('L', "Not supported", |_, _| {Err(unsupported("-UL", "there are no UDP-Lite sockets here"))}),
    Flag::checked('D', "Not supported", |_, _| {Err(unsupported("-D", "there are no DCCP sockets here"))}).long("dccp"),
    Flag::value('P', "prot", "Not supported", |_, _| {Err(unsupported("-P", "only UDP, ICMP and TCP probes are made"))}).long("protocol"),
    Flag::long_switch("mtu", "Discover MTU along the path being traced. Implies `-F -N 1'", |line| line.options.discover_mtu = true),
    Flag::long_switch("back", "Guess the number of hops in the backward path and print if it differs", |line| line.options.back = true),
    Flag::long_switch("json", "Print one JSON document at the end instead of lines", |line| line.options.json = true),
    Flag::ending('V', "Print version info and exit", || Exit::done(concat!("nethost traceroute ", env!("CARGO_PKG_VERSION"), "\n"))).long("version"),
    Flag::long_ending("help", "Read this help and exit", || Exit::done(help())),
];

/// The help text.
pub(crate) fn help() -> String {
    format!(
        "Usage:\n  traceroute [ -46FITnreUV ] [ -f first_ttl ] [ -i device ] [ -m max_ttl ] [ -N squeries ] \
         [ -p port ] [ -t tos ] [ -w MAX,HERE,NEAR ] [ -q nqueries ] [ -s src_addr ] [ -z sendwait ] \
         [ --fwmark=num ] [ --json ] host [ packetlen ]\n  traceroute --mtr [ options ] host\nOptions:\n{}\n\
         Arguments:\n+     host          The host to traceroute to\n      packetlen     The full packet length \
         (default is the length of an IP\n                    header plus 40). Can be ignored or increased to a \
         minimal\n                    allowed value\n",
        wrapped_help(TABLE)
    )
}

/// traceroute's words for a command line that cannot be taken apart.
fn explain(error: &UsageError) -> Exit {
    misused(match error {
        UsageError::Unknown {
            spelled,
            value: None,
            position,
        } => {
            format!("Bad option `{spelled}' (argc {position})")
        }
        UsageError::Unknown {
            spelled,
            value: Some(value),
            position,
        }
        | UsageError::UnexpectedValue {
            spelled,
            value,
            position,
        } => {
            format!("Bad option `{spelled}={value}' (with arg `{value}') (argc {position})")
        }
        UsageError::MissingValue {
            spelled,
            value,
            position,
        } => {
            let separator = if spelled.starts_with("--") { '=' } else { ' ' };
            format!(
                "Option `{spelled}' (argc {position}) requires an argument: `{spelled}{separator}{value}'"
            )
        }
        UsageError::Ambiguous { .. } | UsageError::CurlyQuote { .. } => error.to_string(),
    })
}
