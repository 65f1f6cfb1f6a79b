//! What `-h` and `-V` print.

use std::fmt::Write;

use nethost_sdk::args::{Effect, Flag};

use crate::flags;
use crate::options::Options;

/// The version of nmap that is followed.
pub(crate) const FOLLOWED: &str = "7.93";

pub(crate) fn version() -> String {
    format!(
        "Nmap version {FOLLOWED} ( https://nmap.org )\nThe tool is nmap from nethost {}, which follows that version.\n",
        env!("CARGO_PKG_VERSION")
    )
}

/// What the letters of -s and -P mean.
const KINDS: &str = "KINDS OF SCAN:
  -sS -sT -sA -sW -sM        TCP by SYN, connect, ACK, window, Maimon
  -sN -sF -sX                TCP without flags, with FIN, with FIN PSH URG
  -sU -sY -sZ                UDP, SCTP by INIT or COOKIE ECHO
  -sO                        IP protocols, which -p names by numbers
  -sL -sn (-sP)              list the targets; discover hosts, scan no ports
  -sV -sC                    services and their versions; built-in scripts
  -sI                        not built
KINDS OF DISCOVERY:
  -Pn (-P0 -PN -PD)          all hosts are taken to be up
  -PS -PA -PU -PY [PORTS]    TCP by SYN or ACK, UDP, SCTP to ports
  -PE (-PI) -PP -PM          ICMP echo, timestamp, address mask
  -PO [PROTOCOLS]            packets of IP protocols
";

pub(crate) fn help() -> String {
    let mut text = format!(
        "Nmap {FOLLOWED} ( https://nmap.org )\nUsage: nmap [Scan Type(s)] [Options] {{target specification}}\n"
    );
    let parts: [(&str, &[Flag<Effect<Options>>]); 9] = [
        ("TARGETS", flags::TARGETS),
        ("HOST DISCOVERY AND KINDS OF SCAN", flags::DISCOVERY),
        ("PORTS", flags::PORTS),
        ("SERVICES AND SYSTEMS", flags::SERVICES),
        (
            "TIMING (times in seconds, or with ms, s, m or h)",
            flags::TIMING,
        ),
        ("PROBES", flags::EVASION),
        ("OUTPUT", flags::OUTPUT),
        ("OTHERS", flags::OTHERS),
        ("NOT IN NMAP", flags::BEYOND),
    ];
    for (title, table) in parts {
        let _ = writeln!(text, "{title}:");
        for flag in table {
            let short = flag.short.map(|short| format!("-{short}"));
            let long = flag.long.map(|long| match long.len() {
                2 => format!("-{long}"),
                _ => format!("--{long}"),
            });
            let names: Vec<String> = short.into_iter().chain(long).collect();
            let value = flag
                .value
                .name()
                .map(|v| format!(" <{v}>"))
                .unwrap_or_default();
            let _ = writeln!(text, "  {:<26} {}", names.join("/") + &value, flag.help);
        }
        if title.starts_with("HOST") {
            text.push_str(KINDS);
        }
    }
    text
}
