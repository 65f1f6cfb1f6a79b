//! Packets on one interface: what a runner that was taken over can send, and what it gets.

use std::os::fd::AsFd;

use super::*;
use crate::capabilities::packet::{ether_type_name, hardware_name};
use nethost_core::Interface;
use operations::{OpenPacketReceiver, OpenPacketSender, SendLinkPackets};

const ARP: u16 = 0x0806;

/// The loopback interface, as the kernel describes it.
fn lo() -> Option<Interface> {
    Some(Interface::found(1, "lo", Vec::new()).unwrap())
}

fn ether_type(capability: &str, number: u16) -> RequestFields<'static> {
    RequestFields {
        interface: lo(),
        ..fields(capability, Target::Object(ether_type_name(number).unwrap()))
    }
}

fn one(packet: &[u8], to: &[u8]) -> operations::LinkPackets {
    operations::LinkPackets {
        packets: vec![operations::LinkPacket {
            to: to.into(),
            length: packet.len() as u32,
            spoof: None,
        }],
        bytes: packet.into(),
    }
}

/// An ARP request from these addresses, on an interface whose address has six octets.
fn arp(hardware: [u8; 6], address: [u8; 4]) -> Vec<u8> {
    let head = [0, 1, 8, 0, 6, 4, 0, 1];
    [&head[..], &hardware, &address, &[0; 10]].concat()
}

#[test]
fn a_permit_for_packets_names_interface_and_protocol() {
    let mut escaped = Escaped::begun(&["packet.send", "packet.receive"]);
    for capability in ["packet.send", "packet.receive"] {
        for (handle, request) in [
            (
                1,
                RequestFields {
                    interface: None,
                    ..ether_type(capability, ARP)
                },
            ),
            (
                2,
                RequestFields {
                    interface: lo(),
                    ..fields(capability, object("all"))
                },
            ),
            (
                3,
                RequestFields {
                    interface: lo(),
                    ..fields(capability, object("ethertype-0806"))
                },
            ),
        ] {
            assert!(escaped.authorize(handle, request));
            match capability {
                "packet.send" => escaped.is_refused::<OpenPacketSender>(handle, &()),
                _ => escaped.is_refused::<OpenPacketReceiver>(handle, &()),
            }
        }
        escaped = Escaped::begun(&["packet.send", "packet.receive"]);
    }
    // An interface that is described wrongly.
    let other = Interface::found(1, "eth7", Vec::new()).unwrap();
    let wrong = RequestFields {
        interface: Some(other),
        ..ether_type("packet.send", ARP)
    };
    assert!(!escaped.authorize(4, wrong));
}

#[test]
fn packets_of_ip_are_sent_in_other_ways() {
    let mut escaped = Escaped::begun(&["packet.send"]);
    for (handle, number) in [(1, 0x0800), (2, 0x86dd)] {
        assert!(escaped.authorize(handle, ether_type("packet.send", number)));
        escaped.is_refused::<OpenPacketSender>(handle, &());
    }
}

#[test]
fn only_what_the_permit_says_is_sent() {
    let mut escaped = Escaped::begun(&["packet.send", "packet.receive"]);
    assert!(escaped.authorize(1, ether_type("packet.send", ARP)));
    assert!(escaped.authorize(2, ether_type("packet.receive", ARP)));
    // Nothing is open yet, and a permit to receive opens nothing that sends.
    escaped.is_refused::<SendLinkPackets>(1, &one(&arp([0; 6], [0; 4]), &[0; 6]));
    escaped.is_refused::<OpenPacketSender>(2, &());
    escaped.is_refused::<OpenPacketReceiver>(1, &());
    let Ok((link, None)) = escaped.perform::<OpenPacketSender>(1, &()) else {
        // No CAP_NET_RAW.
        return;
    };
    assert_eq!((link.name.as_str(), link.address.len()), ("lo", 6));
    let fine = arp([0; 6], [127, 0, 0, 1]);
    for (packet, to) in [
        (arp([2, 0, 0, 0, 0, 9], [127, 0, 0, 1]), 6),
        (fine[..27].to_vec(), 6),
        (b"anything else".to_vec(), 6),
        (fine.clone(), 7),
    ] {
        escaped.is_refused::<SendLinkPackets>(1, &one(&packet, &vec![0; to]));
    }
    let mut longer = one(&fine, &[0; 6]);
    longer.packets[0].length += 1;
    escaped.is_refused::<SendLinkPackets>(1, &longer);
    let foreign = one(&arp([0; 6], [192, 0, 2, 7]), &[0; 6]);
    let answer = escaped.perform::<SendLinkPackets>(1, &foreign);
    assert!(matches!(answer, Err(Answer::Failed(libc::EADDRNOTAVAIL))));
    escaped.is_refused::<SendLinkPackets>(2, &one(&fine, &[0; 6]));
    if let Ok((sent, None)) = escaped.perform::<SendLinkPackets>(1, &one(&fine, &[0; 6])) {
        assert_eq!(sent.len(), 1);
    }
}

/// A message of DHCP in a datagram from port 6868 to port 67 of this machine, for the client with this hardware address.
fn discover(client: [u8; 6]) -> Vec<u8> {
    let mut message = vec![0; 300];
    message[..3].copy_from_slice(&[1, 1, 6]);
    message[28..34].copy_from_slice(&client);
    let mut packet = vec![0x45, 0, 0x01, 0x48, 0, 0, 0, 0, 64, 17, 0, 0];
    packet.extend([0, 0, 0, 0, 127, 0, 0, 1]);
    packet.extend([0x1a, 0xd4, 0, 67, 0x01, 0x34, 0, 0]);
    packet.extend(message);
    packet
}

#[test]
fn to_speak_for_another_client_takes_a_permit_for_that_client() {
    let mut escaped = Escaped::begun(&["packet.send", "packet.spoof", "packet.receive"]);
    let socket = SocketRequest {
        source: Some("0.0.0.0:6868".parse().unwrap()),
        ..SocketRequest::new(SocketKind::Udp)
    };
    let server = RequestFields {
        interface: lo(),
        socket: Some(socket),
        ..fields("packet.send", address("127.0.0.1", Some(67)))
    };
    let client = |interface, octet| {
        let name = hardware_name(&[2, 0, 0, 0, 0, octet]).unwrap();
        RequestFields {
            interface,
            ..fields("packet.spoof", Target::Object(name))
        }
    };
    assert!(escaped.authorize(1, server));
    assert!(escaped.authorize(2, client(lo(), 9)));
    assert!(escaped.authorize(3, client(lo(), 8)));
    assert!(escaped.authorize(4, client(None, 9)));
    assert!(escaped.authorize(5, ether_type("packet.receive", ARP)));
    // A permit to speak for a client opens nothing.
    escaped.is_refused::<OpenPacketSender>(2, &());
    if escaped.perform::<OpenPacketSender>(1, &()).is_err() {
        // No CAP_NET_RAW.
        return;
    }
    let foreign = discover([2, 0, 0, 0, 0, 9]);
    let with = |spoof| {
        let mut batch = one(&foreign, &[0; 6]);
        batch.packets[0].spoof = spoof;
        batch
    };
    // No permit, one for another client, on no interface, of another capability, for the socket, and one that is not.
    for spoof in [None, Some(3), Some(4), Some(5), Some(1), Some(77)] {
        escaped.is_refused::<SendLinkPackets>(1, &with(spoof));
    }
    let mut nobody = discover([0; 6]);
    nobody[28 + 2] = 0;
    escaped.is_refused::<SendLinkPackets>(1, &one(&nobody, &[0; 6]));
    // The hardware address of the loopback interface.
    for batch in [one(&discover([0; 6]), &[0; 6]), with(Some(2))] {
        let sent = escaped.perform::<SendLinkPackets>(1, &batch);
        assert_eq!(sent.unwrap().0.len(), 1);
    }
}

#[test]
fn what_is_received_cannot_send() {
    let mut escaped = Escaped::begun(&["packet.receive"]);
    assert!(escaped.authorize(1, ether_type("packet.receive", ARP)));
    let Ok(((), Some(socket))) = escaped.perform::<OpenPacketReceiver>(1, &()) else {
        return;
    };
    let socket = socket2::Socket::from(socket);
    assert!(socket.send(&arp([0; 6], [127, 0, 0, 1])).is_err());
    let filter = nethost_net::datagram::attach_filter(socket.as_fd(), crate::filter::ANYTHING);
    assert!(filter.is_err(), "the filter is locked");
}

#[test]
fn what_the_kernel_would_let_be_bound_is_no_address_of_this_machine() {
    sock_diag::alone(|| {
        // As on a machine whose addresses come and go (ip(7)).
        std::fs::write("/proc/sys/net/ipv4/ip_nonlocal_bind", "1").unwrap();
        let foreign = std::net::UdpSocket::bind("192.0.2.77:0");
        assert!(foreign.is_ok());
        let mut escaped = Escaped::begun(&["raw.send"]);
        let kind = SocketKind::Raw {
            protocol: 253,
            header_included: true,
            receive: false,
        };
        let asked = RequestFields {
            socket: Some(SocketRequest::new(kind)),
            ..request("raw.send", "192.0.2.1")
        };
        assert!(escaped.authorize(1, asked));
        for address in ["192.0.2.77", "224.0.0.1", "255.255.255.255", "2001:db8::77"] {
            let at: IpAddr = address.parse().unwrap();
            let told = escaped.perform::<operations::IsLocalAddress>(1, &at);
            assert!(!told.unwrap().0, "{address}");
        }
    });
}
