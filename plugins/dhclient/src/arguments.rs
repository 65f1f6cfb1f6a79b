//! The command line. ISC's dhclient compares whole words: `-lf` is one option, and none can be joined with another.

mod usage;
mod value;

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use nethost_sdk::Exit;
use nethost_sdk::output::Format;
use nethost_sdk::text::printable;

use crate::v6::lease::Kind;

pub(crate) use usage::usage;

/// Where Debian's dhclient has its files.
const CONF: &str = "/etc/dhcp/dhclient.conf";
const LEASES6: &str = "/var/lib/dhcp/dhclient6.leases";
const RESOLVER: &str = "/etc/resolv.conf";
const LEASES: &str = "/var/lib/dhcp/dhclient.leases";

/// The protocols that the operator names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// -4.
    Four,
    /// -6, or an option that is for DHCPv6 alone.
    Six,
}

/// The options given.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) verbose: bool,
    /// -1.
    pub(crate) once: bool,
    /// -r.
    pub(crate) release: bool,
    /// -x.
    pub(crate) stop: bool,
    /// -n.
    pub(crate) no_interfaces: bool,
    /// -nw.
    pub(crate) background: bool,
    /// -p.
    pub(crate) port: Option<u16>,
    /// -s.
    pub(crate) server: Ipv4Addr,
    /// -g.
    pub(crate) relay: Option<Ipv4Addr>,
    /// -cf, and whether it was given.
    pub(crate) conf: (String, bool),
    /// -lf, and whether it was given.
    pub(crate) leases: (String, bool),
    /// -df: a second file for the identifier of the client.
    pub(crate) second_leases: Option<String>,
    /// -pf, without --no-pid.
    pub(crate) process_file: Option<String>,
    /// --resolv-conf: the resolver's file.
    pub(crate) resolver: String,
    /// -sf.
    pub(crate) script: bool,
    /// -e.
    pub(crate) variables: bool,
    /// -I.
    pub(crate) standard_names: bool,
    /// --timeout: in place of the file's.
    pub(crate) timeout: Option<u64>,
    /// --dad-wait-time.
    pub(crate) conflict_wait: Duration,
    /// --decline-wait-time.
    pub(crate) decline_wait: u64,
    /// -B.
    pub(crate) broadcast: bool,
    /// -C ID.
    pub(crate) identifier: Option<Vec<u8>>,
    /// -i, or -D: a client of DHCP for IPv4 has the identifier of RFC 4361.
    pub(crate) by_duid: bool,
    /// -H or -F: a name to send.
    pub(crate) host_name: Option<String>,
    /// --request-options: options to ask for.
    pub(crate) request: Option<Vec<u8>>,
    /// -V: the class of the client.
    pub(crate) class: Option<String>,
    /// --mac: another client's hardware address.
    pub(crate) hardware: Option<Vec<u8>>,
    pub(crate) interfaces: Vec<String>,
    pub(crate) probe: bool,
    pub(crate) compare: bool,
    pub(crate) format: Format,
    pub(crate) family: Option<Family>,
    /// -S.
    pub(crate) information: bool,
    /// -N, -T, -P, each as often as it was given.
    pub(crate) associations: Vec<Kind>,
    /// -R: all of them, or no lease.
    pub(crate) require_all: bool,
    /// --prefix-len-hint.
    pub(crate) prefix_hint: Option<u8>,
    /// --address-prefix-len.
    pub(crate) address_length: u8,
    /// -D LLT.
    pub(crate) with_time: bool,
    /// --expect: the servers and routers that belong there.
    pub(crate) expect: Vec<IpAddr>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            verbose: false,
            once: false,
            release: false,
            stop: false,
            no_interfaces: false,
            background: false,
            port: None,
            server: Ipv4Addr::BROADCAST,
            relay: None,
            conf: (CONF.into(), false),
            leases: (LEASES.into(), false),
            second_leases: None,
            process_file: None,
            resolver: RESOLVER.into(),
            script: false,
            variables: false,
            standard_names: false,
            timeout: None,
            conflict_wait: Duration::from_millis(100),
            decline_wait: 10,
            broadcast: false,
            identifier: None,
            by_duid: false,
            host_name: None,
            request: None,
            class: None,
            hardware: None,
            interfaces: Vec::new(),
            probe: false,
            compare: false,
            format: Format::Text,
            family: None,
            information: false,
            associations: Vec::new(),
            require_all: false,
            prefix_hint: None,
            address_length: 128,
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

    /// Whether DHCPv6 was chosen.
    pub(crate) fn ipv6(&self) -> bool {
        self.family == Some(Family::Six)
    }

    /// The port of the client, and that of servers. A relay agent has that of servers itself.
    pub(crate) fn ports(&self) -> (u16, u16) {
        let is_relay = self.relay.is_some_and(|relay| relay != Ipv4Addr::LOCALHOST);
        let port = self.port.unwrap_or(if is_relay { 67 } else { 68 });
        (port, if is_relay { port } else { port - 1 })
    }

    /// The addresses of --expect of one family; none if there are none.
    pub(crate) fn expected(&self, family: Family) -> Option<Vec<IpAddr>> {
        let all = self.expect.iter().copied();
        let of: Vec<IpAddr> = all
            .filter(|server| server.is_ipv6() == (family == Family::Six))
            .collect();
        (!of.is_empty()).then_some(of)
    }

    /// An option that is for DHCPv6 alone.
    fn need_six(&mut self, word: &str) -> Result<(), Exit> {
        if self.family == Some(Family::Four) {
            return Err(misused(format_args!("Command not used for DHCPv4: {word}")));
        }
        self.family = Some(Family::Six);
        Ok(())
    }

    fn choose(&mut self, family: Family) -> Result<(), Exit> {
        if self.family.is_some_and(|chosen| chosen != family) {
            return Err(Exit::failed(1, "Client can only do v4 or v6, not both."));
        }
        self.family = Some(family);
        Ok(())
    }

    /// What fits together, and which of the two files of leases is the usual one.
    fn check(&mut self) -> Result<(), Exit> {
        let one = self.interfaces.len() == 1;
        if self.associations.contains(&Kind::Prefixes) && !one {
            return Err(misused("PD -P only supports one requested interface"));
        }
        let else_asked = self.release || !self.associations.is_empty();
        if self.information && (else_asked || !one) {
            // As ISC's dhclient spells it.
            return Err(misused(
                "Stateless command: -S incompatibile with other commands",
            ));
        }
        let four = self.broadcast || self.identifier.is_some() || self.hardware.is_some();
        let four = four || self.host_name.is_some() || self.class.is_some();
        let four = four || self.request.is_some() || self.port.is_some();
        if self.ipv6() && (four || self.server != Ipv4Addr::BROADCAST) {
            return Err(misused(
                "-p, -s, -B, -C, -H, -F, -V, --request-options and --mac are for DHCP over IPv4",
            ));
        }
        if let Some(family) = self.family
            && !self.expect.is_empty()
            && self.expected(family).is_none()
        {
            return Err(misused("--expect: no address of the chosen protocol"));
        }
        if self.ipv6() && !self.leases.1 {
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

    /// What of the command line has no effect here, and why.
    pub(crate) fn say_what_has_no_effect(&self) {
        if self.background {
            nethost_sdk::output::complain(
                "-nw: stays in the foreground: a tool of nethost does not go to the background",
            );
        }
        for (given, line) in [
            (
                self.script,
                "-sf: no scripts run; what they would configure, dhclient configures itself",
            ),
            (
                self.variables,
                "-e: no script runs that could use a variable",
            ),
            (
                self.standard_names,
                "-I: no names are updated, by this scheme or another",
            ),
        ] {
            if given {
                self.say(line);
            }
        }
    }
}

fn misused(what: impl std::fmt::Display) -> Exit {
    Exit::misused(1, what.to_string())
}

/// Reads the command line.
pub(crate) fn parse(args: &[String]) -> Result<Options, Exit> {
    let mut options = Options::default();
    let (mut process_file, mut no_process_file) = (None, false);
    let mut rest = args.iter();
    while let Some(word) = rest.next() {
        let mut value = || {
            let value = rest.next();
            value.ok_or_else(|| misused(format_args!("No argument for command: {word}")))
        };
        match word.as_str() {
            "--version" => return Err(Exit::done(usage::VERSION)),
            "--help" | "-h" => {
                return Err(Exit {
                    usage: true,
                    ..Exit::silent(0)
                });
            }
            "-4" => options.choose(Family::Four)?,
            "-6" => options.choose(Family::Six)?,
            // The run stays in the foreground, and needs no interface that can broadcast.
            "-w" => {}
            "-nw" => options.background = true,
            "-d" | "-v" => options.verbose = true,
            "-q" => options.verbose = false,
            "-1" => options.once = true,
            "-r" => options.release = true,
            "-x" => (options.stop, options.release) = (true, false),
            "-n" => options.no_interfaces = true,
            "-B" => options.broadcast = true,
            "-i" => options.by_duid = true,
            "-I" => options.standard_names = true,
            "-S" => {
                options.need_six(word)?;
                options.information = true;
            }
            "-N" | "-T" | "-P" => {
                options.need_six(word)?;
                options.associations.push(match word.as_str() {
                    "-N" => Kind::Addresses,
                    "-T" => Kind::Temporary,
                    _ => Kind::Prefixes,
                });
            }
            "-R" => {
                options.need_six(word)?;
                options.require_all = true;
            }
            "-D" => {
                options.by_duid = true;
                options.with_time = match value()? {
                    kind if kind.eq_ignore_ascii_case("LL") => false,
                    kind if kind.eq_ignore_ascii_case("LLT") => true,
                    other => {
                        let shown = printable(other);
                        return Err(misused(format_args!("Unknown argument to -D: {shown}")));
                    }
                };
            }
            "-p" => options.port = Some(value::port(value()?)?),
            "-s" => options.server = value::address(value()?)?,
            "-g" => options.relay = Some(value::address(value()?)?),
            "-cf" => options.conf = (value()?.clone(), true),
            "-lf" => options.leases = (value()?.clone(), true),
            "-df" => options.second_leases = Some(value()?.clone()),
            "-pf" => process_file = Some(value()?.clone()),
            "--no-pid" => no_process_file = true,
            "--resolv-conf" => options.resolver = value()?.clone(),
            "-sf" => {
                value()?;
                options.script = true;
            }
            "-e" => {
                value()?;
                options.variables = true;
            }
            "-C" => options.identifier = Some(value::identifier(value()?)),
            "-H" | "-F" => options.host_name = Some(value()?.clone()),
            "-V" => options.class = Some(value()?.clone()),
            "--request-options" => options.request = Some(value::request(value()?)?),
            "--timeout" | "-timeout" => options.timeout = Some(value::seconds(word, value()?)?),
            "--dad-wait-time" => {
                options.conflict_wait = Duration::from_secs(value::seconds(word, value()?)?);
            }
            "--decline-wait-time" => options.decline_wait = value::seconds(word, value()?)?,
            "--prefix-len-hint" => {
                let length = value::length(word, value()?)?;
                options.prefix_hint = (length > 0).then_some(length);
            }
            "--address-prefix-len" => options.address_length = value::length(word, value()?)?,
            "--mac" => options.hardware = Some(value::hardware(value()?)?),
            "--probe" => options.probe = true,
            "--compare" => options.compare = true,
            "--json" => options.format = Format::Json,
            "--expect" => options.expect.extend(value::servers(value()?)?),
            "-4o6" => {
                return Err(Exit::failed(
                    1,
                    "dhclient: -4o6: not supported: DHCPv4 over DHCPv6 takes a second client that passes the messages on",
                ));
            }
            word if word.starts_with('-') => {
                return Err(misused(format_args!(
                    "Unknown command: {}",
                    printable(word)
                )));
            }
            interface if options.no_interfaces => {
                let shown = printable(interface);
                return Err(misused(format_args!(
                    "No interfaces command -n and  requested interface {shown}"
                )));
            }
            interface => options.interfaces.push(interface.to_owned()),
        }
    }
    options.process_file = process_file.filter(|_| !no_process_file);
    options.check()?;
    Ok(options)
}

#[cfg(test)]
mod tests;
