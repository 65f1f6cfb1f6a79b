//! Probes for services, and what their answers say: a reader of the syntax of nmap-service-probes.
//!
//! An answer is octets, and the patterns are of octets; both are read as text in which each octet is the character of
//! that number.

use std::collections::HashMap;

use crate::model::Service;
use crate::services::Protocol;

use super::pattern::Pattern;

/// The patterns of a file.
const PATTERNS: usize = 50_000;

/// All probes of a file.
#[derive(Debug, Default)]
pub(crate) struct Probes {
    pub(crate) list: Vec<Probe>,
    /// Ports that nothing is sent to.
    excluded: Vec<(Option<Protocol>, u16, u16)>,
    by_name: HashMap<String, usize>,
    /// Patterns that are not understood.
    pub(crate) skipped: usize,
}

/// A probe.
#[derive(Debug)]
pub(crate) struct Probe {
    pub(crate) protocol: Protocol,
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) rarity: u8,
    ports: Vec<(u16, u16)>,
    tls_ports: Vec<(u16, u16)>,
    pub(crate) total_wait: u64,
    pub(crate) wrapped_wait: u64,
    fallback: Vec<String>,
    patterns: Vec<Pattern>,
}

/// What an answer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    /// The service, and what is known of it.
    Hard(Service),
    /// The service alone.
    Soft(String),
}

impl Probes {
    /// Reads a file; what it does not understand is left out.
    pub(crate) fn read(text: &str) -> Self {
        let mut probes = Self::default();
        let mut patterns = 0;
        for line in text.lines() {
            let line = line.trim_end();
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match word {
                "" => {}
                "Exclude" => probes.exclude(rest),
                "Probe" => {
                    if let Some(probe) = Probe::read(rest) {
                        probes.by_name.insert(probe.name.clone(), probes.list.len());
                        probes.list.push(probe);
                    }
                }
                word => {
                    let Some(probe) = probes.list.last_mut() else {
                        continue;
                    };
                    match word {
                        "match" | "softmatch" => {
                            patterns += 1;
                            match Pattern::read(rest, word == "softmatch") {
                                Some(pattern) if patterns < PATTERNS => {
                                    probe.patterns.push(pattern)
                                }
                                _ => probes.skipped += 1,
                            }
                        }
                        "ports" => probe.ports = port_ranges(rest),
                        "sslports" => probe.tls_ports = port_ranges(rest),
                        "rarity" => probe.rarity = rest.trim().parse().unwrap_or(9),
                        "totalwaitms" => probe.total_wait = rest.trim().parse().unwrap_or(5000),
                        "tcpwrappedms" => probe.wrapped_wait = rest.trim().parse().unwrap_or(3000),
                        "fallback" => {
                            probe.fallback =
                                rest.split(',').map(|name| name.trim().to_owned()).collect();
                        }
                        _ => {}
                    }
                }
            }
        }
        probes
    }

    fn exclude(&mut self, rest: &str) {
        for part in rest.split(',') {
            let (protocol, ports) = match part.split_once(':') {
                Some(("T", ports)) => (Some(Protocol::Tcp), ports),
                Some(("U", ports)) => (Some(Protocol::Udp), ports),
                _ => (None, part),
            };
            let ranges = port_ranges(ports);
            self.excluded
                .extend(ranges.into_iter().map(|(from, to)| (protocol, from, to)));
        }
    }

    /// Whether nothing may be sent to a port.
    pub(crate) fn excludes(&self, protocol: Protocol, port: u16) -> bool {
        self.excluded.iter().any(|(of, from, to)| {
            of.is_none_or(|of| of == protocol) && (*from..=*to).contains(&port)
        })
    }

    /// The probes for a port, the likely ones first, up to a rarity.
    pub(crate) fn order(
        &self,
        protocol: Protocol,
        port: u16,
        tls: bool,
        intensity: u8,
    ) -> Vec<usize> {
        let likely = |probe: &Probe| {
            let ports = if tls { &probe.tls_ports } else { &probe.ports };
            let all = if tls { &probe.ports } else { &probe.tls_ports };
            ports
                .iter()
                .chain(if tls { all.iter() } else { [].iter() })
                .any(|(from, to)| (*from..=*to).contains(&port))
        };
        let of_protocol = self
            .list
            .iter()
            .enumerate()
            .filter(|(_, probe)| probe.protocol == protocol);
        let (mut first, mut rest) = (Vec::new(), Vec::new());
        for (at, probe) in of_protocol {
            if probe.bytes.is_empty() {
                continue;
            }
            if likely(probe) {
                first.push(at);
            } else if probe.rarity <= intensity {
                rest.push(at);
            }
        }
        rest.sort_by_key(|at| self.list.get(*at).map(|probe| probe.rarity));
        first.extend(rest);
        first
    }

    /// What an answer to a probe says, by its own patterns and by those that it falls back to.
    pub(crate) fn find(&self, at: usize, answer: &[u8]) -> Option<Match> {
        let text = latin(answer);
        let probe = self.list.get(at)?;
        let null = self
            .list
            .iter()
            .position(|p| p.protocol == probe.protocol && p.bytes.is_empty());
        let mut tried = vec![at];
        tried.extend(
            probe
                .fallback
                .iter()
                .filter_map(|name| self.by_name.get(name))
                .copied(),
        );
        tried.extend(null.filter(|null| *null != at));
        let mut soft = None;
        for at in tried {
            for pattern in self
                .list
                .get(at)
                .map(|p| p.patterns.as_slice())
                .unwrap_or_default()
            {
                if let Some(service) = pattern.find(&text) {
                    match pattern.soft {
                        false => return Some(Match::Hard(service)),
                        true => {
                            soft.get_or_insert(Match::Soft(service.name));
                        }
                    }
                }
            }
        }
        soft
    }
}

/// Each octet as the character of its number.
fn latin(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

impl Probe {
    /// `TCP GetRequest q|GET / HTTP/1.0\r\n\r\n|`.
    fn read(rest: &str) -> Option<Self> {
        let (protocol, rest) = rest.split_once(' ')?;
        let (name, rest) = rest.trim_start().split_once(' ')?;
        let rest = rest.trim_start().strip_prefix('q')?;
        let mut letters = rest.chars();
        let delimiter = letters.next()?;
        let text = letters.as_str();
        let end = text.find(delimiter)?;
        Some(Self {
            protocol: match protocol {
                "TCP" => Protocol::Tcp,
                "UDP" => Protocol::Udp,
                _ => return None,
            },
            name: name.to_owned(),
            bytes: unescaped(text.get(..end)?)?,
            rarity: 5,
            ports: Vec::new(),
            tls_ports: Vec::new(),
            total_wait: 5000,
            wrapped_wait: 3000,
            fallback: Vec::new(),
            patterns: Vec::new(),
        })
    }
}

/// Escapes of C: `\r`, `\x41`, `\0`.
fn unescaped(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            bytes.push(u8::try_from(u32::from(letter)).ok()?);
            continue;
        }
        bytes.push(match letters.next()? {
            '0' => 0,
            'a' => 7,
            'b' => 8,
            'f' => 12,
            'n' => b'\n',
            'r' => b'\r',
            't' => b'\t',
            'v' => 11,
            'x' => {
                let (high, low) = (letters.next()?.to_digit(16)?, letters.next()?.to_digit(16)?);
                (high * 16 + low) as u8
            }
            other => u8::try_from(u32::from(other)).ok()?,
        });
    }
    Some(bytes)
}

fn port_ranges(text: &str) -> Vec<(u16, u16)> {
    let range = |part: &str| -> Option<(u16, u16)> {
        match part.trim().split_once('-') {
            Some((from, to)) => Some((from.parse().ok()?, to.parse().ok()?)),
            None => {
                let port = part.trim().parse().ok()?;
                Some((port, port))
            }
        }
    };
    text.split(',').filter_map(range).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use fancy_regex::Regex;

    use super::*;
    use crate::service::pattern::filled;

    fn own() -> Probes {
        Probes::read(include_str!("../../data/probes.txt"))
    }

    fn hard(probe: &str, answer: &[u8]) -> Service {
        let probes = own();
        match probes.find(probes.by_name[probe], answer) {
            Some(Match::Hard(service)) => service,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_own_probes_are_understood() {
        let probes = own();
        assert_eq!(probes.skipped, 0);
        for probe in &probes.list {
            for pattern in &probe.patterns {
                assert!(pattern.regex().is_some(), "{}", pattern.source);
            }
        }
        assert!(probes.excludes(Protocol::Tcp, 9100) && !probes.excludes(Protocol::Udp, 9100));
    }

    #[test]
    fn answers_are_recognized() {
        let ssh = hard("NULL", b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n");
        assert_eq!(ssh.name, "ssh");
        assert_eq!(ssh.version.as_deref(), Some("9.2p1 Debian 2+deb12u3"));
        assert_eq!(ssh.info.as_deref(), Some("protocol 2.0"));
        let http = hard(
            "HTTP",
            b"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: x\r\n\r\n",
        );
        assert_eq!(
            (
                http.name.as_str(),
                http.product.as_deref(),
                http.version.as_deref()
            ),
            ("http", Some("nginx"), Some("1.22.1"))
        );
        let redis = hard("RedisInfo", b"$9\r\n# Server\r\nredis_version:7.0.15\r\nx");
        assert_eq!(redis.version.as_deref(), Some("7.0.15"));
        let smtp = hard("HTTP", b"220 mail.example ESMTP Postfix (Debian/GNU)\r\n");
        assert_eq!(smtp.hostname.as_deref(), Some("mail.example"));
        let maria = hard(
            "NULL",
            b"\x5b\0\0\0\x0a5.5.5-10.11.6-MariaDB-0+deb12u1\0\x1f",
        );
        assert_eq!(maria.name, "mysql");
    }

    #[test]
    fn hostile_files_and_answers_are_bounded() {
        let text = "Probe TCP X q|x|\nmatch a m|^(a+)+$|\nmatch b m|(((|\nmatch c m\nProbe TCP Y\nProbe TCP Z q|\\x|\nports x,1-\n";
        let probes = Probes::read(text);
        let long = vec![b'a'; 50_000];
        let _ = probes.find(0, &[&long[..], b"b"].concat());
        assert_eq!(probes.list.len(), 1);
        assert_eq!(
            filled(
                "$SUBST(1",
                &Regex::new("x").unwrap().captures("x").unwrap().unwrap()
            ),
            ""
        );
    }
}
