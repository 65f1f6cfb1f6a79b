//! The interfaces of the contract that the mock host offers: the same generated traits as on the real host, the same
//! requests at the same gate, and a scripted world behind them.

pub(crate) mod bindings;
pub(crate) mod bound;
mod clock;
mod console;
mod datagrams;
mod environment;
pub(crate) mod files;
pub(crate) mod icmp;
mod lifecycle;
pub(crate) mod listener;
mod options;
mod resolver;
mod system;
pub(crate) mod tcp;
mod terminal;
pub(crate) mod tls;
pub(crate) mod udp;

use nethost_kit::recorded::component::Linker;

use crate::context::{Access, Context};
use bindings::Mock;
use bindings::nethost::cap;

type Add = fn(&mut Linker<Context>) -> wasmtime::Result<()>;

/// Each interface without package and version, and the function that adds it.
pub(crate) const INTERFACES: &[(&str, Add)] = &[
    ("clock", |l| {
        cap::clock::add_to_linker::<_, Access>(l, |run| run)
    }),
    ("console", |l| {
        cap::console::add_to_linker::<_, Access>(l, |run| run)
    }),
    ("environment", |l| {
        cap::environment::add_to_linker::<_, Access>(l, |run| run)
    }),
    ("files", |l| {
        cap::files::add_to_linker::<_, Access>(l, |run| run)
    }),
    ("icmp", |l| {
        cap::icmp::add_to_linker::<_, Access>(l, |run| run)
    }),
    ("resolver", |l| {
        cap::resolver::add_to_linker::<_, Access>(l, |run| run)
    }),
    ("system", |l| {
        cap::system::add_to_linker::<_, Access>(l, |run| run)
    }),
    ("tcp", |l| {
        cap::tcp::add_to_linker::<_, Access>(l, |run| run)
    }),
    ("terminal", |l| {
        cap::terminal::add_to_linker::<_, Access>(l, |run| run)
    }),
    ("tls", |l| {
        cap::tls::add_to_linker::<_, Access>(l, |run| run)
    }),
    ("types", |l| {
        nethost_kit::wit::add_to_linker::<_, Access>(l, |run| run)
    }),
    ("udp", |l| {
        cap::udp::add_to_linker::<_, Access>(l, |run| run)
    }),
];

/// The functions of the world `tool` itself.
pub(crate) fn add_world(linker: &mut Linker<Context>) -> wasmtime::Result<()> {
    Mock::add_to_linker_imports::<_, Access>(linker, |run| run)
}
