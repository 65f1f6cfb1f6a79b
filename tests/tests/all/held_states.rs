//! Sockets of TCP in the states that hold only while a peer is silent: a firewall drops what would end them.

use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use nethost_tests::namespace::Namespace;
use socket2::{Domain, Protocol, Socket, Type};

/// What is held until it is dropped.
pub(crate) struct HeldStates {
    _streams: Vec<TcpStream>,
    _listeners: Vec<TcpListener>,
    _sockets: Vec<Socket>,
}

/// By the ports of the clients: whose FIN does not arrive.
const RULES: &str = "
    output tcp sport 8101 tcp flags & (syn|ack) == syn|ack drop
    output tcp sport 40101 tcp flags & fin == fin drop
    output tcp dport 40102 tcp flags & fin == fin drop
    output tcp sport 40103 tcp flags & fin == fin drop
";

/// The states as /proc/net/tcp numbers them, but TIME-WAIT.
const STATES: [u8; 9] = [0x1, 0x2, 0x3, 0x4, 0x5, 0x8, 0x9, 0xa, 0xb];

/// Holds sockets in all states of TCP that it can, in this namespace, which has a loopback interface.
pub(crate) fn hold_states(node: &Namespace) -> HeldStates {
    node.firewall(RULES);
    // Nobody gives up within the time of a test.
    for key in ["tcp_syn_retries", "tcp_synack_retries"] {
        node.sysctl(&format!("net.ipv4.{key}"), "12");
    }
    let held = node.inside(sockets);
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let missing = node.inside(|| missing(&STATES));
        if missing.is_empty() {
            return held;
        }
        assert!(
            Instant::now() < until,
            "no socket is in the states {missing:x?}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn missing(states: &[u8]) -> Vec<u8> {
    let text = std::fs::read_to_string("/proc/thread-self/net/tcp").unwrap();
    let state = |line: &str| u8::from_str_radix(line.split_whitespace().nth(3)?, 16).ok();
    let there: Vec<u8> = text.lines().skip(1).filter_map(state).collect();
    let mut missing = states.to_vec();
    missing.retain(|state| !there.contains(state));
    missing
}

fn tcp(local: &str, protocol: Option<Protocol>) -> Socket {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, protocol).unwrap();
    let local: SocketAddr = local.parse().unwrap();
    socket.bind(&local.into()).unwrap();
    socket
}

fn sockets() -> HeldStates {
    let listen = |port: u16| TcpListener::bind(("127.0.0.1", port)).unwrap();
    let (server, mute) = (listen(8100), listen(8101));
    let pair = |from: u16| {
        let client = tcp(&format!("127.0.0.1:{from}"), None);
        client
            .connect(&server.local_addr().unwrap().into())
            .unwrap();
        (TcpStream::from(client), server.accept().unwrap().0)
    };
    let mut streams = Vec::new();
    // ESTABLISHED.
    streams.extend(<[TcpStream; 2]>::from(pair(40100)));
    // FIN-WAIT-1: its FIN does not arrive.
    let (client, accepted) = pair(40101);
    client.shutdown(Shutdown::Write).unwrap();
    streams.extend([client, accepted]);
    // FIN-WAIT-2, and LAST-ACK: only the server's FIN does not arrive.
    let (client, accepted) = pair(40102);
    client.shutdown(Shutdown::Write).unwrap();
    end_of(&accepted);
    accepted.shutdown(Shutdown::Write).unwrap();
    streams.extend([client, accepted]);
    // CLOSING: its FIN does not arrive, the other's does.
    let (client, accepted) = pair(40103);
    client.shutdown(Shutdown::Write).unwrap();
    accepted.shutdown(Shutdown::Write).unwrap();
    streams.extend([client, accepted]);
    // CLOSE-WAIT.
    let (client, accepted) = pair(40104);
    client.shutdown(Shutdown::Write).unwrap();
    streams.extend([client, accepted]);
    // SYN-RECV, and SYN-SENT: the answer does not arrive.
    let silent = tcp("127.0.0.1:40105", None);
    silent.set_nonblocking(true).unwrap();
    assert!(silent.connect(&mute.local_addr().unwrap().into()).is_err());
    let mut sockets = vec![silent];
    // A listener with a queue of connections that nobody accepts.
    let busy = tcp("127.0.0.1:8102", None);
    busy.listen(5).unwrap();
    for _ in 0..3 {
        streams.push(TcpStream::connect("127.0.0.1:8102").unwrap());
    }
    sockets.push(busy);
    // Bound to a device.
    let bound = tcp("0.0.0.0:8103", None);
    bound.bind_device(Some(b"lo")).unwrap();
    bound.listen(1).unwrap();
    sockets.push(bound);
    // MPTCP, where the kernel has it.
    if let Ok(multipath) = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::from(262))) {
        let local: SocketAddr = "127.0.0.1:8104".parse().unwrap();
        multipath.bind(&local.into()).unwrap();
        multipath.listen(1).unwrap();
        let client = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::from(262))).unwrap();
        client.connect(&local.into()).unwrap();
        sockets.extend([multipath.accept().unwrap().0, multipath, client]);
    }
    HeldStates {
        _streams: streams,
        _listeners: vec![server, mute],
        _sockets: sockets,
    }
}

/// Waits for the other's FIN.
fn end_of(mut stream: &TcpStream) {
    use std::io::Read;
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
}
