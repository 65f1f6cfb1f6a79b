//! Tests for denied, malformed and dropped probers, and for what a prober sends and receives.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use super::Prober;
use crate::bindings::nethost::cap::scan::Protocol;
use nethost_broker::Broker;
use nethost_kit::types::ErrorCode;
use nethost_kit::wit::{AddressRange, IpAddress, NetworkSet, PortRange, SocketOptions};
use nethost_test_bed::TestBed;

fn loopback(ports: &[(u16, u16)]) -> NetworkSet {
    let address = IpAddress::Ipv4((127, 0, 0, 1));
    NetworkSet {
        addresses: vec![AddressRange {
            first: address,
            last: address,
        }],
        ports: ports
            .iter()
            .map(|(first, last)| PortRange {
                first: *first,
                last: *last,
            })
            .collect(),
    }
}

fn open(bed: &TestBed, ports: &[(u16, u16)], protocol: Protocol) -> Result<Prober, ErrorCode> {
    let broker = Arc::new(Broker::in_process());
    let options = SocketOptions::default();
    Prober::open(&bed.gate, &broker, loopback(ports), protocol, options).map(|(prober, _)| prober)
}

#[test]
fn probes_that_no_rule_allows_are_denied() {
    let bed = TestBed::allowing(&["raw.send", "icmp.echo"]);
    let refused = open(&bed, &[(80, 80)], Protocol::Tcp);
    assert!(matches!(refused, Err(ErrorCode::Denied(denial)) if denial.capability == "scan.probe"));
    assert_eq!(bed.names(), ["denied"]);
}

#[test]
fn ports_are_given_where_the_protocol_has_them() {
    let bed = TestBed::allowing(&["scan.probe"]);
    for (ports, protocol) in [
        (&[][..], Protocol::Tcp),
        (&[][..], Protocol::Udp),
        (&[(9, 9)][..], Protocol::Icmp),
    ] {
        let refused = open(&bed, ports, protocol);
        assert!(matches!(refused, Err(ErrorCode::InvalidArgument(_))));
    }
    assert!(bed.names().is_empty());
}

#[tokio::test]
async fn a_dropped_prober_is_closed_on_record() {
    let bed = TestBed::allowing(&["scan.probe"]);
    let opened = open(&bed, &[(80, 80)], Protocol::Tcp);
    if let Err(error) = &opened {
        let without = matches!(error, ErrorCode::AccessDenied);
        assert!(without, "without CAP_NET_RAW");
    }
    drop(opened);
    assert_eq!(bed.names(), ["open", "close"]);
}

#[tokio::test]
async fn a_probe_has_the_ports_of_the_prober_and_of_its_remote() {
    let bed = TestBed::allowing(&["scan.probe"]);
    let Ok(prober) = open(&bed, &[(9, 9)], Protocol::Udp) else {
        return;
    };
    let probe = |from: u16, to: u16| {
        let mut bytes = [from.to_be_bytes(), to.to_be_bytes(), [0, 8], [0, 0]].concat();
        bytes.truncate(8);
        bytes
    };
    let packet = nethost_kit::wit::Outgoing {
        remote: 0,
        offset: 0,
        length: 8,
        hop_limit: None,
    };
    let own = prober.identifier();
    assert!(prober.send(&probe(own, 9), &[packet]).is_ok());
    for (from, to) in [(own, 10), (own ^ 1, 9)] {
        assert!(prober.send(&probe(from, to), &[packet]).is_err(), "{to}");
    }
    let other = nethost_kit::wit::Outgoing {
        remote: 1,
        ..packet
    };
    assert!(prober.send(&probe(own, 9), &[other]).is_err(), "no member");
}
