//! Names for the kernel's numbers: what /etc/iproute2 says, and before it what every iproute2 knows.

use std::fmt;

use nethost_sdk::files;

use crate::value::{Shown, Value};

/// Numbers and their names, read when the first is asked for.
pub(crate) struct Table {
    path: &'static str,
    known: &'static [(u32, &'static str)],
    /// As /etc/protocols has it.
    name_first: bool,
    names: Option<Vec<(u32, String)>>,
}

impl Table {
    const fn new(path: &'static str, known: &'static [(u32, &'static str)]) -> Self {
        Self {
            path,
            known,
            name_first: false,
            names: None,
        }
    }

    /// A file that is not there, or not allowed, leaves the names that are known.
    fn names(&mut self) -> &[(u32, String)] {
        let (path, known, name_first) = (self.path, self.known, self.name_first);
        self.names.get_or_insert_with(|| {
            let mut names: Vec<(u32, String)> = known
                .iter()
                .map(|(number, name)| (*number, (*name).to_owned()))
                .collect();
            read(path, name_first, &mut names);
            if !name_first {
                for file in folder(path) {
                    read(&file, name_first, &mut names);
                }
            }
            names
        })
    }

    /// The name of a number, or none.
    pub(crate) fn name(&mut self, number: u32) -> Option<&str> {
        let names = self.names();
        let found = names.iter().find(|(known, _)| *known == number);
        found.map(|(_, name)| name.as_str())
    }

    /// The number of a name.
    pub(crate) fn number(&mut self, name: &str) -> Option<u32> {
        let names = self.names();
        let found = names.iter().rev().find(|(_, known)| known == name);
        found.map(|(number, _)| *number)
    }
}

/// The files of packages and administrators, `rt_tables.d/NAME.conf`.
fn folder(path: &str) -> Vec<String> {
    // iproute2 has such folders for these two.
    if !path.ends_with("/rt_tables") && !path.ends_with("/rt_protos") {
        return Vec::new();
    }
    let names = files::names(&format!("{path}.d")).unwrap_or_default();
    let of_ours = |name: &String| !name.starts_with('.') && name.ends_with(".conf");
    let files = names.into_iter().filter(of_ours);
    files.map(|name| format!("{path}.d/{name}")).collect()
}

/// Adds the names in a file. One that is not there, or not allowed, has none.
fn read(path: &str, name_first: bool, names: &mut Vec<(u32, String)>) {
    let text = files::read(path).unwrap_or_default();
    for line in String::from_utf8_lossy(&text).lines() {
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split_whitespace();
        let (first, second) = (words.next(), words.next());
        let (number, name) = if name_first {
            (second, first)
        } else {
            (first, second)
        };
        if let (Some(number), Some(name)) = (number, name)
            && let Some(number) = crate::words::unsigned(number)
            && let Ok(number) = u32::try_from(number)
        {
            names.retain(|(known, _)| *known != number);
            names.push((number, name.to_owned()));
        }
    }
}

/// All tables.
pub(crate) struct Names {
    pub(crate) tables: Table,
    pub(crate) protocols: Table,
    pub(crate) scopes: Table,
    pub(crate) realms: Table,
    pub(crate) fields: Table,
    pub(crate) groups: Table,
    pub(crate) ip_protocols: Table,
    /// -N: numbers stay numbers.
    pub(crate) numeric: bool,
}

impl Names {
    pub(crate) fn new() -> Self {
        Self {
            tables: Table::new(
                "/etc/iproute2/rt_tables",
                &[(253, "default"), (254, "main"), (255, "local")],
            ),
            protocols: Table::new(
                "/etc/iproute2/rt_protos",
                &[
                    (0, "unspec"),
                    (1, "redirect"),
                    (2, "kernel"),
                    (3, "boot"),
                    (4, "static"),
                    (8, "gated"),
                    (9, "ra"),
                    (10, "mrt"),
                    (11, "zebra"),
                    (12, "bird"),
                    (13, "dnrouted"),
                    (14, "xorp"),
                    (15, "ntk"),
                    (16, "dhcp"),
                    (18, "keepalived"),
                    (42, "babel"),
                    (186, "bgp"),
                    (187, "isis"),
                    (188, "ospf"),
                    (189, "rip"),
                    (192, "eigrp"),
                ],
            ),
            scopes: Table::new(
                "/etc/iproute2/rt_scopes",
                &[
                    (0, "global"),
                    (200, "site"),
                    (253, "link"),
                    (254, "host"),
                    (255, "nowhere"),
                ],
            ),
            realms: Table::new("/etc/iproute2/rt_realms", &[(0, "unknown")]),
            fields: Table::new("/etc/iproute2/rt_dsfield", &[(0, "0")]),
            groups: Table::new("/etc/iproute2/group", &[(0, "default")]),
            ip_protocols: Table {
                name_first: true,
                ..Table::new("/etc/protocols", &[])
            },
            numeric: false,
        }
    }

    pub(crate) fn table(&mut self, number: u32) -> Name<'_> {
        named(&mut self.tables, number, self.numeric)
    }

    pub(crate) fn protocol(&mut self, number: u8) -> Name<'_> {
        named(&mut self.protocols, number.into(), self.numeric)
    }

    pub(crate) fn scope(&mut self, number: u8) -> Name<'_> {
        named(&mut self.scopes, number.into(), self.numeric)
    }

    pub(crate) fn group(&mut self, number: u32) -> Name<'_> {
        named(&mut self.groups, number, self.numeric)
    }

    pub(crate) fn realm(&mut self, number: u32) -> Name<'_> {
        named(&mut self.realms, number, self.numeric)
    }

    /// A protocol above IP, by its number where it has no name.
    pub(crate) fn ip_protocol(&mut self, number: u8) -> String {
        let name = self.ip_protocols.name(number.into());
        name.map_or_else(|| number.to_string(), str::to_owned)
    }

    /// DSCP and ECN bits, in hexadecimal where they have no name.
    pub(crate) fn field(&mut self, number: u8) -> String {
        match self.fields.name(number.into()) {
            Some(name) if !self.numeric => name.to_owned(),
            _ => format!("{number:#04x}"),
        }
    }
}

fn named(table: &mut Table, number: u32, numeric: bool) -> Name<'_> {
    if numeric {
        return Name::Number(number);
    }
    table.name(number).map_or(Name::Number(number), Name::Known)
}

/// The name of a number, or the number itself; in JSON a text either way.
#[derive(Clone, Copy)]
pub(crate) enum Name<'a> {
    Known(&'a str),
    Number(u32),
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(name) => f.write_str(name),
            Self::Number(number) => number.fmt(f),
        }
    }
}

impl Value for Name<'_> {
    fn write(&self, buffer: &mut Vec<u8>) {
        match self {
            Self::Known(name) => name.write(buffer),
            Self::Number(number) => Shown(number).write(buffer),
        }
    }
}
