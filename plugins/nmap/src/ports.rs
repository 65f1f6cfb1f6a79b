//! Which ports: the syntax of `-p`, and the choices of `-F` and `--top-ports`.

use nethost_sdk::Exit;
use nethost_sdk::output::complain;
use nethost_sdk::text::printable;

use crate::options::Options;
use crate::port_syntax::{self, Part};
use crate::quit;
use crate::services::{Protocol, Services};

/// Ports in ascending order, for each protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PortLists {
    pub(crate) tcp: Vec<u16>,
    pub(crate) udp: Vec<u16>,
    pub(crate) sctp: Vec<u16>,
    /// Numbers of IP protocols.
    pub(crate) ip: Vec<u16>,
    /// A port was named twice.
    pub(crate) repeated: bool,
}

impl PortLists {
    pub(crate) fn of(&self, protocol: Protocol) -> &[u16] {
        match protocol {
            Protocol::Tcp => &self.tcp,
            Protocol::Udp => &self.udp,
            Protocol::Sctp => &self.sctp,
            Protocol::Ip => &self.ip,
        }
    }

    fn of_mut(&mut self, protocol: Protocol) -> &mut Vec<u16> {
        match protocol {
            Protocol::Tcp => &mut self.tcp,
            Protocol::Udp => &mut self.udp,
            Protocol::Sctp => &mut self.sctp,
            Protocol::Ip => &mut self.ip,
        }
    }

    /// The ports to scan.
    pub(crate) fn chosen(options: &Options, services: &Services) -> Result<Self, Exit> {
        let scanned = |protocol| {
            let mut scans = options.scans.iter();
            scans.any(|scan| scan.protocol() == protocol)
        };
        let wanted: Vec<Protocol> = Protocol::ALL.into_iter().filter(|p| scanned(*p)).collect();
        let mut lists = match &options.ports {
            Some(text) if options.top_ports.is_none() && options.port_ratio.is_none() => {
                Self::parse(text, &wanted, services)?
            }
            range => {
                let within = range
                    .as_ref()
                    .map(|text| Self::parse(text, &wanted, services));
                let within = within.transpose()?;
                let mut lists = Self::default();
                for protocol in wanted {
                    let among = |port: &u16| {
                        within
                            .as_ref()
                            .is_none_or(|within| within.of(protocol).contains(port))
                    };
                    let count = match (options.top_ports, options.fast) {
                        (Some(count), _) => count as usize,
                        (None, true) => 100,
                        (None, false) => 1000,
                    };
                    if protocol == Protocol::Ip && options.fast {
                        *lists.of_mut(protocol) = services.named_in(protocol, 0, 255);
                        continue;
                    }
                    let ports = match options.port_ratio {
                        Some(ratio) => services.above(protocol, ratio),
                        None => services.top(protocol, usize::MAX),
                    };
                    let ports = ports.into_iter().filter(among);
                    *lists.of_mut(protocol) = match options.port_ratio {
                        Some(_) => ports.collect(),
                        None => ports.take(count).collect(),
                    };
                }
                lists
            }
        };
        if let Some(text) = &options.exclude_ports {
            let without = Self::parse(text, &Protocol::ALL, services)?;
            for protocol in Protocol::ALL {
                let excluded = without.of(protocol);
                lists
                    .of_mut(protocol)
                    .retain(|port| excluded.binary_search(port).is_err());
            }
        }
        for protocol in Protocol::ALL {
            lists.of_mut(protocol).sort_unstable();
        }
        // The kernel sends no packets of protocol 0, and tells of no errors about protocol 255.
        let count = lists.ip.len();
        lists.ip.retain(|number| ![0, 255].contains(number));
        if lists.ip.len() < count && options.ports.is_some() {
            complain(
                "The protocols 0 and 255 cannot be scanned by nethost's nmap; they are left out.",
            );
        }
        if let Some(text) = &options.ports {
            let upper = text.to_ascii_uppercase();
            for (letter, protocol, missing) in [
                ("U:", Protocol::Udp, "UDP scan with -sU"),
                ("T:", Protocol::Tcp, "any TCP scan type"),
                ("S:", Protocol::Sctp, "any SCTP scan type"),
                ("P:", Protocol::Ip, "IP Protocol scan with -sO"),
            ] {
                let alone = protocol == Protocol::Tcp && scanned(Protocol::Ip);
                if upper.contains(letter) && !scanned(protocol) && !alone {
                    complain(format_args!(
                        "WARNING: Your ports include \"{letter}\" but you haven't specified {missing}."
                    ));
                }
            }
        }
        Ok(lists)
    }

    /// `22,80-90,T:1-,U:53,http*`.
    pub(crate) fn parse(
        text: &str,
        wanted: &[Protocol],
        services: &Services,
    ) -> Result<Self, Exit> {
        let parts = port_syntax::read(text, wanted)?;
        if parts.is_empty() {
            return Err(none());
        }
        let mut lists = Self::default();
        for part in parts {
            match part {
                Part::Mask { of, mask } => {
                    if wanted == [Protocol::Ip] {
                        return Err(none());
                    }
                    let mut found = false;
                    for protocol in of {
                        let ports = services.matching(protocol, &mask);
                        found |= !ports.is_empty();
                        lists.of_mut(protocol).extend(ports);
                    }
                    if !found {
                        return Err(quit(format!(
                            "Found no matches for the service mask '{}' and your specified protocols",
                            printable(&mask)
                        )));
                    }
                }
                Part::Range {
                    of,
                    from,
                    to,
                    named,
                } => {
                    for protocol in of {
                        if from == 0 && protocol != Protocol::Ip {
                            return Err(port_zero());
                        }
                        let list = lists.of_mut(protocol);
                        if named {
                            list.extend(services.named_in(protocol, from, to));
                            continue;
                        }
                        // A number that is meant for ports, as of --exclude-ports.
                        let to = if protocol == Protocol::Ip {
                            to.min(255)
                        } else {
                            to
                        };
                        lists.repeated |= list.iter().any(|known| (from..=to).contains(known));
                        lists.of_mut(protocol).extend(from..=to);
                    }
                }
            }
        }
        for protocol in Protocol::ALL {
            let list = lists.of_mut(protocol);
            list.sort_unstable();
            list.dedup();
        }
        Ok(lists)
    }
}

fn none() -> Exit {
    quit("No ports specified -- If you really don't want to scan any ports use ping scan...".into())
}

fn port_zero() -> Exit {
    quit("Port 0 cannot be scanned by nethost's nmap; begin with 1.".into())
}

/// The ports of a discovery option such as `-PS22,http`, or the protocols of `-PO1,2,4`.
pub(crate) fn of_ping(text: &str, protocol: Protocol) -> Result<Vec<u16>, Exit> {
    let mut lists = PortLists::parse(text, &[protocol], &Services::load(None)?)?;
    Ok(std::mem::take(lists.of_mut(protocol)))
}

/// Ranges of ascending ports.
pub(crate) fn ranges(ports: &[u16]) -> Vec<(u16, u16)> {
    let mut ranges: Vec<(u16, u16)> = Vec::new();
    for port in ports {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*port) => *last = *port,
            _ => ranges.push((*port, *port)),
        }
    }
    ranges
}

/// Ranges as text: `22,79-90`.
pub(crate) fn shown(ports: &[u16]) -> String {
    let range = |(from, to): &(u16, u16)| match from == to {
        true => from.to_string(),
        false => format!("{from}-{to}"),
    };
    ranges(ports)
        .iter()
        .map(range)
        .collect::<Vec<_>>()
        .join(",")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> PortLists {
        let services = Services::load(None).unwrap();
        PortLists::parse(text, &Protocol::ALL, &services).unwrap()
    }

    #[test]
    fn ports_are_ranges_and_names() {
        assert_eq!(parsed("22,80-82").tcp, [22, 80, 81, 82]);
        assert_eq!(parsed("-3").udp, [1, 2, 3]);
        assert_eq!(parsed("65534-").tcp, [65534, 65535]);
        assert_eq!(parsed("-").tcp.len(), 65535);
        assert_eq!(parsed("https").tcp, [443]);
        let split = parsed("T:22,23,U:53,S:9");
        assert_eq!(
            (&split.tcp[..], &split.udp[..], &split.sctp[..]),
            (&[22, 23][..], &[53][..], &[9][..])
        );
        assert_eq!(parsed("[80-82]").tcp, parsed("[80-82").tcp);
        assert_eq!(parsed(" 80 , 81,").tcp, [80, 81]);
        assert!(!parsed("80,http").repeated, "names are not told of");
        assert!(parsed("22,22").repeated && !parsed("22,23").repeated);
    }

    #[test]
    fn wrong_ports_are_named() {
        let services = Services::load(None).unwrap();
        for (text, part) in [
            ("99999", "between 0 and 65535"),
            ("9-3", "backwards"),
            ("22x", "illegal"),
            ("no-such-*", "no matches"),
            ("0", "Port 0"),
            ("Q:1", "specifier 'Q'"),
            ("t:1", "specifier 't'"),
            ("", "#485"),
            (",", "#485"),
            ("1,,2", "#485"),
            ("1-x", "#486"),
            ("1-2-3", "#488"),
            ("1]", "Unexpected ]"),
            ("[[1", "Unexpected ["),
            ("T:", "No ports"),
        ] {
            let error = PortLists::parse(text, &Protocol::ALL, &services).unwrap_err();
            assert!(error.stderr.contains(part), "{text}: {}", error.stderr);
        }
    }

    #[test]
    fn ports_are_shown_as_ranges() {
        assert_eq!(shown(&[22, 79, 80, 81, 90]), "22,79-81,90");
        assert_eq!(shown(&[]), "");
        assert_eq!(shown(&[65534, 65535]), "65534-65535");
    }
}
