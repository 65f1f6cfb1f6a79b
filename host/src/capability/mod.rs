//! The rooms: one capability each, all built alike, none knowing another.
//!
//! This is the only list of them. To add one, write its room and add it here.

mod exchange;
mod stream;
#[cfg(test)]
pub(crate) mod test_bed;
mod types;

pub mod clock;
pub mod console;
pub mod files;
pub mod icmp;
pub mod netlink;
pub mod raw_ip;
pub mod resolver;
pub mod system;
pub mod tcp;
pub mod terminal;
pub mod tls;
pub mod udp;
pub mod wasi_sockets;

use wasmtime::component::Linker;

use crate::store::Run;
use nethost_core::Declared;

/// A room, as the linker, the policy reader and the documentation see it.
pub struct Room {
    /// The WIT interface.
    pub interface: &'static str,
    /// Names of the requests that it raises at the gate.
    pub requests: &'static [Declared],
    /// The Linux privilege that its acts need, for `nethost inspect` and the documentation.
    pub privilege: &'static str,
    /// The files that it reads itself. What a plugin asks for by name is opened by the broker.
    pub reads: &'static [&'static str],
    /// Offers the interface to a component.
    pub add_to_linker: fn(&mut Linker<Run>) -> wasmtime::Result<()>,
}

/// Every room.
pub const ROOMS: &[Room] = &[
    clock::ROOM,
    console::ROOM,
    icmp::ROOM,
    udp::ROOM,
    tcp::ROOM,
    tls::ROOM,
    raw_ip::ROOM,
    resolver::ROOM,
    system::ROOM,
    terminal::ROOM,
    files::ROOM,
    netlink::ROOM,
    wasi_sockets::ROOM,
];

/// Every capability that there is, as the broker is told of them.
pub fn all() -> Vec<Declared> {
    let all = ROOMS.iter().flat_map(|room| room.requests);
    all.copied().collect()
}

/// Names of all requests that exist.
pub fn request_names() -> Vec<&'static str> {
    let mut names: Vec<_> = all().iter().map(|declared| declared.name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The capability of this name.
pub fn declared(name: &str) -> Option<Declared> {
    let mut all = ROOMS.iter().flat_map(|room| room.requests);
    all.find(|declared| declared.name == name).copied()
}

/// How rooms reach the state of a run through the generated traits.
pub struct Access;

impl wasmtime::component::HasData for Access {
    type Data<'a> = &'a mut Run;
}
