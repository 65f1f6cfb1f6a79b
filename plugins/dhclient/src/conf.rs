//! dhclient.conf(5): the statements that a client without scripts can heed. Others are refused by name.

use std::net::Ipv4Addr;

use crate::lease_file;
use crate::syntax::{self, Statement};
use crate::v4::lease::Lease;
use crate::v4::value::Word;
use crate::v4::{option, value};

/// How an option of the server is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// In place of the server's.
    Supersede,
    /// If the server has none.
    Default,
    /// After the server's.
    Append,
    /// Before the server's.
    Prepend,
}

/// The configuration of one interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conf {
    /// Seconds until it gives up.
    pub timeout: u64,
    /// Seconds until it tries again after that.
    pub retry: u64,
    /// Seconds to try the address of an earlier lease.
    pub reboot: u64,
    /// Seconds to wait for further offers.
    pub select: u64,
    /// The least interval of the first message, and the longest of all.
    pub initial_interval: u64,
    /// As above.
    pub backoff_cutoff: u64,
    /// Options to send.
    pub send: Vec<(u8, Vec<u8>)>,
    /// Whether the name of this machine is sent.
    pub send_host_name: bool,
    /// Options to ask for.
    pub request: Vec<u8>,
    /// Options without which an offer is not taken.
    pub require: Vec<u8>,
    /// Changes of options.
    pub changes: Vec<(How, u8, Vec<u8>)>,
    /// Servers whose offers are not taken: address and length of the prefix.
    pub reject: Vec<(Ipv4Addr, u32)>,
    /// `send dhcp6.rapid-commit`.
    pub rapid_commit: bool,
    /// Predefined leases.
    pub leases: Vec<Lease>,
}

impl Default for Conf {
    fn default() -> Self {
        Self {
            timeout: 60,
            retry: 300,
            reboot: 10,
            select: 0,
            initial_interval: 3,
            backoff_cutoff: 15,
            send: Vec::new(),
            send_host_name: false,
            // subnet-mask, broadcast-address, time-offset, routers, domain-name, domain-name-servers, host-name
            request: vec![1, 28, 2, 3, 15, 6, 12],
            require: Vec::new(),
            changes: Vec::new(),
            reject: Vec::new(),
            rapid_commit: false,
            leases: Vec::new(),
        }
    }
}

/// A file's configuration for an interface, and what of it was not understood, as ISC's dhclient words it.
pub fn parse(text: &[u8], path: &str, interface: &str) -> (Conf, Vec<String>) {
    let mut conf = Conf::default();
    let mut mistakes = Vec::new();
    match syntax::parse(text) {
        Ok(statements) => conf.read(&statements, interface, &mut |line, what| {
            mistakes.push(format!("{path} line {line}: {what}"));
        }),
        Err(mistake) => mistakes.push(format!("{path} line {}: {}", mistake.line, mistake.what)),
    }
    (conf, mistakes)
}

impl Conf {
    fn read(
        &mut self,
        statements: &[Statement],
        interface: &str,
        wrong: &mut impl FnMut(usize, String),
    ) {
        for statement in statements {
            if let Err(what) = self.statement(statement, interface, wrong) {
                wrong(statement.line, what);
            }
        }
    }

    fn statement(
        &mut self,
        statement: &Statement,
        interface: &str,
        wrong: &mut impl FnMut(usize, String),
    ) -> Result<(), String> {
        let plain = statement.plain();
        let seconds = |text: &str| text.parse::<u32>().map(u64::from).map_err(|_| number(text));
        match plain.as_slice() {
            ["timeout", text] => self.timeout = seconds(text)?,
            ["retry", text] => self.retry = seconds(text)?,
            ["reboot", text] => self.reboot = seconds(text)?,
            ["select-timeout", text] => self.select = seconds(text)?,
            ["initial-interval", text] => self.initial_interval = seconds(text)?.max(1),
            ["backoff-cutoff", text] => self.backoff_cutoff = seconds(text)?.max(1),
            ["request", names @ ..] => self.request = codes(names, &self.request)?,
            ["also", "request", names @ ..] => self.request.extend(codes(names, &[])?),
            ["require", names @ ..] => self.require = codes(names, &self.require)?,
            ["also", "require", names @ ..] => self.require.extend(codes(names, &[])?),
            ["send", "host-name", "=", "gethostname()"] => self.send_host_name = true,
            ["send", "dhcp6.rapid-commit", ..] => self.rapid_commit = true,
            ["send", name, ..] => {
                if let Some((code, value)) = setting(name, &statement.words)? {
                    self.send.push((code, value));
                }
            }
            [
                word @ ("supersede" | "default" | "append" | "prepend"),
                name,
                ..,
            ] => {
                let how = match *word {
                    "supersede" => How::Supersede,
                    "default" => How::Default,
                    "append" => How::Append,
                    _ => How::Prepend,
                };
                if let Some((code, value)) = setting(name, &statement.words)? {
                    self.changes.push((how, code, value));
                }
            }
            ["reject", networks @ ..] => {
                for network in networks {
                    self.reject.push(network_of(network)?);
                }
            }
            ["lease"] => self.leases.extend(lease_file::lease(statement)),
            ["interface", ..] => {
                if statement.text(1).as_deref() == Some(interface) {
                    let block = statement.block.as_deref().unwrap_or_default();
                    self.read(block, interface, wrong);
                }
            }
            // A definition of an option: those of Debian's file are known already.
            ["option", name, "code", ..] if option::named(name).is_some() => {}
            ["option", name, "code", ..] => {
                return Err(format!(
                    "option {name}: definitions of options are not supported"
                ));
            }
            // What nobody needs here: no scripts run, and nothing is sent to a name server.
            ["script" | "media" | "medium" | "do-forward-updates", ..] => {}
            [word, ..] => {
                return Err(format!(
                    "{}: not supported",
                    nethost_sdk::text::printable(word)
                ));
            }
            [] => return Err("expecting a statement.".into()),
        }
        Ok(())
    }

    /// The options of a server, with the changes of the file.
    pub fn changed(&self, options: &mut crate::v4::message::Options) {
        for (how, code, value) in &self.changes {
            let old = options.get(*code).map(<[u8]>::to_vec);
            let new = match (how, old) {
                (How::Default, Some(_)) => continue,
                (How::Append, Some(old)) => [old, value.clone()].concat(),
                (How::Prepend, Some(old)) => [value.clone(), old].concat(),
                _ => value.clone(),
            };
            options.set(*code, new);
        }
    }

    /// Whether a server is rejected.
    pub fn rejects(&self, server: Ipv4Addr) -> bool {
        let covers = |(network, length): &(Ipv4Addr, u32)| {
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            (network.to_bits() ^ server.to_bits()) & mask == 0
        };
        self.reject.iter().any(covers)
    }
}

fn number(text: &str) -> String {
    format!(
        "expecting number, not {}.",
        nethost_sdk::text::printable(text)
    )
}

/// Options by their names. Those of DHCPv6 are for another protocol; without a name, the list is the old one.
fn codes(names: &[&str], old: &[u8]) -> Result<Vec<u8>, String> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut codes = Vec::new();
    for name in names.iter().filter(|name| !name.starts_with("dhcp6.")) {
        let code = option::named(name);
        let shown = nethost_sdk::text::printable(name);
        let code = code.ok_or_else(|| format!("no option named {shown}"))?;
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    match codes.is_empty() {
        true => Ok(old.to_vec()),
        false => Ok(codes),
    }
}

/// `NAME VALUE…`, or `NAME = VALUE…`; None for an option of DHCPv6.
fn setting(name: &str, words: &[Word]) -> Result<Option<(u8, Vec<u8>)>, String> {
    if name.starts_with("dhcp6.") {
        return Ok(None);
    }
    let shown = nethost_sdk::text::printable(name);
    let code = option::named(name).ok_or_else(|| format!("no option named {shown}"))?;
    let words = words.get(2..).unwrap_or_default();
    let words = match words {
        [Word::Plain(equals), rest @ ..] if equals == "=" => rest,
        words => words,
    };
    let value = value::parse(option::form(code), words);
    let value = value.ok_or_else(|| format!("{shown}: not a value of this option"))?;
    Ok(Some((code, value)))
}

fn network_of(text: &str) -> Result<(Ipv4Addr, u32), String> {
    let wrong = || format!("{}: not an address", nethost_sdk::text::printable(text));
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, length.parse().ok().filter(|length| *length <= 32)),
        None => (text, Some(32)),
    };
    let address = address.parse().map_err(|_| wrong())?;
    Ok((address, length.ok_or_else(wrong)?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::v4::message::Options;

    const DEBIAN: &str = "option rfc3442-classless-static-routes code 121 = array of unsigned integer 8;\n\
        send host-name = gethostname();\n\
        request subnet-mask, broadcast-address, time-offset, routers,\n\
        domain-name, domain-name-servers, domain-search, host-name,\n\
        dhcp6.name-servers, netbios-name-servers, netbios-scope, interface-mtu,\n\
        rfc3442-classless-static-routes, ntp-servers;\n";

    #[test]
    fn the_file_of_debian_is_understood() {
        let (conf, mistakes) = parse(DEBIAN.as_bytes(), "f", "eth0");
        assert_eq!(mistakes, Vec::<String>::new());
        assert!(conf.send_host_name);
        assert_eq!(
            conf.request,
            [1, 28, 2, 3, 15, 6, 119, 12, 44, 47, 26, 121, 42]
        );
    }

    #[test]
    fn options_are_changed_as_the_file_says() {
        let file = "timeout 5; interface \"eth0\" { retry 7; reject 10.0.0.0/8, 192.0.2.1; }\n\
            interface \"eth1\" { retry 8; } supersede domain-name \"a.test\";\n\
            default host-name \"h\"; append domain-name-servers 10.0.0.1;\n\
            prepend domain-name-servers 10.0.0.2; send dhcp-lease-time 3600; require routers;";
        let (conf, mistakes) = parse(file.as_bytes(), "f", "eth0");
        assert_eq!(mistakes, Vec::<String>::new());
        assert_eq!((conf.timeout, conf.retry), (5, 7));
        assert!(conf.rejects([10, 9, 9, 9].into()) && conf.rejects([192, 0, 2, 1].into()));
        assert!(!conf.rejects([192, 0, 2, 2].into()));
        assert_eq!(conf.send, [(51, vec![0, 0, 14, 16])]);
        assert_eq!(conf.require, [3]);
        let mut options = Options::default();
        options.set(6, [10, 0, 0, 9]);
        options.set(12, *b"server");
        conf.changed(&mut options);
        assert_eq!(options.get(15), Some(&b"a.test"[..]));
        assert_eq!(options.get(12), Some(&b"server"[..]));
        assert_eq!(
            options.get(6),
            Some(&[10, 0, 0, 2, 10, 0, 0, 9, 10, 0, 0, 1][..])
        );
    }

    #[test]
    fn mistakes_are_named_with_their_lines() {
        let file =
            "timeout x;\nrequest nothing;\nfoo 1;\nreject 10.0.0.0/33;\nsend domain-name 5x;\n";
        let (_, mistakes) = parse(file.as_bytes(), "f", "eth0");
        let lines: Vec<&str> = mistakes.iter().map(|line| &line[..8]).collect();
        assert_eq!(
            lines,
            ["f line 1", "f line 2", "f line 3", "f line 4", "f line 5"]
        );
    }
}
