//! Canonical forms from literals, for tests.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use super::{AbsolutePath, HostName, Interface, ResolvedName, Target};

pub(crate) fn name(text: &str) -> HostName {
    HostName::new(text).unwrap()
}

pub(crate) fn path(text: &str) -> AbsolutePath {
    AbsolutePath::absolute(Path::new(text)).unwrap()
}

pub(crate) fn host(address: &str, port: Option<u16>) -> Target {
    Target::remote(address.parse().unwrap(), port)
}

pub(crate) fn network(text: &str) -> Target {
    Target::network(text.parse().unwrap())
}

pub(crate) fn interface(name: &str) -> Interface {
    Interface::named(name, Vec::new()).unwrap()
}

pub(crate) fn led_by(names: &[&str]) -> Vec<ResolvedName> {
    let names = names.iter().filter_map(|text| HostName::new(text));
    names.map(ResolvedName::from_dns).collect()
}
