//! Packets over the loopback interface, where this process may open such sockets.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use super::*;

/// An EtherType for experiments (IEEE 802, 0x88b5).
const EXPERIMENT: u16 = 0x88b5;

#[tokio::test]
async fn a_packet_arrives_with_its_sender_and_time() {
    let Ok(sender) = open() else {
        // No CAP_NET_RAW.
        return;
    };
    let lane = Lane {
        interface: 1,
        protocol: EXPERIMENT,
    };
    let receiver = open().unwrap();
    pass_notes(receiver.as_fd()).unwrap();
    bind(receiver.as_fd(), lane).unwrap();
    let receiver = PacketReceiver::new(receiver).unwrap();
    let before = send(sender.as_fd(), b"hello", lane, &[0; 6]);
    let Ok(before) = before else {
        // The loopback interface of this namespace is down.
        return;
    };
    let deadline = Instant::now() + Duration::from_secs(10);
    let mut seen = Vec::new();
    let mut each = |packet: Packet<'_>| {
        assert!(packet.timestamp >= before && !packet.truncated);
        assert_eq!((packet.kind, packet.source), (Kind::Host, &[0; 6][..]));
        seen.push(packet.bytes.to_vec());
    };
    receiver.receive(4, deadline, &mut each).await.unwrap();
    assert_eq!(seen, [b"hello"]);
    let soon = Instant::now() + Duration::from_millis(20);
    receiver
        .receive(4, soon, &mut |_: Packet<'_>| panic!("nothing was sent"))
        .await
        .unwrap();
}
