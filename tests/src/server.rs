//! A host that answers: UDP datagrams and TCP streams come back as they were sent.

use crate::namespace::Namespace;
use std::io::{Read, Write};
use std::net::{Ipv6Addr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long a blocked thread takes to notice that the test is over.
const TURN: Duration = Duration::from_millis(20);

/// Echo over UDP and TCP on one port of one node, both families; it stops when dropped.
pub struct Echo {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Echo {
    /// Starts it.
    ///
    /// # Panics
    /// When the port is taken.
    #[must_use]
    pub fn start(node: &Namespace, port: u16) -> Self {
        let any = (Ipv6Addr::UNSPECIFIED, port);
        let (udp, tcp) = node.inside(|| {
            (
                UdpSocket::bind(any).expect("a UDP port"),
                TcpListener::bind(any).expect("a TCP port"),
            )
        });
        udp.set_read_timeout(Some(TURN)).expect("a timeout");
        tcp.set_nonblocking(true).expect("no waiting");
        let stop = Arc::new(AtomicBool::new(false));
        let threads = vec![
            repeat(&stop, move || datagram(&udp)),
            repeat(&stop, move || stream(&tcp)),
        ];
        Self { stop, threads }
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// Repeats a step on a thread of its own until told to stop.
pub(crate) fn repeat(
    stop: &Arc<AtomicBool>,
    mut step: impl FnMut() + Send + 'static,
) -> JoinHandle<()> {
    let stop = Arc::clone(stop);
    std::thread::spawn(move || {
        while !stop.load(Ordering::Relaxed) {
            step();
        }
    })
}

fn datagram(socket: &UdpSocket) {
    let mut buffer = [0; 65_536];
    if let Ok((length, from)) = socket.recv_from(&mut buffer) {
        let _ = socket.send_to(&buffer[..length], from);
    }
}

fn stream(listener: &TcpListener) {
    let Ok((mut stream, _)) = listener.accept() else {
        std::thread::sleep(TURN / 4);
        return;
    };
    // A peer that says nothing holds this up for a second, not for ever.
    let _ = stream.set_nonblocking(false);
    let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        if stream.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
}
