//! Sockets in every state that can be held, for the tests of tools that list them.

use std::any::Any;
use std::io::Write;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr as UnixAddr, UnixDatagram, UnixListener, UnixStream};
use std::time::Duration;

use nethost_tests::namespace::Namespace;
use socket2::{Domain, Protocol, Socket, Type};

/// What is held until it is dropped.
pub(crate) struct Held {
    _sockets: Vec<Box<dyn Any + Send>>,
    folder: tempfile::TempDir,
}

impl Held {
    /// The folder of the UNIX domain sockets.
    pub(crate) fn folder(&self) -> String {
        self.folder.path().display().to_string()
    }
}

/// Opens them in this namespace, which has no link of its own but a cable to itself.
pub(crate) fn hold(node: &Namespace) -> Held {
    node.cable("v0", node, "v1");
    node.up(&["v0", "v1"]);
    node.addresses("v0", &["10.9.0.1/24"]);
    // Nobody is there, and nobody says so: what connects to it goes on trying.
    let neighbour = "neigh replace 10.9.0.77 lladdr 02:00:00:00:00:77 dev v0 nud permanent";
    node.command("ip").words(neighbour).succeed();
    node.inside(sockets)
}

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// A socket of TCP that is bound there.
fn tcp(local: &str) -> Socket {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&address(local).into()).unwrap();
    socket
}

fn sockets() -> Held {
    let mut held: Vec<Box<dyn Any + Send>> = Vec::new();
    let server = TcpListener::bind("127.0.0.1:8080").unwrap();
    let anywhere = TcpListener::bind("[::]:443").unwrap();
    let pair = |from: u16| {
        let client = tcp(&format!("127.0.0.1:{from}"));
        client
            .connect(&server.local_addr().unwrap().into())
            .unwrap();
        (TcpStream::from(client), server.accept().unwrap().0)
    };
    // ESTABLISHED: idle, with something to be read, and with keepalive.
    held.push(Box::new(pair(40001)));
    let (mut client, accepted) = pair(40002);
    client.write_all(&[b'x'; 1000]).unwrap();
    held.push(Box::new((client, accepted)));
    let (client, accepted) = pair(40003);
    socket2::SockRef::from(&client).set_keepalive(true).unwrap();
    held.push(Box::new((client, accepted)));
    // An IPv4 address that is mapped.
    let client = TcpStream::connect("127.0.0.1:443").unwrap();
    held.push(Box::new((client, anywhere.accept().unwrap().0)));
    let client = TcpStream::connect("[::1]:443").unwrap();
    held.push(Box::new((client, anywhere.accept().unwrap().0)));
    // FIN-WAIT-2 and CLOSE-WAIT.
    let (client, accepted) = pair(40010);
    client.shutdown(Shutdown::Write).unwrap();
    held.push(Box::new((client, accepted)));
    // TIME-WAIT.
    let (client, accepted) = pair(40011);
    client.shutdown(Shutdown::Write).unwrap();
    std::thread::sleep(Duration::from_millis(50));
    drop(accepted);
    drop(client);
    // SYN-SENT: nobody is there.
    let silent = tcp("10.9.0.1:40020");
    silent.set_nonblocking(true).unwrap();
    assert!(silent.connect(&address("10.9.0.77:81").into()).is_err());
    held.push(Box::new(silent));
    // A listener with a short queue, and IPv6 alone.
    let six = Socket::new(Domain::IPV6, Type::STREAM, None).unwrap();
    six.set_only_v6(true).unwrap();
    six.bind(&address("[::1]:8081").into()).unwrap();
    six.listen(7).unwrap();
    held.push(Box::new(six));
    // UDP: bound, connected, IPv6, and bound to a device.
    held.push(Box::new(UdpSocket::bind("0.0.0.0:53").unwrap()));
    let connected = UdpSocket::bind("127.0.0.1:5353").unwrap();
    connected.connect("127.0.0.1:53").unwrap();
    held.push(Box::new(connected));
    held.push(Box::new(UdpSocket::bind("[::]:123").unwrap()));
    // Raw.
    for (domain, protocol) in [
        (Domain::IPV4, Protocol::ICMPV4),
        (Domain::IPV6, Protocol::ICMPV6),
    ] {
        held.push(Box::new(
            Socket::new(domain, Type::RAW, Some(protocol)).unwrap(),
        ));
    }
    // UNIX domain.
    let folder = tempfile::tempdir().unwrap();
    let stream = UnixListener::bind(folder.path().join("stream")).unwrap();
    let client = UnixStream::connect(folder.path().join("stream")).unwrap();
    held.push(Box::new((client, stream.accept().unwrap().0, stream)));
    held.push(Box::new(
        UnixDatagram::bind(folder.path().join("datagram")).unwrap(),
    ));
    let name = UnixAddr::from_abstract_name("held").unwrap();
    held.push(Box::new(UnixDatagram::bind_addr(&name).unwrap()));
    // A name that a terminal would act on.
    let hostile = folder.path().join("a\nb\u{1b}[2Jc");
    held.push(Box::new(UnixDatagram::bind(hostile).unwrap()));
    held.push(Box::new((server, anywhere)));
    Held {
        _sockets: held,
        folder,
    }
}
