//! Lists sockets of the Internet as they are at one moment, for what compares moments.

use std::net::SocketAddr;

use nethost_sdk::Exit;
use nethost_sdk::sock_diag::{Inet, Namespace, Protocol, Query, u32_at};

use crate::failed;
use crate::filter::{Ephemeral, Expression, INET, INET6};
use crate::options::Options;
use crate::socket::Socket;

/// INET_DIAG_MARK
const MARK: u16 = 15;

/// What is listed.
pub(crate) struct Poll<'a> {
    pub(crate) options: &'a Options,
    pub(crate) filter: Option<&'a Expression>,
    pub(crate) namespace: &'a Namespace,
}

impl Poll<'_> {
    /// The chosen sockets of a protocol in these states, with these facts (INET_DIAG_ bits).
    pub(crate) fn list(
        &self,
        protocol: Protocol,
        states: u32,
        show: u32,
        mut each: impl FnMut(Inet<'_>, Socket<'_>),
    ) -> Result<(), Exit> {
        let kind = match protocol {
            Protocol::Tcp => 6,
            _ => 17,
        };
        for family in [INET, INET6] {
            if !self.options.has_family(family) {
                continue;
            }
            let bytecode = self.filter.and_then(crate::filter::bytecode::compile);
            let query = Query {
                protocol,
                family,
                states,
                show,
                filter: bytecode.unwrap_or_default(),
            };
            let listing = self.namespace.list(&query).map_err(failed)?;
            loop {
                let batch = listing.next().map_err(failed)?;
                for message in batch.sockets().filter_map(|message| message.inet()) {
                    let socket = socket(message, family, kind);
                    let holds = |filter: &Expression| filter.holds(&socket, Ephemeral::default());
                    if self.filter.is_none_or(holds) {
                        each(message, socket);
                    }
                }
                if batch.is_last() {
                    break;
                }
            }
        }
        Ok(())
    }
}

fn socket(message: Inet<'_>, family: u8, kind: u32) -> Socket<'static> {
    let mark = message.attributes().find(MARK);
    Socket {
        family,
        kind,
        state: message.state(),
        local: octets(message.local()),
        remote: octets(message.remote()),
        local_port: message.local().port().into(),
        remote_port: message.remote().port().into(),
        interface: message.interface(),
        mark: mark.map_or(0, |mark| u32_at(mark, 0)),
        ..Socket::default()
    }
}

fn octets(address: SocketAddr) -> [u8; 16] {
    let mut octets = [0; 16];
    match address.ip() {
        std::net::IpAddr::V4(address) => octets[..4].copy_from_slice(&address.octets()),
        std::net::IpAddr::V6(address) => octets = address.octets(),
    }
    octets
}
