//! Names of ports (services(5)) and of protocols (protocols(5)).

use std::collections::HashMap;

use nethost_sdk::files;

/// What a port belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Transport {
    #[default]
    None,
    Tcp,
    Udp,
    /// The "port" of a raw socket is a protocol.
    Raw,
}

impl Transport {
    fn named(name: &str) -> Option<Self> {
        match name {
            "tcp" => Some(Self::Tcp),
            "udp" => Some(Self::Udp),
            _ => None,
        }
    }
}

/// The lists, read when they are needed.
#[derive(Debug, Default)]
pub(crate) struct Services {
    lists: Option<Lists>,
}

#[derive(Debug, Default)]
struct Lists {
    names: HashMap<(u16, Transport), String>,
    protocols: HashMap<u16, String>,
}

impl Services {
    /// The name of a port, if it has one.
    pub(crate) fn name(&mut self, port: u16, transport: Transport) -> Option<&str> {
        let lists = self.lists.get_or_insert_with(Lists::read);
        let name = match transport {
            Transport::Raw => lists.protocols.get(&port),
            _ => lists.names.get(&(port, transport)),
        };
        name.map(String::as_str)
    }
}

impl Lists {
    /// Without the files, or the right to read them, nothing has a name.
    fn read() -> Self {
        let text = |path| {
            let bytes = files::read(path).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        Self::parse(&text("/etc/services"), &text("/etc/protocols"))
    }

    fn parse(services: &str, protocols: &str) -> Self {
        let mut lists = Self::default();
        for words in entries(services) {
            let [name, port, ..] = words.as_slice() else {
                continue;
            };
            let Some((port, transport)) = port.split_once('/') else {
                continue;
            };
            let transport = Transport::named(transport);
            let (Ok(port), Some(transport)) = (port.parse::<u16>(), transport) else {
                continue;
            };
            // The first one counts.
            lists
                .names
                .entry((port, transport))
                .or_insert_with(|| (*name).to_owned());
        }
        for words in entries(protocols) {
            if let [name, number, ..] = words.as_slice()
                && let Ok(number) = number.parse()
            {
                lists
                    .protocols
                    .entry(number)
                    .or_insert_with(|| (*name).to_owned());
            }
        }
        lists
    }
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
    fn the_first_name_counts() {
        let text = "# x\nhttp 80/tcp www # web\nother 80/tcp\nhttp 80/udp\nbad 99999/tcp\n";
        let lists = Lists::parse(text, "icmp 1 ICMP\n");
        let mut services = Services { lists: Some(lists) };
        assert_eq!(services.name(80, Transport::Tcp), Some("http"));
        assert_eq!(services.name(1, Transport::Raw), Some("icmp"));
    }
}
