//! Makes every malformed call on UDP sockets that the types let through: `udp_malformed ADDRESS PORT`.

use nethost_probes::{Malformed, endpoint, no_options, other_family, outgoing, told};
use nethost_sdk::bindings::nethost::cap::types::SocketOptions;
use nethost_sdk::bindings::nethost::cap::udp::Socket;
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let [remote, port] = args.as_slice() else {
            return Err("usage: udp_malformed ADDRESS PORT".into());
        };
        let remote = endpoint(remote, port.parse().map_err(|_| "PORT is not a number")?)?;
        let mut malformed = Malformed::default();
        let options = SocketOptions {
            interface: Some("no-such-device".into()),
            ..no_options()
        };
        malformed.refused("interface", Socket::open(remote, &options));
        let options = SocketOptions {
            source: Some(other_family(&remote)),
            ..no_options()
        };
        malformed.refused("source of the other family", Socket::open(remote, &options));
        let mut not_ours = endpoint("192.0.2.77", 0)?;
        not_ours.port = 5;
        let options = SocketOptions {
            source: Some(not_ours),
            ..no_options()
        };
        malformed.refused("source that is not ours", Socket::open(remote, &options));

        let socket = Socket::open(remote, &no_options()).map_err(|error| told(&error))?;
        malformed.refused(
            "remote of the other family",
            socket.add_remote(other_family(&remote)),
        );
        malformed.refused(
            "offset past the end",
            socket.send(b"four", &[outgoing(5, 1)]),
        );
        malformed.refused(
            "length past the end",
            socket.send(b"four", &[outgoing(0, 5)]),
        );
        malformed.refused(
            "offset + length overflows",
            socket.send(b"four", &[outgoing(u32::MAX, u32::MAX)]),
        );
        let mut unknown = outgoing(0, 4);
        unknown.remote = u32::MAX;
        malformed.refused("unknown remote", socket.send(b"four", &[unknown]));
        malformed.refused(
            "larger than a datagram",
            socket.send(&vec![0; 70_000], &[outgoing(0, 70_000)]),
        );
        malformed.refused(
            "a million bad datagrams",
            socket.send(b"four", &vec![outgoing(9, 9); 1_000_000]),
        );
        malformed.answered("nothing to send", socket.send(b"", &[]));
        malformed.answered("receive nothing", socket.receive(0, 0).await);
        malformed.answered("receive without end", socket.receive(u32::MAX, 0).await);
        Ok(malformed.exit_code())
    }
}
