//! Makes every malformed call on raw sockets that the types let through: `raw_ip_malformed ADDRESS`.
//! The address is an IPv4 one, because its headers are forged.

use nethost_probes::{Malformed, endpoint, no_options, other_family, outgoing, told};
use nethost_sdk::bindings::nethost::cap::raw_ip::{RawOptions, Socket};
use nethost_sdk::bindings::nethost::cap::types::{IpAddress, SocketOptions};
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

/// An IPv4 header of protocol 253 to this destination; kernel and host fill in nothing here.
fn header(destination: [u8; 4], version: u8, length: u16) -> Vec<u8> {
    let mut packet = vec![0; 24];
    packet[0] = version << 4 | 5;
    packet[2..4].copy_from_slice(&length.to_be_bytes());
    packet[8] = 64;
    packet[9] = 253;
    packet[16..20].copy_from_slice(&destination);
    packet
}

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let remote = endpoint(args.first().ok_or("usage: raw_ip_malformed ADDRESS")?, 0)?;
        let IpAddress::Ipv4((a, b, c, d)) = remote.address else {
            return Err("needs an IPv4 address".into());
        };
        let options = |header_included, socket| RawOptions {
            protocol: 253,
            header_included,
            receive: false,
            socket,
        };
        let mut malformed = Malformed::default();
        let socket = SocketOptions {
            interface: Some("no-such-device".into()),
            ..no_options()
        };
        malformed.refused("interface", Socket::open(remote, &options(false, socket)));
        let socket = SocketOptions {
            source: Some(other_family(&remote)),
            ..no_options()
        };
        malformed.refused(
            "source of the other family",
            Socket::open(remote, &options(false, socket)),
        );

        let socket =
            Socket::open(remote, &options(false, no_options())).map_err(|error| told(&error))?;
        malformed.refused(
            "remote of the other family",
            socket.add_remote(other_family(&remote)),
        );
        malformed.refused(
            "offset past the end",
            socket.send(b"four", &[outgoing(5, 1)]),
        );
        malformed.refused(
            "offset + length overflows",
            socket.send(b"four", &[outgoing(u32::MAX, u32::MAX)]),
        );
        let mut unknown = outgoing(0, 4);
        unknown.remote = 7;
        malformed.refused("unknown remote", socket.send(b"four", &[unknown]));
        malformed.refused(
            "a million bad packets",
            socket.send(b"four", &vec![outgoing(9, 9); 1_000_000]),
        );

        let socket =
            Socket::open(remote, &options(true, no_options())).map_err(|error| told(&error))?;
        malformed.refused(
            "no room for a header",
            socket.send(b"four", &[outgoing(0, 4)]),
        );
        let elsewhere = header([a, b, c, d ^ 1], 4, 24);
        malformed.refused(
            "header to someone else",
            socket.send(&elsewhere, &[outgoing(0, 24)]),
        );
        malformed.refused(
            "header of version 6",
            socket.send(&header([a, b, c, d], 6, 24), &[outgoing(0, 24)]),
        );
        malformed.refused(
            "header longer than the packet",
            socket.send(&header([a, b, c, d], 4, 900), &[outgoing(0, 24)]),
        );
        Ok(malformed.exit_code())
    }
}
