//! Tests on loopback.
#![allow(clippy::unwrap_used)]

use std::net::UdpSocket;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use super::*;

#[derive(Default)]
struct Collected(Vec<Vec<u8>>, Vec<Option<u8>>, Vec<SocketAddr>);

impl Sink for Collected {
    fn datagram(&mut self, datagram: Datagram<'_>) {
        self.0.push(datagram.bytes.to_vec());
        self.1.push(datagram.hop_limit);
    }

    fn error(&mut self, error: QueuedError<'_>) {
        self.2.push(error.remote);
    }
}

fn pair(options: &Options) -> (DatagramSocket, UdpSocket) {
    let ours = UdpSocket::bind("127.0.0.1:0").unwrap();
    ours.set_nonblocking(true).unwrap();
    observe(ours.as_fd(), false).unwrap();
    options.apply(ours.as_fd(), false).unwrap();
    (
        DatagramSocket::new(OwnedFd::from(ours), options).unwrap(),
        UdpSocket::bind("127.0.0.1:0").unwrap(),
    )
}

/// Connects as the broker does.
fn connect(socket: &DatagramSocket, to: SocketAddr) {
    rustix::net::connect(socket.open().get_ref(), &to).unwrap();
}

#[tokio::test]
async fn a_batch_keeps_order_and_sizes_up_to_its_bound() {
    let (socket, peer) = pair(&Options::default());
    let address = socket.local_address().unwrap();
    for length in 0..100_usize {
        peer.send_to(&vec![7; length], address).unwrap();
    }
    let mut collected = Collected::default();
    while collected.0.len() < 100 {
        let before = collected.0.len();
        assert!(
            socket
                .receive(
                    1000,
                    Instant::now() + Duration::from_secs(2),
                    &mut collected
                )
                .await
                .unwrap()
        );
        assert!(collected.0.len() - before <= BATCH);
    }
    assert!(
        collected
            .0
            .iter()
            .enumerate()
            .all(|(length, bytes)| bytes.len() == length)
    );
}

#[tokio::test]
async fn each_datagram_may_have_its_own_hop_limit() {
    let options = Options {
        hop_limit: Some(9),
        ..Options::default()
    };
    let (from, _) = pair(&options);
    let (to, _) = pair(&Options::default());
    connect(&from, to.local_address().unwrap());
    from.send(b"a", None).unwrap();
    from.send(b"b", Some(3)).unwrap();
    from.send(b"c", None).unwrap();
    let mut collected = Collected::default();
    while collected.1.len() < 3 {
        assert!(
            to.receive(64, Instant::now() + Duration::from_secs(2), &mut collected)
                .await
                .unwrap()
        );
    }
    assert_eq!(collected.1, [Some(9), Some(3), Some(9)]);
}

#[tokio::test]
async fn a_wait_that_is_given_up_leaves_the_socket_usable() {
    let (socket, peer) = pair(&Options::default());
    let address = socket.local_address().unwrap();
    for _ in 0..50 {
        let mut nothing = Collected::default();
        let wait = socket.receive(1, Instant::now() + Duration::from_secs(9), &mut nothing);
        assert!(
            tokio::time::timeout(Duration::from_millis(1), wait)
                .await
                .is_err()
        );
    }
    peer.send_to(b"x", address).unwrap();
    let mut collected = Collected::default();
    assert!(
        socket
            .receive(1, Instant::now() + Duration::from_secs(2), &mut collected)
            .await
            .unwrap()
    );
    assert_eq!(collected.0, [b"x"]);
}

#[tokio::test]
async fn a_short_deadline_is_met_closely() {
    let (socket, _peer) = pair(&Options::default());
    let started = Instant::now();
    let got = socket
        .receive(
            1,
            started + Duration::from_micros(300),
            &mut Collected::default(),
        )
        .await
        .unwrap();
    assert!(!got && started.elapsed() >= Duration::from_micros(300));
}

#[tokio::test]
async fn the_kernel_says_when_a_packet_left() {
    let (socket, peer) = pair(&Options::default());
    connect(&socket, peer.local_addr().unwrap());
    let open = socket.open();
    let fd = open.get_ref().as_fd();
    sys::observe_departures(fd, true).unwrap();
    for number in 0..3 {
        let before = realtime();
        let handed = sys::send(fd, b"x").unwrap();
        let after = realtime();
        let (noted, left) = socket.slots().departure(fd.as_raw_fd()).unwrap().unwrap();
        assert_eq!(noted, number);
        assert!(before <= handed && handed < left && left <= after);
    }
    // Without the option there is no timestamp; the numbers continue where they were.
    sys::observe_departures(fd, false).unwrap();
    sys::send(fd, b"x").unwrap();
    assert_eq!(socket.slots().departure(fd.as_raw_fd()).unwrap(), None);
    sys::observe_departures(fd, true).unwrap();
    sys::send(fd, b"x").unwrap();
    let note = socket.slots().departure(fd.as_raw_fd()).unwrap();
    assert_eq!(note.map(|(number, _)| number), Some(3));
}

#[tokio::test]
async fn what_else_is_in_the_error_queue_is_not_lost() {
    let (socket, peer) = pair(&Options::default());
    let nobody: SocketAddr = "127.0.0.1:1".parse().unwrap();
    connect(&socket, nobody);
    socket.send(b"x", None).unwrap();
    tokio::time::sleep(Duration::from_millis(2)).await;
    // Reads the transmit timestamp, and finds the error about the previous packet.
    connect(&socket, peer.local_addr().unwrap());
    socket.send(b"y", None).unwrap();
    let mut collected = Collected::default();
    let deadline = Instant::now() + Duration::from_secs(2);
    assert!(socket.receive(64, deadline, &mut collected).await.unwrap());
    assert_eq!(collected.2, [nobody]);
    // Transmit timestamps are not delivered to the plugin.
    let deadline = Instant::now() + Duration::from_millis(5);
    assert!(!socket.receive(64, deadline, &mut collected).await.unwrap());
}

#[tokio::test]
async fn who_waits_is_told_of_what_a_send_met() {
    let (socket, peer) = pair(&Options::default());
    let nobody: SocketAddr = "127.0.0.1:1".parse().unwrap();
    let mut collected = Collected::default();
    let deadline = Instant::now() + Duration::from_secs(2);
    connect(&socket, nobody);
    let waiting = socket.receive(64, deadline, &mut collected);
    let sending = async {
        tokio::task::yield_now().await;
        // On loopback the error is queued before the call returns, and it is read before a waiting task wakes up.
        socket.send(b"x", None).unwrap();
    };
    let (received, ()) = tokio::join!(waiting, sending);
    assert!(received.unwrap());
    assert_eq!(collected.2, [nobody]);
    drop(peer);
}

#[tokio::test]
async fn errors_wait_in_the_kernel_where_nobody_receives() {
    let (socket, _peer) = pair(&Options::default());
    let nobody: SocketAddr = "127.0.0.1:1".parse().unwrap();
    connect(&socket, nobody);
    for _ in 0..20 {
        socket.send(b"x", None).unwrap();
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // At most what one read can find.
    assert!(socket.slots().kept.len() <= 4);
    let (mut collected, deadline) = (
        Collected::default(),
        Instant::now() + Duration::from_secs(2),
    );
    while collected.2.len() < 20 {
        let before = collected.2.len();
        assert!(socket.receive(1, deadline, &mut collected).await.unwrap());
        assert_eq!(collected.2.len(), before + 1);
    }
}

#[tokio::test]
async fn an_error_behind_a_note_is_found() {
    let (socket, peer) = pair(&Options::default());
    let nobody: SocketAddr = "127.0.0.1:1".parse().unwrap();
    let open = socket.open();
    let fd = open.get_ref().as_fd();
    connect(&socket, peer.local_addr().unwrap());
    sys::observe_departures(fd, true).unwrap();
    for _ in 0..3 {
        sys::send(fd, b"x").unwrap();
    }
    sys::observe_departures(fd, false).unwrap();
    connect(&socket, nobody);
    sys::send(fd, b"x").unwrap();
    let mut collected = Collected::default();
    let deadline = Instant::now() + Duration::from_secs(2);
    assert!(socket.receive(1, deadline, &mut collected).await.unwrap());
    assert_eq!(collected.2, [nobody]);
}

#[tokio::test]
async fn who_waits_goes_on_with_the_socket_that_takes_the_place() {
    let (socket, _peer) = pair(&Options::default());
    let (other, peer) = pair(&Options::default());
    let address = other.local_address().unwrap();
    let fd = other.open().get_ref().try_clone().unwrap();
    drop(other);
    let mut collected = Collected::default();
    let deadline = Instant::now() + Duration::from_secs(2);
    let waiting = socket.receive(64, deadline, &mut collected);
    let replacing = async {
        tokio::task::yield_now().await;
        socket.replace(fd).unwrap();
        tokio::task::yield_now().await;
        peer.send_to(b"x", address).unwrap();
    };
    let (received, ()) = tokio::join!(waiting, replacing);
    assert!(received.unwrap());
    assert_eq!(collected.0, [b"x"]);
    assert_eq!(socket.local_address().unwrap(), address);
}
