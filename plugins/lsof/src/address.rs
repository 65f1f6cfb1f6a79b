//! The argument of -i: `[46][protocol][@host][:ports]`.

use std::net::IpAddr;
use std::ops::RangeInclusive;

use nethost_sdk::netdb::Services;
use nethost_sdk::text::printable;
use nethost_sdk::{Exit, resolver};

use crate::help::misused;
use crate::sockets::{Inet, Protocol};

const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);

/// What -i selects.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selector {
    /// As it was typed.
    pub(crate) text: String,
    family: Option<u8>,
    protocol: Option<Protocol>,
    hosts: Vec<IpAddr>,
    ports: Vec<RangeInclusive<u32>>,
}

impl Selector {
    /// Reads the argument. Names of hosts are looked up.
    pub(crate) async fn read(text: &str, services: &mut Services) -> Result<Self, Exit> {
        let shown = printable(text);
        let unacceptable = || misused(format_args!("unacceptable Internet address in: -i {shown}"));
        let mut selector = Self {
            text: text.into(),
            ..Self::default()
        };
        let mut rest = text;
        for (digit, family) in [('4', 4), ('6', 6)] {
            if let Some(after) = rest.strip_prefix(digit) {
                selector.family = Some(family);
                rest = after;
                break;
            }
        }
        let end = rest.find(['@', ':']).unwrap_or(rest.len());
        let (protocol, after) = rest.split_at(end);
        if !protocol.is_empty() {
            let known = Protocol::named(protocol);
            selector.protocol = Some(known.ok_or_else(|| {
                misused(format_args!(
                    "unknown protocol name ({}) in: -i {shown}",
                    printable(protocol)
                ))
            })?);
        }
        rest = after;
        if let Some(after) = rest.strip_prefix('@') {
            let (host, after) = host_of(after).ok_or_else(unacceptable)?;
            selector.hosts = selector.look_up(host, &shown).await?;
            rest = after;
        }
        if let Some(ports) = rest.strip_prefix(':') {
            selector.ports = selector.read_ports(ports, &shown, services)?;
        } else if !rest.is_empty() {
            return Err(unacceptable());
        }
        Ok(selector)
    }

    async fn look_up(&self, host: &str, shown: &str) -> Result<Vec<IpAddr>, Exit> {
        let fits = |address: &IpAddr| match self.family {
            Some(4) => address.is_ipv4(),
            Some(6) => address.is_ipv6(),
            _ => true,
        };
        let found =
            match host.parse::<IpAddr>() {
                Ok(address) => vec![address],
                Err(_) => resolver::addresses(host, None, TIMEOUT)
                    .await
                    .map_err(|error| match error {
                        nethost_sdk::Error::Denied(_) => Exit::failed(1, format!("lsof: {error}")),
                        _ => misused(format_args!(
                            "unknown host name ({}) in: -i {shown}",
                            printable(host)
                        )),
                    })?,
            };
        let found: Vec<_> = found.into_iter().filter(fits).collect();
        match found.is_empty() {
            true => Err(misused(format_args!(
                "unacceptable Internet address in: -i {shown}"
            ))),
            false => Ok(found),
        }
    }

    fn read_ports(
        &self,
        text: &str,
        shown: &str,
        services: &mut Services,
    ) -> Result<Vec<RangeInclusive<u32>>, Exit> {
        let unacceptable = || {
            misused(format_args!(
                "unacceptable port specification in: -i {shown}"
            ))
        };
        let mut ports = Vec::new();
        for item in text.split(',') {
            if item.starts_with(|c: char| c.is_ascii_digit()) {
                let number = |text: &str| text.parse::<u32>().map_err(|_| unacceptable());
                let (first, last) = match item.split_once('-') {
                    Some((first, last)) => (number(first)?, number(last)?),
                    None => (number(item)?, number(item)?),
                };
                if last < first {
                    return Err(unacceptable());
                }
                ports.push(first..=last);
                continue;
            }
            if item.is_empty() {
                return Err(unacceptable());
            }
            let protocol = self.protocol.map(Protocol::service);
            let fits = |of: &str| protocol.is_none_or(|protocol| protocol == of);
            let found = services.ports(item).filter(|(of, _)| fits(of));
            let mut found: Vec<_> = found.map(|(_, port)| port).collect();
            found.sort_unstable();
            found.dedup();
            if found.is_empty() {
                let of = protocol.map_or_else(String::new, |name| format!(" for {name}"));
                return Err(misused(format_args!(
                    "unknown service {}{of} in: -i {shown}",
                    printable(item)
                )));
            }
            ports.extend(
                found
                    .into_iter()
                    .map(|port| u32::from(port)..=u32::from(port)),
            );
        }
        Ok(ports)
    }

    /// Whether a socket is selected: one of its ends is at the host and port.
    pub(crate) fn selects(&self, socket: &Inet) -> bool {
        // A mapped address is an IPv4 one, unless the family alone is asked for.
        let is_plain = self.protocol.is_none() && self.hosts.is_empty() && self.ports.is_empty();
        let is_six = if is_plain {
            socket.ipv6
        } else {
            socket.local.0.is_ipv6()
        };
        let family = self.family.is_none_or(|family| (family == 6) == is_six);
        let protocol = self.protocol.is_none_or(|wanted| wanted == socket.protocol);
        let is_at = |end: Option<(IpAddr, u16)>| {
            end.is_some_and(|(address, port)| {
                let host = self.hosts.is_empty() || self.hosts.contains(&address);
                let ports = self.ports.is_empty();
                host && (ports
                    || self
                        .ports
                        .iter()
                        .any(|range| range.contains(&u32::from(port))))
            })
        };
        let anywhere = self.hosts.is_empty() && self.ports.is_empty();
        family && protocol && (anywhere || is_at(Some(socket.local)) || is_at(socket.remote))
    }
}

/// The host, and what follows it. An IPv6 address is in brackets.
fn host_of(text: &str) -> Option<(&str, &str)> {
    let (host, rest) = match text.strip_prefix('[') {
        Some(inner) => inner.split_once(']')?,
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    (!host.is_empty()).then_some((host, rest))
}
