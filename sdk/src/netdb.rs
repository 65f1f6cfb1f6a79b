//! Names of ports (services(5)) and of protocols (protocols(5)), as the functions of netdb.h find them. The files are read
//! when a name is first wanted. Without a file, or the right to read it, nothing has a name.

use std::cell::OnceCell;
use std::collections::HashMap;

use crate::files;

/// What /etc/services says.
#[derive(Debug, Default)]
pub struct Services {
    lists: OnceCell<Lists>,
}

#[derive(Debug, Default)]
struct Lists {
    /// By port, with the protocol. The first name counts.
    names: HashMap<u16, Vec<(String, String)>>,
    /// By name or alias, with the protocol.
    ports: HashMap<String, Vec<(String, u16)>>,
}

impl Services {
    /// The entries of this text instead of those of the file.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self {
            lists: Lists::parse(text).into(),
        }
    }

    fn lists(&self) -> &Lists {
        self.lists
            .get_or_init(|| Lists::parse(&text("/etc/services")))
    }

    /// The name of a port (getservbyport(3)).
    pub fn name(&self, port: u16, protocol: &str) -> Option<&str> {
        let mut names = self.lists().names.get(&port)?.iter();
        names
            .find(|(of, _)| of == protocol)
            .map(|(_, name)| name.as_str())
    }

    /// The port of a name or an alias (getservbyname(3)).
    pub fn port(&self, name: &str, protocol: &str) -> Option<u16> {
        let mut ports = self.ports(name);
        ports.find(|(of, _)| *of == protocol).map(|(_, port)| port)
    }

    /// The ports of a name or an alias, each with its protocol.
    pub fn ports(&self, name: &str) -> impl Iterator<Item = (&str, u16)> {
        let ports = self.lists().ports.get(name).into_iter().flatten();
        ports.map(|(protocol, port)| (protocol.as_str(), *port))
    }
}

impl Lists {
    fn parse(text: &str) -> Self {
        let mut lists = Self::default();
        for words in entries(text) {
            let [name, place, aliases @ ..] = words.as_slice() else {
                continue;
            };
            let Some((port, protocol)) = place.split_once('/') else {
                continue;
            };
            let Ok(port) = port.parse::<u16>() else {
                continue;
            };
            let name_of = ((*protocol).to_owned(), (*name).to_owned());
            lists.names.entry(port).or_default().push(name_of);
            for name in std::iter::once(name).chain(aliases) {
                let ports = lists.ports.entry((*name).to_owned()).or_default();
                ports.push((protocol.to_owned(), port));
            }
        }
        lists
    }
}

/// What /etc/protocols says.
#[derive(Debug, Default)]
pub struct Protocols {
    names: OnceCell<HashMap<u8, String>>,
}

impl Protocols {
    /// The entries of this text instead of those of the file.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self {
            names: protocols(text).into(),
        }
    }

    /// The name of a protocol of IP (getprotobynumber(3)).
    pub fn name(&self, number: u8) -> Option<&str> {
        let names = self
            .names
            .get_or_init(|| protocols(&text("/etc/protocols")));
        names.get(&number).map(String::as_str)
    }
}

fn protocols(text: &str) -> HashMap<u8, String> {
    let mut names = HashMap::new();
    for words in entries(text) {
        if let [name, number, ..] = words.as_slice()
            && let Ok(number) = number.parse()
        {
            names.entry(number).or_insert_with(|| (*name).to_owned());
        }
    }
    names
}

fn text(path: &str) -> String {
    let bytes = files::read(path).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The words of each line, without comments.
fn entries(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().map(|line| {
        let line = line.split_once('#').map_or(line, |(entry, _)| entry);
        line.split_whitespace().collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_name_of_a_port_counts_and_aliases_are_found() {
        let services = Services::of(
            "# x\nhttp 80/tcp www # web\nother 80/tcp\nweb 80/udp\nhttp 81/udp\nbad 99999/tcp\nbad\nworse x/tcp\n",
        );
        assert_eq!(services.name(80, "tcp"), Some("http"));
        assert_eq!(services.name(80, "udp"), Some("web"));
        assert_eq!(services.name(81, "tcp"), None);
        assert_eq!(services.port("www", "tcp"), Some(80));
        assert_eq!(services.port("www", "udp"), None);
        assert_eq!(services.port("bad", "tcp"), None);
        let all: Vec<_> = services.ports("http").collect();
        assert_eq!(all, [("tcp", 80), ("udp", 81)]);
    }

    #[test]
    fn the_first_name_of_a_protocol_counts() {
        let protocols = Protocols::of("icmp 1 ICMP\nother 1\n# tcp 6\nmany 300\n");
        assert_eq!(protocols.name(1), Some("icmp"));
        assert_eq!(protocols.name(6), None);
        assert_eq!(protocols.name(44), None);
    }
}
