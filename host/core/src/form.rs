//! Canonical forms from literals, for tests.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use super::{AbsolutePath, HostName, Interface, ResolvedName, Target};

pub fn name(text: &str) -> HostName {
    HostName::new(text).unwrap()
}

pub fn path(text: &str) -> AbsolutePath {
    AbsolutePath::absolute(Path::new(text)).unwrap()
}

pub fn host(address: &str, port: Option<u16>) -> Target {
    Target::remote(address.parse().unwrap(), port)
}

pub fn network(text: &str) -> Target {
    Target::network(text.parse().unwrap())
}

pub fn interface(name: &str) -> Interface {
    Interface::named(name, Vec::new()).unwrap()
}

pub fn led_by(names: &[&str]) -> Vec<ResolvedName> {
    let names = names.iter().filter_map(|text| HostName::new(text));
    names.map(ResolvedName::from_dns).collect()
}
