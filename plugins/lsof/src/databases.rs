//! Names of users and ports: /etc/passwd and /etc/services, read when they are first needed. Where they may not be read,
//! numbers stand for themselves.

use std::collections::HashMap;

use nethost_sdk::files;

/// Users by id.
#[derive(Debug, Default)]
pub(crate) struct Users {
    names: Option<HashMap<u32, String>>,
}

impl Users {
    fn names(&mut self) -> &HashMap<u32, String> {
        self.names.get_or_insert_with(|| {
            let text = files::read("/etc/passwd").unwrap_or_default();
            let mut names = HashMap::new();
            for line in String::from_utf8_lossy(&text).lines() {
                let fields: Vec<_> = line.split(':').collect();
                if let (Some(name), Some(Ok(id))) =
                    (fields.first(), fields.get(2).map(|id| id.parse()))
                {
                    // The first that has an id is whom it names.
                    names.entry(id).or_insert_with(|| (*name).to_owned());
                }
            }
            names
        })
    }

    /// Their name.
    pub(crate) fn name(&mut self, id: u32) -> Option<&str> {
        self.names().get(&id).map(String::as_str)
    }

    /// Their id.
    pub(crate) fn id(&mut self, name: &str) -> Option<u32> {
        let mut names = self.names().iter();
        names.find(|(_, known)| *known == name).map(|(id, _)| *id)
    }
}

/// Services by protocol and port.
#[derive(Debug, Default)]
pub(crate) struct Services {
    entries: Option<Vec<(String, u16, String)>>,
    by_port: HashMap<(String, u16), String>,
}

impl Services {
    fn entries(&mut self) -> &[(String, u16, String)] {
        if self.entries.is_none() {
            let text = files::read("/etc/services").unwrap_or_default();
            let entries: Vec<_> = String::from_utf8_lossy(&text)
                .lines()
                .flat_map(parse)
                .collect();
            for (name, port, protocol) in entries.iter().rev() {
                let key = (protocol.clone(), *port);
                self.by_port.insert(key, name.clone());
            }
            self.entries = Some(entries);
        }
        self.entries.as_deref().unwrap_or_default()
    }

    /// The ports of a service.
    pub(crate) fn ports(&mut self, name: &str, protocol: Option<&str>) -> Vec<u16> {
        let fits = |entry: &&(String, u16, String)| {
            entry.0 == name && protocol.is_none_or(|protocol| protocol == entry.2)
        };
        let mut ports: Vec<_> = self.entries().iter().filter(fits).map(|e| e.1).collect();
        ports.sort_unstable();
        ports.dedup();
        ports
    }

    /// The name of a port.
    pub(crate) fn name(&mut self, port: u16, protocol: &str) -> Option<&str> {
        self.entries();
        let key = (protocol.to_owned(), port);
        self.by_port.get(&key).map(String::as_str)
    }
}

/// `name port/protocol alias…`, the name first.
fn parse(line: &str) -> Vec<(String, u16, String)> {
    let line = line.split('#').next().unwrap_or_default();
    let mut words = line.split_whitespace();
    let (Some(name), Some(port)) = (words.next(), words.next()) else {
        return Vec::new();
    };
    let Some((port, protocol)) = port.split_once('/') else {
        return Vec::new();
    };
    let Ok(port) = port.parse::<u16>() else {
        return Vec::new();
    };
    let names = std::iter::once(name).chain(words);
    names
        .map(|name| (name.to_owned(), port, protocol.to_owned()))
        .collect()
}
