//! Makes every malformed call on probers that the types let through: `scan_malformed ADDRESS`.

use nethost_probes::{Malformed, endpoint, no_options, other_family, outgoing, told};
use nethost_sdk::bindings::nethost::cap::scan::{Prober, Protocol};
use nethost_sdk::bindings::nethost::cap::types::{
    AddressRange, NetworkSet, PortRange, SocketOptions,
};
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let remote = endpoint(args.first().ok_or("usage: scan_malformed ADDRESS")?, 0)?;
        let set = |ports: &[(u16, u16)]| NetworkSet {
            addresses: vec![AddressRange {
                first: remote.address,
                last: remote.address,
            }],
            ports: ports
                .iter()
                .map(|(first, last)| PortRange {
                    first: *first,
                    last: *last,
                })
                .collect(),
        };
        let mut malformed = Malformed::default();
        let mut open = |what: &str, set: NetworkSet, protocol, options: SocketOptions| {
            malformed.refused(what, Prober::open(&set, protocol, &options));
        };
        open("no ports", set(&[]), Protocol::Tcp, no_options());
        open(
            "ports of ICMP",
            set(&[(1, 2)]),
            Protocol::Icmp,
            no_options(),
        );
        open("port 0", set(&[(0, 2)]), Protocol::Tcp, no_options());
        open(
            "ports that descend",
            set(&[(9, 2)]),
            Protocol::Udp,
            no_options(),
        );
        open(
            "ports that overlap",
            set(&[(1, 5), (5, 9)]),
            Protocol::Udp,
            no_options(),
        );
        let nobody = NetworkSet {
            addresses: Vec::new(),
            ports: set(&[(1, 2)]).ports,
        };
        open("no addresses", nobody, Protocol::Tcp, no_options());
        let device = SocketOptions {
            interface: Some("no-such-device".into()),
            ..no_options()
        };
        open("interface", set(&[(1, 2)]), Protocol::Tcp, device);
        let source = SocketOptions {
            source: Some(other_family(&remote)),
            ..no_options()
        };
        open(
            "source of the other family",
            set(&[(1, 2)]),
            Protocol::Tcp,
            source,
        );

        let (prober, _) = Prober::open(&set(&[(7, 8)]), Protocol::Udp, &no_options())
            .map_err(|error| told(&error))?;
        let probe =
            |from: u16, to: u16| [from.to_be_bytes(), to.to_be_bytes(), [0, 8], [0, 0]].concat();
        let own = prober.identifier();
        let whole = outgoing(0, 8);
        malformed.refused(
            "offset past the end",
            prober.send(b"four", &[outgoing(5, 1)]),
        );
        malformed.refused("too short", prober.send(&probe(own, 7), &[outgoing(0, 7)]));
        malformed.refused(
            "another local port",
            prober.send(&probe(own ^ 1, 7), &[whole]),
        );
        malformed.refused("another remote port", prober.send(&probe(own, 9), &[whole]));
        let mut unknown = whole;
        unknown.remote = 2;
        malformed.refused("unknown remote", prober.send(&probe(own, 7), &[unknown]));
        malformed.refused("too many sources", prober.sources(&[0; 1025]));
        malformed.refused(
            "a set of the other family",
            prober.add(&NetworkSet {
                addresses: vec![AddressRange {
                    first: other_family(&remote).address,
                    last: other_family(&remote).address,
                }],
                ports: set(&[(1, 2)]).ports,
            }),
        );
        Ok(malformed.exit_code())
    }
}
