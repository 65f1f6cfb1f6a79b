//! What traceroute's command line may say: the table, the help, and the words for misuse, which are
//! those of traceroute 2.1.

use crate::command_line::{self, Flag, Misuse};

/// What a flag is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    V4,
    V6,
    Debug,
    DontFragment,
    FirstHop,
    Gateway,
    Icmp,
    Tcp,
    Interface,
    MaxHops,
    Simultaneous,
    Numeric,
    Port,
    Tos,
    FlowLabel,
    Wait,
    Queries,
    DontRoute,
    Source,
    SendWait,
    Extensions,
    AsPath,
    Module,
    ModuleOptions,
    SourcePort,
    Mark,
    Udp,
    UdpLite,
    Dccp,
    Protocol,
    Mtu,
    Back,
    Json,
    Version,
    Help,
}

const fn flag(
    key: Key,
    short: Option<char>,
    long: Option<&'static str>,
    value: Option<&'static str>,
    help: &'static str,
) -> Flag<Key> {
    Flag {
        key,
        short,
        long,
        value,
        help,
    }
}

pub(crate) const TABLE: &[Flag<Key>] = &[
    flag(Key::V4, Some('4'), None, None, "Use IPv4"),
    flag(Key::V6, Some('6'), None, None, "Use IPv6"),
    flag(Key::Debug, Some('d'), Some("debug"), None, "Not supported"),
    flag(
        Key::DontFragment,
        Some('F'),
        Some("dont-fragment"),
        None,
        "Do not fragment packets",
    ),
    flag(
        Key::FirstHop,
        Some('f'),
        Some("first"),
        Some("first_ttl"),
        "Start from the first_ttl hop (instead from 1)",
    ),
    flag(
        Key::Gateway,
        Some('g'),
        Some("gateway"),
        Some("gate,..."),
        "Not supported",
    ),
    flag(
        Key::Icmp,
        Some('I'),
        Some("icmp"),
        None,
        "Use ICMP ECHO for tracerouting",
    ),
    flag(
        Key::Tcp,
        Some('T'),
        Some("tcp"),
        None,
        "Use TCP SYN for tracerouting (default port is 80). Without the privilege for raw packets the \
         kernel's own connection attempts are used, whose source port differs from probe to probe",
    ),
    flag(
        Key::Interface,
        Some('i'),
        Some("interface"),
        Some("device"),
        "Specify a network interface to operate with",
    ),
    flag(
        Key::MaxHops,
        Some('m'),
        Some("max-hops"),
        Some("max_ttl"),
        "Set the max number of hops (max TTL to be reached). Default is 30",
    ),
    flag(
        Key::Simultaneous,
        Some('N'),
        Some("sim-queries"),
        Some("squeries"),
        "Set the number of probes to be tried simultaneously (default is 16)",
    ),
    flag(
        Key::Numeric,
        Some('n'),
        None,
        None,
        "Do not resolve IP addresses to their domain names",
    ),
    flag(
        Key::Port,
        Some('p'),
        Some("port"),
        Some("port"),
        "Set the destination port: default 33434 for UDP, 53 with -U, 80 with -T; with -I the first \
         sequence number. Unlike in other traceroutes the UDP port does not change from probe to probe, \
         so that all probes follow one path",
    ),
    flag(
        Key::Tos,
        Some('t'),
        Some("tos"),
        Some("tos"),
        "Set the TOS (IPv4 type of service) or TC (IPv6 traffic class) value for outgoing packets",
    ),
    flag(
        Key::FlowLabel,
        Some('l'),
        Some("flowlabel"),
        Some("flow_label"),
        "Not supported",
    ),
    flag(
        Key::Wait,
        Some('w'),
        Some("wait"),
        Some("MAX,HERE,NEAR"),
        "Wait for a probe no more than HERE (default 3) times longer than a response from the same hop, \
         or no more than NEAR (default 10) times than some next hop, or MAX (default 5.0) seconds (float \
         point values allowed too)",
    ),
    flag(
        Key::Queries,
        Some('q'),
        Some("queries"),
        Some("nqueries"),
        "Set the number of probes per each hop. Default is 3",
    ),
    flag(
        Key::DontRoute,
        Some('r'),
        None,
        None,
        "Bypass the normal routing and send directly to a host on an attached network",
    ),
    flag(
        Key::Source,
        Some('s'),
        Some("source"),
        Some("src_addr"),
        "Use source src_addr for outgoing packets",
    ),
    flag(
        Key::SendWait,
        Some('z'),
        Some("sendwait"),
        Some("sendwait"),
        "Minimal time interval between probes (default 0). If the value is more than 10, then it \
         specifies a number in milliseconds, else it is a number of seconds (float point values allowed too)",
    ),
    flag(
        Key::Extensions,
        Some('e'),
        Some("extensions"),
        None,
        "Show ICMP extensions (if present), including MPLS",
    ),
    flag(
        Key::AsPath,
        Some('A'),
        Some("as-path-lookups"),
        None,
        "Not supported",
    ),
    flag(
        Key::Module,
        Some('M'),
        Some("module"),
        Some("name"),
        "Use the named method: default, udp, icmp, tcp, tcpconn",
    ),
    flag(
        Key::ModuleOptions,
        Some('O'),
        Some("options"),
        Some("OPTS,..."),
        "Only `info' with -T: show the flags of TCP answers",
    ),
    flag(
        Key::SourcePort,
        None,
        Some("sport"),
        Some("num"),
        "Use source port num for outgoing packets",
    ),
    flag(
        Key::Mark,
        None,
        Some("fwmark"),
        Some("num"),
        "Set firewall mark for outgoing packets",
    ),
    flag(
        Key::Udp,
        Some('U'),
        Some("udp"),
        None,
        "Use UDP to a service's port for tracerouting, default port is 53",
    ),
    flag(Key::UdpLite, Some('L'), None, None, "Not supported"),
    flag(Key::Dccp, Some('D'), Some("dccp"), None, "Not supported"),
    flag(
        Key::Protocol,
        Some('P'),
        Some("protocol"),
        Some("prot"),
        "Not supported",
    ),
    flag(
        Key::Mtu,
        None,
        Some("mtu"),
        None,
        "Discover MTU along the path being traced. Implies `-F -N 1'",
    ),
    flag(
        Key::Back,
        None,
        Some("back"),
        None,
        "Guess the number of hops in the backward path and print if it differs",
    ),
    flag(
        Key::Json,
        None,
        Some("json"),
        None,
        "Print one JSON document at the end instead of lines",
    ),
    flag(
        Key::Version,
        Some('V'),
        Some("version"),
        None,
        "Print version info and exit",
    ),
    flag(
        Key::Help,
        None,
        Some("help"),
        None,
        "Read this help and exit",
    ),
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
        command_line::help(TABLE)
    )
}

/// traceroute's words for a command line that cannot be taken apart.
pub(crate) fn explain(misuse: &Misuse) -> String {
    match misuse {
        Misuse::UnknownFlag {
            spelled,
            value: None,
            position,
        } => {
            format!("Bad option `{spelled}' (argc {position})")
        }
        Misuse::UnknownFlag {
            spelled,
            value: Some(value),
            position,
        }
        | Misuse::UnexpectedValue {
            spelled,
            value,
            position,
        } => {
            format!("Bad option `{spelled}={value}' (with arg `{value}') (argc {position})")
        }
        Misuse::MissingValue {
            spelled,
            value,
            position,
        } => {
            let separator = if spelled.starts_with("--") { '=' } else { ' ' };
            format!(
                "Option `{spelled}' (argc {position}) requires an argument: `{spelled}{separator}{value}'"
            )
        }
        Misuse::NotText { position } => format!("Argument {position} is not text"),
    }
}
