//! Names of ports and of IP protocols, and how common ports are: from the registries of IANA, or from a file of the
//! operator.

use std::collections::HashMap;

use nethost_sdk::Exit;

use crate::quit;

/// A protocol with ports; or IP, whose ports are the numbers of the protocols above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Protocol {
    Tcp,
    Udp,
    Sctp,
    Ip,
}

impl Protocol {
    pub(crate) const ALL: [Self; 4] = [Self::Tcp, Self::Udp, Self::Sctp, Self::Ip];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
            Self::Ip => "ip",
        }
    }
}

static NAMES: &str = include_str!("../data/services.txt");
static COMMON: &str = include_str!("../data/frequency.txt");
static PROTOCOLS: &str = include_str!("../data/protocols.txt");

/// What is known of ports.
#[derive(Debug, Default)]
pub(crate) struct Services {
    names: HashMap<(Protocol, u16), Box<str>>,
    /// By how common they are, with the frequency if a file of the operator has it.
    common: HashMap<Protocol, Vec<(u16, f64)>>,
}

impl Services {
    /// The built-in names, or those of an nmap-services file.
    pub(crate) fn load(file: Option<&str>) -> Result<Self, Exit> {
        let Some(file) = file else {
            return Ok(Self::built_in());
        };
        let bytes = nethost_sdk::files::read(file).map_err(|error| {
            quit(format!(
                "Unable to open {file} for reading service information: {error}"
            ))
        })?;
        let mut services = Self::of_file(&String::from_utf8_lossy(&bytes));
        services.name_protocols();
        Ok(services)
    }

    /// The names of IP protocols, and as many of them as there can be.
    fn name_protocols(&mut self) {
        for line in PROTOCOLS.lines() {
            if let Some((number, name)) = line.split_once(' ')
                && let Ok(number) = number.parse()
            {
                self.names.insert((Protocol::Ip, number), name.into());
            }
        }
        let all = (0..=255).map(|number| (number, 0.0));
        self.common.insert(Protocol::Ip, all.collect());
    }

    fn built_in() -> Self {
        let mut services = Self::default();
        for line in NAMES.lines() {
            let mut words = line.split(' ');
            let (Some(port), Some(name), Some(protocols)) =
                (words.next(), words.next(), words.next())
            else {
                continue;
            };
            let Ok(port) = port.parse() else { continue };
            for letter in protocols.bytes() {
                let protocol = match letter {
                    b't' => Protocol::Tcp,
                    b'u' => Protocol::Udp,
                    b's' => Protocol::Sctp,
                    _ => continue,
                };
                services
                    .names
                    .entry((protocol, port))
                    .or_insert_with(|| name.into());
            }
        }
        for line in COMMON.lines() {
            let Some((name, ports)) = line.split_once(' ') else {
                continue;
            };
            let Some(protocol) = Protocol::ALL.into_iter().find(|p| p.name() == name) else {
                continue;
            };
            let ports = ports.split(',').filter_map(|port| port.parse().ok());
            let ports = ports
                .enumerate()
                .map(|(rank, port)| (port, 0.5 / (rank as f64 + 1.0)));
            services.common.insert(protocol, ports.collect());
        }
        services.name_protocols();
        services
    }

    /// `name port/protocol frequency` in each line.
    fn of_file(text: &str) -> Self {
        let mut services = Self::default();
        for line in text.lines() {
            let mut words = line
                .split('#')
                .next()
                .unwrap_or_default()
                .split_whitespace();
            let (Some(name), Some(port)) = (words.next(), words.next()) else {
                continue;
            };
            let Some((port, protocol)) = port.split_once('/') else {
                continue;
            };
            let protocol = Protocol::ALL.into_iter().find(|p| p.name() == protocol);
            let (Ok(port), Some(protocol)) = (port.parse::<u16>(), protocol) else {
                continue;
            };
            let name: String = name.chars().filter(char::is_ascii_graphic).collect();
            services
                .names
                .entry((protocol, port))
                .or_insert_with(|| name.into());
            let frequency = words.next().and_then(|word| match word.split_once('/') {
                Some((part, whole)) => Some(part.parse::<f64>().ok()? / whole.parse::<f64>().ok()?),
                None => word.parse().ok(),
            });
            if let Some(frequency) = frequency.filter(|f: &f64| f.is_finite()) {
                services
                    .common
                    .entry(protocol)
                    .or_default()
                    .push((port, frequency));
            }
        }
        for ports in services.common.values_mut() {
            ports.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        }
        services
    }

    /// The name of a port.
    pub(crate) fn name(&self, protocol: Protocol, port: u16) -> Option<&str> {
        let name = self.names.get(&(protocol, port)).map(AsRef::as_ref);
        name.filter(|name| *name != "unknown")
    }

    /// The most common ports, at most so many.
    pub(crate) fn top(&self, protocol: Protocol, count: usize) -> Vec<u16> {
        let all = self
            .common
            .get(&protocol)
            .map(Vec::as_slice)
            .unwrap_or_default();
        all.iter()
            .filter(|(port, _)| *port > 0 || protocol == Protocol::Ip)
            .take(count)
            .map(|(port, _)| *port)
            .collect()
    }

    /// The ports that are more common than this.
    pub(crate) fn above(&self, protocol: Protocol, ratio: f64) -> Vec<u16> {
        let all = self
            .common
            .get(&protocol)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let above = all.iter().filter(|(_, frequency)| *frequency >= ratio);
        above.map(|(port, _)| *port).collect()
    }

    /// The ports with names that match, with `*` and `?`.
    pub(crate) fn matching(&self, protocol: Protocol, mask: &str) -> Vec<u16> {
        let known = self.names.iter().filter(|((of, _), _)| *of == protocol);
        let matching = known.filter(|(_, name)| matches(mask.as_bytes(), name.as_bytes()));
        matching.map(|((_, port), _)| *port).collect()
    }

    /// The ports of a range that have names.
    pub(crate) fn named_in(&self, protocol: Protocol, from: u16, to: u16) -> Vec<u16> {
        let known = self.names.keys().filter(|(of, _)| *of == protocol);
        known
            .map(|(_, port)| *port)
            .filter(|port| (from..=to).contains(port))
            .collect()
    }
}

/// The name of an IP protocol.
pub(crate) fn protocol_name(number: u8) -> &'static str {
    let mut known = PROTOCOLS.lines().filter_map(|line| line.split_once(' '));
    let found = known.find(|(known, _)| known.parse() == Ok(number));
    found.map_or("unknown", |(_, name)| name)
}

/// Whether a name matches a mask, in time linear in both.
fn matches(mask: &[u8], name: &[u8]) -> bool {
    let (mut at, mut from, mut star) = (0, 0, None);
    while from < name.len() {
        match mask.get(at) {
            Some(b'*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(b'?') => (at, from) = (at + 1, from + 1),
            Some(byte) if Some(byte) == name.get(from) => (at, from) = (at + 1, from + 1),
            _ => match star {
                Some((place, begun)) => {
                    star = Some((place, begun + 1));
                    (at, from) = (place + 1, begun + 1);
                }
                None => return false,
            },
        }
    }
    mask.get(at..)
        .unwrap_or_default()
        .iter()
        .all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_have_names() {
        let services = Services::built_in();
        assert_eq!(services.name(Protocol::Tcp, 22), Some("ssh"));
        assert_eq!(services.name(Protocol::Udp, 53), Some("domain"));
        assert_eq!(services.name(Protocol::Tcp, 8080), Some("http-proxy"));
        assert_eq!(services.top(Protocol::Tcp, 1000).len(), 1000);
        assert_eq!(services.top(Protocol::Udp, 100).len(), 100);
        assert_eq!(services.matching(Protocol::Tcp, "https"), [443]);
        assert!(services.matching(Protocol::Tcp, "http*").len() > 2);
    }

    #[test]
    fn a_file_of_the_operator_is_read() {
        let services = Services::of_file("one 1/tcp 0.5 # c\ntwo 2/tcp 1/2\nthree 3/tcp 0.9\nx\n");
        assert_eq!(services.top(Protocol::Tcp, 2), [3, 1]);
        assert_eq!(services.above(Protocol::Tcp, 0.6), [3]);
    }

    #[test]
    fn masks_match() {
        for (mask, name, expected) in [
            ("http*", "https", true),
            ("*", "", true),
            ("h?tp", "http", true),
            ("h?tp", "htp", false),
            ("*tp*", "http-alt", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
        ] {
            assert_eq!(
                matches(mask.as_bytes(), name.as_bytes()),
                expected,
                "{mask} {name}"
            );
        }
    }
}
