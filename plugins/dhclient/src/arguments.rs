//! The command line. ISC's dhclient compares whole words: `-lf` is one option, and none can be joined with another.

use std::net::Ipv4Addr;
use std::time::Duration;

use nethost_sdk::Exit;
use nethost_sdk::output::Format;
use nethost_sdk::text::printable;

use crate::v6::lease::Kind;

/// Where Debian's dhclient has its files.
const CONF: &str = "/etc/dhcp/dhclient.conf";
const LEASES6: &str = "/var/lib/dhcp/dhclient6.leases";
const RESOLVER: &str = "/etc/resolv.conf";
const LEASES: &str = "/var/lib/dhcp/dhclient.leases";

/// The options given.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) verbose: bool,
    /// -1.
    pub(crate) once: bool,
    /// -r.
    pub(crate) release: bool,
    /// -n.
    pub(crate) no_interfaces: bool,
    /// -p.
    pub(crate) port: u16,
    /// -s.
    pub(crate) server: Ipv4Addr,
    /// -cf, and whether it was given.
    pub(crate) conf: (String, bool),
    /// -lf, and whether it was given.
    pub(crate) leases: (String, bool),
    /// --resolv-conf: the resolver's file.
    pub(crate) resolver: String,
    /// -pf.
    pub(crate) process_file: bool,
    /// -sf.
    pub(crate) script: bool,
    /// --timeout: in place of the file's.
    pub(crate) timeout: Option<u64>,
    /// --dad-wait-time.
    pub(crate) conflict_wait: Duration,
    /// --decline-wait-time.
    pub(crate) decline_wait: u64,
    /// -B.
    pub(crate) broadcast: bool,
    /// -C ID, or -i.
    pub(crate) identifier: Option<Vec<u8>>,
    /// -H or -F: a name to send.
    pub(crate) host_name: Option<String>,
    /// -R: options to ask for.
    pub(crate) request: Option<Vec<u8>>,
    /// -V: the class of the client.
    pub(crate) class: Option<String>,
    pub(crate) interfaces: Vec<String>,
    pub(crate) probe: bool,
    pub(crate) compare: bool,
    pub(crate) format: Format,
    /// -6.
    pub(crate) ipv6: bool,
    /// -S.
    pub(crate) information: bool,
    /// -N, -T, -P.
    pub(crate) associations: Vec<Kind>,
    /// -D LLT.
    pub(crate) with_time: bool,
    /// --expect: the servers that belong there.
    pub(crate) expect: Vec<Ipv4Addr>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            verbose: false,
            once: false,
            release: false,
            no_interfaces: false,
            port: 68,
            server: Ipv4Addr::BROADCAST,
            conf: (CONF.into(), false),
            leases: (LEASES.into(), false),
            resolver: RESOLVER.into(),
            process_file: false,
            script: false,
            timeout: None,
            conflict_wait: Duration::from_millis(100),
            decline_wait: 10,
            broadcast: false,
            identifier: None,
            host_name: None,
            request: None,
            class: None,
            interfaces: Vec::new(),
            probe: false,
            compare: false,
            format: Format::Text,
            ipv6: false,
            information: false,
            associations: Vec::new(),
            with_time: false,
            expect: Vec::new(),
        }
    }
}

impl Options {
    /// What is asked for over DHCPv6: addresses, unless the operator wants something else.
    pub(crate) fn kinds(&self) -> Vec<Kind> {
        match self.associations.is_empty() {
            true => vec![Kind::Addresses],
            false => self.associations.clone(),
        }
    }

    /// The port of servers.
    pub(crate) fn server_port(&self) -> u16 {
        self.port.saturating_sub(1)
    }

    fn ask_for(&mut self, kind: Kind) {
        if !self.associations.contains(&kind) {
            self.associations.push(kind);
        }
    }

    /// What is for one protocol makes no sense with the other. The files of the two differ.
    fn check_protocol(&mut self) -> Result<(), Exit> {
        let six = self.information || self.with_time || !self.associations.is_empty();
        if six && !self.ipv6 {
            return Err(misused("-S, -N, -T, -P and -D LLT need -6"));
        }
        if self.information && !self.associations.is_empty() {
            return Err(misused("-S cannot be used with -N, -T or -P"));
        }
        let four = self.probe || self.compare || self.broadcast || self.identifier.is_some();
        let four =
            four || self.host_name.is_some() || self.class.is_some() || self.request.is_some();
        let four = four || self.port != 68 || self.server != Ipv4Addr::BROADCAST;
        if self.ipv6 && four {
            return Err(misused(
                "-p, -s, -B, -C, -H, -F, -V, -R, --probe and --compare are for DHCP over IPv4",
            ));
        }
        if self.ipv6 && !self.leases.1 {
            self.leases.0 = LEASES6.into();
        }
        Ok(())
    }

    /// A line that ISC's dhclient writes to the log, and with -v or -d to the terminal.
    pub(crate) fn say(&self, line: impl std::fmt::Display) {
        if self.verbose {
            nethost_sdk::output::complain(line);
        }
    }
}

/// What ISC's dhclient has and this one does not: the option, and why.
const ABSENT: &[(&str, &str)] = &[
    ("-4o6", "DHCPv4 over DHCPv6 is not supported"),
    ("-df", "not supported: the identifier is in the lease file"),
    ("-i", "client identifiers of a DUID are not supported"),
    ("-I", "client identifiers of a DUID are not supported"),
    ("--prefix-len-hint", "not supported"),
    (
        "--address-prefix-len",
        "not supported: addresses are set with a length of 128",
    ),
    (
        "-x",
        "not supported: there is no process in the background to end",
    ),
    (
        "-nw",
        "not supported: a tool of nethost does not go to the background",
    ),
    ("-g", "relay agents are not supported"),
    ("-e", "no script runs that could use a variable"),
    ("-tf", "traces are not supported"),
    ("-play", "traces are not supported"),
    (
        "--mac",
        "another hardware address than that of the interface is not supported",
    ),
];

fn misused(what: impl std::fmt::Display) -> Exit {
    Exit::misused(1, what.to_string())
}

/// Reads the command line.
pub(crate) fn parse(args: &[String]) -> Result<Options, Exit> {
    let mut options = Options::default();
    let mut rest = args.iter();
    while let Some(word) = rest.next() {
        let mut value = || {
            let value = rest.next();
            value.ok_or_else(|| misused(format_args!("No argument for command: {word}")))
        };
        match word.as_str() {
            "--version" => {
                return Err(Exit::done(concat!(
                    "dhclient from nethost ",
                    env!("CARGO_PKG_VERSION"),
                    "\n"
                )));
            }
            "--help" | "-h" => {
                return Err(Exit {
                    usage: true,
                    ..Exit::silent(0)
                });
            }
            // There is one protocol, and the run stays in the foreground.
            "-4" | "-w" | "--no-pid" => {}
            "-d" | "-v" => options.verbose = true,
            "-q" => options.verbose = false,
            "-1" => options.once = true,
            "-r" => options.release = true,
            "-n" => options.no_interfaces = true,
            "-B" => options.broadcast = true,
            "-6" => options.ipv6 = true,
            "-S" => options.information = true,
            "-N" => options.ask_for(Kind::Addresses),
            "-T" => options.ask_for(Kind::Temporary),
            "-P" => options.ask_for(Kind::Prefixes),
            "-D" => {
                options.with_time = match value()?.as_str() {
                    "LL" => false,
                    "LLT" => true,
                    other => {
                        let shown = printable(other);
                        return Err(misused(format_args!("Unknown argument to -D: {shown}")));
                    }
                };
            }
            "-p" => options.port = port(value()?)?,
            "-s" => options.server = address(value()?)?,
            "-cf" => options.conf = (value()?.clone(), true),
            "-lf" => options.leases = (value()?.clone(), true),
            "--resolv-conf" => options.resolver = value()?.clone(),
            "-pf" => {
                value()?;
                options.process_file = true;
            }
            "-sf" => {
                value()?;
                options.script = true;
            }
            "-C" => options.identifier = Some(identifier(value()?)),
            "-H" | "-F" => options.host_name = Some(value()?.clone()),
            "-V" => options.class = Some(value()?.clone()),
            "-R" => options.request = Some(request(value()?)?),
            "--timeout" | "-timeout" => options.timeout = Some(seconds(word, value()?)?),
            "--dad-wait-time" => {
                options.conflict_wait = Duration::from_secs(seconds(word, value()?)?);
            }
            "--decline-wait-time" => options.decline_wait = seconds(word, value()?)?,
            "--probe" => options.probe = true,
            "--compare" => options.compare = true,
            "--json" => options.format = Format::Json,
            "--expect" => {
                for server in value()?.split(',') {
                    options.expect.push(address(server)?);
                }
            }
            word if word.starts_with('-') => {
                let absent = ABSENT.iter().find(|(name, _)| *name == word);
                return Err(match absent {
                    Some((name, why)) => Exit::failed(1, format!("dhclient: {name}: {why}")),
                    None => misused(format_args!("Unknown command: {}", printable(word))),
                });
            }
            interface => options.interfaces.push(interface.to_owned()),
        }
    }
    options.check_protocol()?;
    if options.no_interfaces
        && let Some(interface) = options.interfaces.first()
    {
        let shown = printable(interface);
        return Err(misused(format_args!(
            "No interfaces command -n and  requested interface {shown}"
        )));
    }
    Ok(options)
}

fn port(text: &str) -> Result<u16, Exit> {
    let port = text.parse().ok().filter(|port| *port > 1);
    let shown = printable(text);
    port.ok_or_else(|| Exit::failed(1, format!("Invalid port number specification: {shown}")))
}

fn address(text: &str) -> Result<Ipv4Addr, Exit> {
    let shown = printable(text);
    text.parse()
        .map_err(|_| Exit::failed(1, format!("{shown}: not an IPv4 address")))
}

fn seconds(option: &str, text: &str) -> Result<u64, Exit> {
    let seconds = text.parse::<u32>();
    let shown = printable(text);
    let wrong = |_| Exit::failed(1, format!("Invalid {option} argument: {shown}"));
    seconds.map(u64::from).map_err(wrong)
}

/// Hexadecimal octets with colons between them, or a text, which has the type 0 (RFC 2132 section 9.14).
fn identifier(text: &str) -> Vec<u8> {
    let octets: Option<Vec<u8>> = text
        .split(':')
        .map(|part| u8::from_str_radix(part, 16).ok())
        .collect();
    match octets {
        Some(octets) if octets.len() > 1 => octets,
        _ => [&[0], text.as_bytes()].concat(),
    }
}

fn request(text: &str) -> Result<Vec<u8>, Exit> {
    let code = |name: &str| {
        let code = crate::v4::option::named(name);
        let shown = printable(name).into_owned();
        code.ok_or_else(|| Exit::failed(1, format!("-R: no option named {shown}")))
    };
    text.split(',').map(code).collect()
}

/// The usage, which ISC's dhclient prints on standard error, with the options of nethost.
pub(crate) fn usage() -> String {
    "Usage: dhclient [-4|-6] [-SNTP1dvrBnq] [-w] [-p <port>] [-D LL|LLT] [-R <options>]\n\
     \x20               [-H <host-name>] [-F <host-name>] [-V <class>] [-C <identifier>]\n\
     \x20               [--timeout <seconds>] [--dad-wait-time <seconds>]\n\
     \x20               [--decline-wait-time <seconds>]\n\
     \x20               [-s server-addr] [-cf config-file]\n\
     \x20               [-lf lease-file] [-pf pid-file] [--no-pid]\n\
     \x20               [-sf script-file] [--resolv-conf <file>] [interface]*\n\
     \x20      dhclient --probe [--json] [--timeout <seconds>] [--expect <servers>] [interface]*\n\
     \x20      dhclient --compare [--json] [--timeout <seconds>] [interface]*\n\
     \x20      dhclient {--version|--help|-h}\n"
        .into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Options, Exit> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse(&args)
    }

    #[test]
    fn words_are_options_as_a_whole() {
        let options =
            read("-v -1 -lf a -cf b -pf c -p 1068 -s 10.0.0.2 eth0 eth1 -C 1:2:ab").unwrap();
        assert!(options.verbose && options.once && options.process_file);
        assert_eq!((options.port, options.server_port()), (1068, 1067));
        assert_eq!(options.leases, ("a".into(), true));
        assert_eq!(options.interfaces, ["eth0", "eth1"]);
        assert_eq!(options.identifier, Some(vec![1, 2, 0xab]));
        assert_eq!(
            read("-R routers,unknown-224").unwrap().request,
            Some(vec![3, 224])
        );
    }

    #[test]
    fn refusals_are_those_of_isc() {
        for (line, words, usage) in [
            ("-Q", "Unknown command: -Q", true),
            ("-cf", "No argument for command: -cf", true),
            ("-p x", "Invalid port number specification: x", false),
            (
                "-n eth0",
                "No interfaces command -n and  requested interface eth0",
                true,
            ),
            (
                "-x eth0",
                "dhclient: -x: not supported: there is no process in the background to end",
                false,
            ),
            ("-6 -D foo eth0", "Unknown argument to -D: foo", true),
            ("-S eth0", "-S, -N, -T, -P and -D LLT need -6", true),
        ] {
            let exit = read(line).unwrap_err();
            assert_eq!(
                (exit.stderr.as_str(), exit.usage, exit.code),
                (words, usage, 1),
                "{line}"
            );
        }
    }
}
