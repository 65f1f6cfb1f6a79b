//! Ports: numbers, ranges, and the names of services(5).

use nethost_sdk::{Exit, netdb};

use crate::fatal;

/// What /etc/services says.
#[derive(Debug, Default)]
pub(crate) struct Services(netdb::Services);

impl Services {
    /// The name of a port.
    pub(crate) fn name(&mut self, port: u16, protocol: &str) -> Option<&str> {
        self.0.name(port, protocol)
    }

    /// One local port, as getaddrinfo(3) takes it.
    pub(crate) fn local(&mut self, text: &str, protocol: &str) -> Result<u16, Exit> {
        // The kernel sees the lower 16 bits, as the native tool has it.
        if let Ok(number) = text.parse::<u32>() {
            return Ok(number as u16);
        }
        self.0
            .port(text, protocol)
            .ok_or_else(|| fatal("getaddrinfo: Servname not supported for ai_socktype"))
    }

    /// Remote ports: each a number, a range or a name.
    pub(crate) fn remote(&mut self, typed: &[String], protocol: &str) -> Result<Vec<u16>, Exit> {
        let mut ports = Vec::new();
        for text in typed {
            if let Some(port) = self.0.port(text, protocol).filter(|_| !is_numeric(text)) {
                ports.push(port);
            } else if let Some((low, high)) = text.split_once('-').filter(|_| is_numeric(text)) {
                // A range may be told from its end.
                let (high, low) = (number(high)?, number(low)?);
                ports.extend(low.min(high)..=low.max(high));
            } else {
                ports.push(number(text)?);
            }
        }
        Ok(ports)
    }
}

fn is_numeric(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

fn number(text: &str) -> Result<u16, Exit> {
    let refuse = |why: &str| Err(fatal(format!("port number {why}: {text}")));
    match text.parse::<i64>() {
        Ok(value) if value < 1 => refuse("too small"),
        Ok(value) => u16::try_from(value).or_else(|_| refuse("too large")),
        Err(_) => refuse("invalid"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn services() -> Services {
        Services(netdb::Services::of("ssh 22/tcp\ndomain 53/udp dns\n"))
    }

    fn remote(text: &str) -> Result<Vec<u16>, String> {
        let typed: Vec<String> = text.split(' ').map(Into::into).collect();
        services().remote(&typed, "tcp").map_err(|exit| exit.stderr)
    }

    #[test]
    fn ports_are_numbers_ranges_and_names() {
        assert_eq!(remote("22 80 443"), Ok(vec![22, 80, 443]));
        assert_eq!(remote("3-1"), Ok(vec![1, 2, 3]));
        assert_eq!(remote("ssh"), Ok(vec![22]));
        for (text, error) in [
            ("0", "nc: port number too small: 0"),
            ("65536", "nc: port number too large: 65536"),
            ("5-x", "nc: port number invalid: x"),
            ("domain", "nc: port number invalid: domain"),
        ] {
            assert_eq!(remote(text), Err(error.into()), "{text}");
        }
    }

    #[test]
    fn a_port_has_the_name_of_its_protocol() {
        let mut services = services();
        assert_eq!(services.name(53, "udp"), Some("domain"));
        assert_eq!(services.name(53, "tcp"), None);
        assert_eq!(services.local("dns", "udp").unwrap(), 53);
        assert!(services.local("dns", "tcp").is_err());
    }
}
