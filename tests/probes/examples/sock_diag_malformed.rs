//! Asks for sockets in ways that make no sense.

use nethost_sdk::bindings::nethost::cap::sock_diag::{Namespace, Protocol, Query, Socket};
use nethost_sdk::bindings::nethost::cap::types::{Endpoint, IpAddress};
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

fn query(protocol: Protocol, family: u8, show: u32, filter: &[u8]) -> Query {
    Query {
        protocol,
        family,
        states: u32::MAX,
        show,
        filter: filter.into(),
    }
}

impl Guest for Probe {
    async fn run(_args: Vec<String>) -> Result<u8, String> {
        let mut accepted = 0;
        for name in ["", "..", "a/b", "a\0b", &"x".repeat(300)] {
            accepted += u32::from(Namespace::open(Some(name)).is_ok());
        }
        let namespace = Namespace::open(None).map_err(|error| format!("{error:?}"))?;
        for query in [
            query(Protocol::Tcp, 0, 0, &[]),
            query(Protocol::Tcp, 255, 0, &[]),
            query(Protocol::Tcp, 2, 256, &[]),
            query(Protocol::Tcp, 2, 0, &[1]),
            // A length of nothing, a jump back into itself, an unknown instruction, operands that are not there.
            query(Protocol::Tcp, 2, 0, &[1, 0, 4, 0]),
            query(Protocol::Tcp, 2, 0, &[1, 4, 0, 0]),
            query(Protocol::Tcp, 2, 0, &[99, 4, 8, 0]),
            query(Protocol::Tcp, 2, 0, &[7, 4, 8, 0]),
            query(Protocol::Tcp, 2, 0, &[1, 4, 255, 255]),
            query(Protocol::Tcp, 2, 0, &vec![0; 1 << 20]),
            query(Protocol::Unix, 0, 0, &[1, 4, 8, 0]),
        ] {
            accepted += u32::from(namespace.list(&query).is_ok());
        }
        for protocol in [Protocol::Unix, Protocol::Raw, Protocol::Mptcp] {
            accepted += u32::from(namespace.watch(protocol).is_ok());
        }
        let end = |address| Endpoint {
            address,
            port: 9,
            scope_id: 0,
        };
        let (four, six) = (
            IpAddress::Ipv4((127, 0, 0, 1)),
            IpAddress::Ipv6((0, 0, 0, 0, 0, 0, 0, 1)),
        );
        for (protocol, local, remote) in [
            (Protocol::Tcp, four, six),
            (Protocol::Unix, four, four),
            (Protocol::Mptcp, four, four),
        ] {
            let socket = Socket {
                protocol,
                local: end(local),
                remote: end(remote),
                interface: 0,
                cookie: 0,
            };
            accepted += u32::from(namespace.destroy(socket).is_ok());
        }
        println!("accepted {accepted}");
        Ok(0)
    }
}
