//! Packets on one interface: `packet arp INTERFACE SENDER TARGET` asks by ARP and prints who answers; `packet udp INTERFACE
//! REMOTE` sends a datagram from port 68 to port 67; `packet listen INTERFACE` receives datagrams to port 68; `packet other
//! INTERFACE NUMBER` sends a packet of that EtherType; `packet client INTERFACE OCTET` sends a message of DHCP for the client
//! 02:00:00:00:00:OCTET; `packet routers INTERFACE` receives router advertisements; `packet malformed INTERFACE` makes every
//! malformed call, and `packet drops INTERFACE` drops handles.

use nethost_probes::{Malformed, SECOND, abandon, endpoint, told};
use nethost_sdk::bindings::nethost::cap::packet::{
    IncomingProtocol, OutgoingPacket, OutgoingProtocol, PacketKind, Receiver, Sender, UdpFlow,
};
use nethost_sdk::bindings::nethost::cap::types::{Endpoint, ErrorCode, IpAddress};
use nethost_sdk::bindings::{Guest, export_tool};
use std::net::Ipv4Addr;

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

const ARP: u16 = 0x0806;
const EVERYBODY: [u8; 6] = [0xff; 6];

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let done = match args.as_slice() {
            ["arp", interface, sender, target] => {
                arp(interface, address(sender)?, address(target)?).await
            }
            ["udp", interface, remote] => udp(interface, remote),
            ["listen", interface] => listen(interface).await,
            ["other", interface, number] => other(interface, number),
            ["client", interface, octet] => client(interface, octet),
            ["routers", interface] => routers(interface).await,
            ["malformed", interface] => return malformed(interface).await,
            ["drops", interface] => drops(interface).await,
            _ => {
                return Err(
                    "usage: packet arp|udp|listen|other|client|routers|malformed|drops INTERFACE …"
                        .into(),
                );
            }
        };
        match done {
            Ok(()) => Ok(0),
            Err(error) => {
                println!("{}", told(&error));
                Ok(1)
            }
        }
    }
}

fn address(text: &str) -> Result<Ipv4Addr, String> {
    text.parse().map_err(|error| format!("{text}: {error}"))
}

fn whole(bytes: &[u8], to: &[u8]) -> OutgoingPacket {
    OutgoingPacket {
        to: to.to_vec(),
        offset: 0,
        length: u32::try_from(bytes.len()).unwrap_or_default(),
    }
}

fn question(own: &[u8], sender: Ipv4Addr, target: Ipv4Addr) -> Vec<u8> {
    let head = [0, 1, 8, 0, 6, 4, 0, 1];
    [&head, own, &sender.octets(), &[0; 6], &target.octets()].concat()
}

async fn arp(interface: &str, sender: Ipv4Addr, target: Ipv4Addr) -> Result<(), ErrorCode> {
    let socket = Sender::open(interface, OutgoingProtocol::EtherType(ARP))?;
    let receiver = Receiver::open(interface, IncomingProtocol::EtherType(ARP))?;
    let link = socket.link();
    println!("interface {} {} mtu {}", link.index, link.name, link.mtu);
    let packet = question(&link.address, sender, target);
    let sent = socket.send(&packet, &[whole(&packet, &link.broadcast)])?;
    println!("sent {}", sent.len());
    let received = receiver.receive(8, 2 * SECOND).await?;
    for one in &received.packets {
        let bytes = &received.bytes[one.offset as usize..][..one.length as usize];
        let kind = match one.kind {
            PacketKind::Host => "host",
            PacketKind::Broadcast => "broadcast",
            PacketKind::Multicast => "multicast",
        };
        println!(
            "answer {kind} from {:02x?} says {:?} after it was sent {}",
            one.source,
            bytes.get(14..18),
            one.timestamp >= sent[0]
        );
    }
    Ok(())
}

/// An IPv4 packet with an empty datagram from 0.0.0.0.
fn datagram(to: Ipv4Addr, from_port: u16, to_port: u16) -> Vec<u8> {
    let mut packet = vec![0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 0, 0, 0, 0];
    packet.extend(to.octets());
    packet.extend(from_port.to_be_bytes());
    packet.extend(to_port.to_be_bytes());
    packet.extend([0, 8, 0, 0]);
    packet
}

/// An address that makes no sense is one that the host refuses.
fn flow(remote: &str, local_port: u16) -> OutgoingProtocol {
    let remote = endpoint(remote, 67).unwrap_or(Endpoint {
        address: IpAddress::Ipv4((0, 0, 0, 0)),
        port: 0,
        scope_id: 0,
    });
    OutgoingProtocol::Udp(UdpFlow { local_port, remote })
}

fn udp(interface: &str, remote: &str) -> Result<(), ErrorCode> {
    let socket = Sender::open(interface, flow(remote, 68))?;
    let packet = datagram(remote.parse().unwrap_or(Ipv4Addr::UNSPECIFIED), 68, 67);
    println!(
        "sent {}",
        socket.send(&packet, &[whole(&packet, &EVERYBODY)])?.len()
    );
    Ok(())
}

async fn listen(interface: &str) -> Result<(), ErrorCode> {
    let receiver = Receiver::open(interface, IncomingProtocol::Udp(68))?;
    println!("listening");
    let received = receiver.receive(8, 5 * SECOND).await?;
    println!("received {}", received.packets.len());
    Ok(())
}

fn other(interface: &str, number: &str) -> Result<(), ErrorCode> {
    let number = u16::from_str_radix(number, 16).unwrap_or_default();
    let socket = Sender::open(interface, OutgoingProtocol::EtherType(number))?;
    println!(
        "sent {}",
        socket.send(b"x", &[whole(b"x", &EVERYBODY)])?.len()
    );
    Ok(())
}

/// A message of DHCP in a datagram from port 68 to port 67 of everybody.
fn message(client: &[u8]) -> Vec<u8> {
    let mut message = vec![0; 300];
    message[..3].copy_from_slice(&[1, 1, 6]);
    message[28..34].copy_from_slice(client);
    let mut packet = datagram(Ipv4Addr::BROADCAST, 68, 67);
    packet[2..4].copy_from_slice(&328_u16.to_be_bytes());
    packet[24..26].copy_from_slice(&308_u16.to_be_bytes());
    packet.extend(message);
    packet
}

fn client(interface: &str, octet: &str) -> Result<(), ErrorCode> {
    let octet = u8::from_str_radix(octet, 16).unwrap_or_default();
    let socket = Sender::open(interface, flow("255.255.255.255", 68))?;
    let packet = message(&[2, 0, 0, 0, 0, octet]);
    println!(
        "sent {}",
        socket.send(&packet, &[whole(&packet, &EVERYBODY)])?.len()
    );
    Ok(())
}

async fn routers(interface: &str) -> Result<(), ErrorCode> {
    let receiver = Receiver::open(interface, IncomingProtocol::RouterAdvertisements)?;
    println!("listening");
    let received = receiver.receive(8, 5 * SECOND).await?;
    for one in &received.packets {
        let bytes = &received.bytes[one.offset as usize..][..one.length as usize];
        println!(
            "received type {:?} from {:?}",
            bytes.get(40),
            bytes.get(8..24)
        );
    }
    Ok(())
}

async fn malformed(interface: &str) -> Result<u8, String> {
    let mut malformed = Malformed::default();
    let failed = |error| told(&error);
    for number in [0, 3, 0x05ff] {
        let what = format!("EtherType {number}");
        malformed.refused(
            &what,
            Sender::open(interface, OutgoingProtocol::EtherType(number)),
        );
        malformed.refused(
            &what,
            Receiver::open(interface, IncomingProtocol::EtherType(number)),
        );
    }
    for name in ["", "nosuch", "a/b", "lo\0", &"x".repeat(70_000)] {
        let what = format!("interface of {} octets", name.len());
        malformed.refused(&what, Sender::open(name, OutgoingProtocol::EtherType(ARP)));
        malformed.refused(
            &what,
            Receiver::open(name, IncomingProtocol::EtherType(ARP)),
        );
    }
    malformed.refused(
        "no port",
        Receiver::open(interface, IncomingProtocol::Udp(0)),
    );
    malformed.refused(
        "no local port",
        Sender::open(interface, flow("255.255.255.255", 0)),
    );
    malformed.refused("no remote", Sender::open(interface, flow("0.0.0.0", 68)));
    malformed.refused("IPv6", Sender::open(interface, flow("ff02::1", 68)));
    let socket = Sender::open(interface, OutgoingProtocol::EtherType(ARP)).map_err(failed)?;
    let own = socket.link().address;
    let any = Ipv4Addr::UNSPECIFIED;
    let fine = question(&own, any, [10, 0, 0, 9].into());
    let foreign = question(&[2, 0, 0, 0, 0, 9], any, [10, 0, 0, 9].into());
    for (what, packet, to) in [
        ("another's hardware address", &foreign[..], &EVERYBODY[..]),
        ("a cut packet", &fine[..27], &EVERYBODY),
        ("no packet", &[], &EVERYBODY),
        ("a short address", &fine, &EVERYBODY[..5]),
        ("no address", &fine, &[]),
        ("a long address", &fine, &[0xff; 32]),
    ] {
        malformed.refused(what, socket.send(packet, &[whole(packet, to)]));
    }
    let claims = question(&own, [192, 0, 2, 7].into(), any);
    malformed.refused(
        "another's address",
        socket.send(&claims, &[whole(&claims, &EVERYBODY)]),
    );
    for (offset, length) in [(u32::MAX, 1), (0, u32::MAX), (28, 1), (u32::MAX, u32::MAX)] {
        let to = EVERYBODY.to_vec();
        let outside = OutgoingPacket { to, offset, length };
        malformed.refused("outside of the bytes", socket.send(&fine, &[outside]));
    }
    malformed.answered("nothing", socket.send(&[], &[]));
    let many: Vec<_> = (0..10_000).map(|_| whole(&[], &EVERYBODY)).collect();
    malformed.refused("many", socket.send(&[], &many));
    let udp = Sender::open(interface, flow("255.255.255.255", 68)).map_err(failed)?;
    let to = Ipv4Addr::BROADCAST;
    let good = datagram(to, 68, 67);
    let changed = |at: usize, value: u8| {
        let mut packet = good.clone();
        packet[at] = value;
        packet
    };
    let mut nobody = message(&own);
    nobody[30] = 0;
    for (what, packet) in [
        ("a message of DHCP for nobody", nobody),
        ("a message of DHCP that is cut", {
            let mut cut = datagram(to, 68, 67);
            (cut[3], cut[25]) = (32, 12);
            cut.extend([1, 1, 6, 0]);
            cut
        }),
        ("another port", datagram(to, 68, 53)),
        ("another local port", datagram(to, 53, 67)),
        (
            "another destination",
            datagram([10, 0, 0, 2].into(), 68, 67),
        ),
        ("another protocol", changed(9, 6)),
        ("a fragment", changed(6, 0x20)),
        ("options", changed(0, 0x46)),
        ("another version", changed(0, 0x65)),
        ("another length", changed(3, 29)),
        ("another length of UDP", changed(25, 9)),
        ("another's source", changed(12, 192)),
        ("a cut header", good[..27].to_vec()),
    ] {
        malformed.refused(what, udp.send(&packet, &[whole(&packet, &EVERYBODY)]));
    }
    let receiver = Receiver::open(interface, IncomingProtocol::EtherType(ARP)).map_err(failed)?;
    malformed.answered("none and no time", receiver.receive(0, 0).await);
    malformed.answered("many and no time", receiver.receive(u32::MAX, 0).await);
    Ok(malformed.exit_code())
}

async fn drops(interface: &str) -> Result<(), ErrorCode> {
    for _ in 0..3 {
        drop(Sender::open(interface, OutgoingProtocol::EtherType(ARP))?);
        let receiver = Receiver::open(interface, IncomingProtocol::EtherType(0x88b5))?;
        abandon(receiver.receive(1, 60 * SECOND)).await;
        let under_way = receiver.receive(1, SECOND / 50);
        under_way.await?;
        drop(receiver);
    }
    let open = Receiver::open(interface, IncomingProtocol::EtherType(ARP))?;
    println!("left one open");
    std::mem::forget(open);
    Ok(())
}
