//! Makes every malformed call on echo sockets that the types let through: `icmp_malformed ADDRESS`.

use nethost_probes::{Malformed, endpoint, no_options, other_family, outgoing, told};
use nethost_sdk::bindings::nethost::cap::icmp::{EchoRequest, EchoSocket};
use nethost_sdk::bindings::nethost::cap::types::SocketOptions;
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

fn one(offset: u32, length: u32) -> Vec<EchoRequest> {
    vec![EchoRequest {
        sequence: 1,
        payload: outgoing(offset, length),
    }]
}

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let remote = endpoint(args.first().ok_or("usage: icmp_malformed ADDRESS")?, 0)?;
        let mut malformed = Malformed::default();
        let long = "x".repeat(1 << 20);
        for name in ["no-such-device", "", "with/slash", "nul\0nul", &long] {
            let options = SocketOptions {
                interface: Some(name.into()),
                ..no_options()
            };
            malformed.refused("interface", EchoSocket::open(remote, &options));
        }
        let options = SocketOptions {
            source: Some(other_family(&remote)),
            ..no_options()
        };
        malformed.refused(
            "source of the other family",
            EchoSocket::open(remote, &options),
        );
        let options = SocketOptions {
            hop_limit: Some(0),
            ..no_options()
        };
        malformed.answered("hop limit 0", EchoSocket::open(remote, &options));
        let options = SocketOptions {
            buffer_size: Some(u32::MAX),
            ..no_options()
        };
        malformed.answered("buffer of 4 GiB", EchoSocket::open(remote, &options));

        let socket = EchoSocket::open(remote, &no_options()).map_err(|error| told(&error))?;
        malformed.refused(
            "remote of the other family",
            socket.add_remote(other_family(&remote)),
        );
        malformed.refused("offset past the end", socket.send(b"four", &one(5, 1)));
        malformed.refused("length past the end", socket.send(b"four", &one(0, 5)));
        malformed.refused(
            "offset + length overflows",
            socket.send(b"four", &one(u32::MAX, u32::MAX)),
        );
        let mut unknown = one(0, 4);
        unknown[0].payload.remote = 7;
        malformed.refused("unknown remote", socket.send(b"four", &unknown));
        malformed.refused(
            "larger than a datagram",
            socket.send(&vec![0; 70_000], &one(0, 70_000)),
        );
        malformed.answered("hop limit 0 of one request", {
            let mut request = one(0, 4);
            request[0].payload.hop_limit = Some(0);
            socket.send(b"four", &request)
        });
        malformed.answered("nothing to send", socket.send(b"", &[]));
        let oversized = vec![one(9, 9)[0]; 1_000_000];
        malformed.refused("a million bad requests", socket.send(b"four", &oversized));
        malformed.answered("receive nothing", socket.receive(0, 0).await);
        malformed.answered("receive without end", socket.receive(u32::MAX, 0).await);
        Ok(malformed.exit_code())
    }
}
