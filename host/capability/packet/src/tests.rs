//! Denied, allowed, malformed, dropped.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use super::{Receiver, Sender};
use crate::bindings::nethost::cap::packet as wit;
use nethost_broker::Broker;
use nethost_kit::types::{ErrorCode, endpoint_to};
use nethost_test_bed::TestBed;

const ARP: u16 = 0x0806;

fn sender(bed: &TestBed, protocol: wit::OutgoingProtocol) -> Result<Sender, ErrorCode> {
    let broker = Arc::new(Broker::in_process());
    Sender::open(&bed.gate, &broker, "lo", protocol)
}

fn receiver(bed: &TestBed, protocol: wit::IncomingProtocol) -> Result<Receiver, ErrorCode> {
    let broker = Arc::new(Broker::in_process());
    Receiver::open(&bed.gate, &broker, "lo", protocol)
}

fn discover(local_port: u16, remote: &str) -> wit::OutgoingProtocol {
    wit::OutgoingProtocol::Udp(wit::UdpFlow {
        local_port,
        remote: endpoint_to(remote.parse().unwrap()),
    })
}

/// The target of a denial.
fn denied<T>(result: Result<T, ErrorCode>) -> Option<String> {
    match result {
        Err(ErrorCode::Denied(denial)) => Some(denial.target),
        _ => None,
    }
}

#[test]
fn each_protocol_port_and_direction_is_asked_for() {
    let bed = TestBed::allowing(&["packet.send=rarp", "packet.send:broadcast=192.0.2.0/24"]);
    let arp = sender(&bed, wit::OutgoingProtocol::EtherType(ARP));
    assert_eq!(denied(arp).as_deref(), Some("arp"));
    let other = sender(&bed, wit::OutgoingProtocol::EtherType(0x88b5));
    assert_eq!(denied(other).as_deref(), Some("ethertype-88b5"));
    let remote = sender(&bed, discover(68, "255.255.255.255:67"));
    assert_eq!(denied(remote).as_deref(), Some("255.255.255.255:67"));
    // A privileged port takes a rule that names it.
    let port = sender(&bed, discover(68, "192.0.2.1:67"));
    assert_eq!(denied(port).as_deref(), Some("192.0.2.1:67"));
    let incoming = receiver(&bed, wit::IncomingProtocol::EtherType(0x8035));
    assert_eq!(denied(incoming).as_deref(), Some("rarp"));
    let incoming = receiver(&bed, wit::IncomingProtocol::Udp(68));
    assert_eq!(denied(incoming).as_deref(), Some("0.0.0.0:68"));
    assert_eq!(bed.names(), ["denied"; 6]);
}

#[test]
fn what_is_no_packet_protocol_is_refused_before_it_is_asked_for() {
    let bed = TestBed::allowing(&["packet.send", "packet.receive"]);
    let invalid = |error: Option<ErrorCode>| matches!(error, Some(ErrorCode::InvalidArgument(_)));
    for number in [0, 3, 0x05ff] {
        assert!(invalid(
            sender(&bed, wit::OutgoingProtocol::EtherType(number)).err()
        ));
        assert!(invalid(
            receiver(&bed, wit::IncomingProtocol::EtherType(number)).err()
        ));
    }
    for (port, remote) in [
        (0, "192.0.2.1:67"),
        (4011, "192.0.2.1:0"),
        (4011, "0.0.0.0:67"),
        (4011, "[2001:db8::1]:67"),
    ] {
        assert!(
            invalid(sender(&bed, discover(port, remote)).err()),
            "{remote}"
        );
    }
    assert!(invalid(receiver(&bed, wit::IncomingProtocol::Udp(0)).err()));
    let broker = Arc::new(Broker::in_process());
    let nowhere = Receiver::open(
        &bed.gate,
        &broker,
        "no-such",
        wit::IncomingProtocol::EtherType(ARP),
    );
    assert!(matches!(nowhere.err(), Some(ErrorCode::NoSuchDevice)));
    assert!(bed.names().is_empty());
}

#[tokio::test]
async fn packets_that_claim_another_sender_or_port_are_not_sent() {
    let bed = TestBed::allowing(&["packet.send:broadcast,local-port,privileged-port"]);
    let Ok(sender) = sender(&bed, wit::OutgoingProtocol::EtherType(ARP)) else {
        // No CAP_NET_RAW.
        return;
    };
    let own = sender.link().address;
    let arp = |hardware: &[u8], address: [u8; 4]| {
        let head = [0, 1, 8, 0, 6, 4, 0, 1];
        [&head[..], hardware, &address, &[0; 6], &[192, 0, 2, 1]].concat()
    };
    let send = |bytes: &[u8], to: &[u8]| {
        let packet = wit::OutgoingPacket {
            to: to.into(),
            offset: 0,
            length: bytes.len() as u32,
        };
        sender.send(bytes, vec![packet])
    };
    let fine = arp(&own, [0; 4]);
    for (bytes, to) in [
        (arp(&[2, 0, 0, 0, 0, 9], [0; 4]), 6),
        (fine[..27].to_vec(), 6),
        ([&fine[..], &[0]].concat(), 6),
        (fine.clone(), 5),
        (fine.clone(), 8),
        (Vec::new(), 6),
    ] {
        let refused = send(&bytes, &vec![0xff; to]);
        assert!(
            matches!(refused, Err(ErrorCode::InvalidArgument(_))),
            "{refused:?}"
        );
    }
    let foreign = send(&arp(&own, [192, 0, 2, 7]), &[0xff; 6]);
    assert!(
        matches!(foreign, Err(ErrorCode::AddressNotBindable)),
        "{foreign:?}"
    );
    let outside = wit::OutgoingPacket {
        to: vec![0xff; 6],
        offset: u32::MAX,
        length: 28,
    };
    assert!(matches!(
        sender.send(&fine, vec![outside]),
        Err(ErrorCode::InvalidArgument(_))
    ));
    // The loopback interface may be down.
    let sent = send(&fine, &[0xff; 6]);
    assert!(
        matches!(sent, Ok(_) | Err(ErrorCode::NetworkUnreachable)),
        "{sent:?}"
    );
    drop(sender);
    assert_eq!(bed.names(), ["open", "close"]);
}

/// A message of DHCP in a datagram from port 6868 to port 67 of 127.0.0.1, for the client with this hardware address.
fn of_client(hardware: &[u8]) -> Vec<u8> {
    let mut message = vec![0; 300];
    message[..3].copy_from_slice(&[1, 1, hardware.len() as u8]);
    message[28..28 + hardware.len()].copy_from_slice(hardware);
    let mut packet = vec![0x45, 0, 0x01, 0x48, 0, 0, 0, 0, 64, 17, 0, 0];
    packet.extend([0, 0, 0, 0, 127, 0, 0, 1]);
    packet.extend([0x1a, 0xd4, 0, 67, 0x01, 0x34, 0, 0]);
    packet.extend(message);
    packet
}

#[tokio::test]
async fn to_speak_for_another_client_is_asked_for_by_its_hardware_address() {
    let bed = TestBed::allowing(&[
        "packet.send:local-port=127.0.0.1",
        "packet.spoof=hardware-02-00-00-00-00-09",
    ]);
    let Ok(sender) = sender(&bed, discover(6868, "127.0.0.1:67")) else {
        // No CAP_NET_RAW.
        return;
    };
    let own = sender.link().address;
    let send = |bytes: &[u8]| {
        let packet = wit::OutgoingPacket {
            to: own.clone(),
            offset: 0,
            length: bytes.len() as u32,
        };
        sender.send(bytes, vec![packet])
    };
    let goes = |sent: Result<Vec<u64>, ErrorCode>| {
        // The loopback interface may be down.
        assert!(
            matches!(sent, Ok(_) | Err(ErrorCode::NetworkUnreachable)),
            "{sent:?}"
        );
    };
    goes(send(&of_client(&own)));
    let other = send(&of_client(&[2, 0, 0, 0, 0, 8]));
    assert_eq!(denied(other).as_deref(), Some("hardware-02-00-00-00-00-08"));
    for _ in 0..2 {
        goes(send(&of_client(&[2, 0, 0, 0, 0, 9])));
    }
    // Asked for once, and recorded once.
    drop(sender);
    assert_eq!(bed.names(), ["open", "denied", "open", "close", "close"]);
}

#[test]
fn router_advertisements_are_asked_for_by_name() {
    let bed = TestBed::allowing(&["packet.receive=ipv6"]);
    let all = receiver(&bed, wit::IncomingProtocol::RouterAdvertisements);
    assert_eq!(denied(all).as_deref(), Some("router-advertisement"));
}
