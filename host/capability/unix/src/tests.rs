//! Denied, allowed, malformed, dropped.
#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;

use super::bindings::nethost::cap::unix::{
    Address, FileOptions, ListenerKind, Message, MessageKind,
};
use super::service::address_to;
use super::{Connection, Listener, MessageSocket};
use nethost_broker::Broker;
use nethost_broker::capabilities::unix::UnixAddress;
use nethost_kit::types::ErrorCode;
use nethost_test_bed::TestBed;

const SECOND: u64 = 1_000_000_000;
const OPTIONS: FileOptions = FileOptions {
    mode: Some(0o600),
    keep: false,
    replace: false,
};

fn at(path: &Path) -> Address {
    Address::Path(path.to_str().unwrap().into())
}

async fn connect(bed: &TestBed, remote: &Address) -> Result<Connection, ErrorCode> {
    Connection::connect(&bed.gate, &Broker::in_process(), remote, SECOND).await
}

fn listen(bed: &TestBed, broker: &Arc<Broker>, local: &Address) -> Result<Listener, ErrorCode> {
    Listener::listen(&bed.gate, broker, ListenerKind::Bytes, local, 4, OPTIONS)
}

#[tokio::test]
async fn a_denial_does_not_tell_whether_the_socket_exists() {
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path().join("there");
    let _listens = UnixListener::bind(&there).unwrap();
    let bed = TestBed::allowing(&["unix.connect=/run/app/", "unix.listen=@mine"]);
    let broker = Arc::new(Broker::in_process());
    for address in [
        at(&there),
        at(&folder.path().join("absent")),
        Address::AbstractName("other".into()),
    ] {
        let refused = connect(&bed, &address).await.err();
        assert!(matches!(refused, Some(ErrorCode::Denied(_))), "{refused:?}");
        let refused = listen(&bed, &broker, &address).err();
        assert!(matches!(refused, Some(ErrorCode::Denied(_))), "{refused:?}");
    }
    assert_eq!(bed.names(), ["denied"; 6]);
}

#[tokio::test]
async fn a_connection_says_who_listens_and_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap().join("socket");
    let listens = UnixListener::bind(&path).unwrap();
    let link = folder.path().join("link");
    symlink(&path, &link).unwrap();
    let bed = TestBed::allowing(&[&format!("unix.connect={}", path.display())]);
    let connection = connect(&bed, &at(&link)).await.unwrap();
    assert_eq!(connection.peer.process, std::process::id());
    let name = path.to_str().unwrap().as_bytes().to_vec();
    assert_eq!(connection.stream.remote(), UnixAddress::Path(name));
    assert_eq!(connection.stream.local(), UnixAddress::Unnamed);
    let duplex = connection.stream.into_duplex().unwrap();
    let (mut accepted, _) = listens.accept().unwrap();
    let sent = std::future::poll_fn(|context| duplex.poll_write(context, b"hello")).await;
    assert_eq!(sent.unwrap(), 5);
    std::future::poll_fn(|context| duplex.poll_shutdown(context))
        .await
        .unwrap();
    let mut came = String::new();
    accepted.read_to_string(&mut came).unwrap();
    assert_eq!(came, "hello");
    accepted.write_all(b"you").unwrap();
    let mut into = [0; 8];
    let read = std::future::poll_fn(|context| duplex.poll_read(context, &mut into)).await;
    assert_eq!(read.unwrap(), 3);
    drop(duplex);
    let events = bed.events();
    assert_eq!(events[0]["changes"]["kind"], "stream");
    assert_eq!(events[0]["target"]["resolved"], path.to_str().unwrap());
    assert_eq!(events[1]["counters"]["bytes_sent"], 5);
    assert_eq!(events[1]["counters"]["bytes_received"], 3);
}

#[tokio::test]
async fn a_listener_records_who_comes_and_takes_its_file_along() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap().join("socket");
    let bed = TestBed::allowing(&[&format!("unix.listen={}/", folder.path().display())]);
    let broker = Arc::new(Broker::in_process());
    let listener = listen(&bed, &broker, &at(&path)).unwrap();
    let taken = listen(&bed, &broker, &at(&path)).err();
    assert!(matches!(taken, Some(ErrorCode::AddressInUse)), "{taken:?}");
    let of_the_other_kind = listener.accept_sequenced().await.err();
    assert!(matches!(of_the_other_kind, Some(ErrorCode::InvalidState)));
    let waits = tokio::time::timeout(std::time::Duration::from_millis(50), listener.accept());
    assert!(waits.await.is_err());
    let client = UnixStream::connect(&path).unwrap();
    let accepted = listener.accept().await.unwrap();
    assert_eq!(accepted.peer.process, std::process::id());
    drop(listener);
    assert!(!path.exists());
    drop((accepted, client));
    let events = bed.events();
    let accept = events
        .iter()
        .find(|event| event["op"] == "listener.accept")
        .unwrap();
    let process = std::process::id().to_string();
    assert_eq!(accept["changes"]["peer-process"], process);
}

#[tokio::test]
async fn datagrams_and_packets_keep_their_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().canonicalize().unwrap();
    let bed = TestBed::allowing(&["unix.listen", "unix.connect"]);
    let broker = Arc::new(Broker::in_process());
    let server = UnixDatagram::bind(base.join("server")).unwrap();
    let local = at(&base.join("client"));
    let socket = MessageSocket::bind(&bed.gate, &broker, &local, OPTIONS).unwrap();
    let early = socket.send(b"x").await;
    assert!(matches!(early, Err(ErrorCode::InvalidState)), "{early:?}");
    socket.connect_to(&at(&base.join("server"))).unwrap();
    socket.send(b"ping").await.unwrap();
    let mut came = [0; 8];
    let (length, from) = server.recv_from(&mut came).unwrap();
    assert_eq!(&came[..length], b"ping");
    assert_eq!(from.as_pathname(), Some(&*base.join("client")));
    for pong in [&b"pong"[..], b""] {
        server.send_to(pong, base.join("client")).unwrap();
    }
    let message = socket.receive(3, SECOND).await.unwrap().unwrap();
    let Message {
        bytes,
        source,
        truncated,
    } = message;
    assert_eq!((&*bytes, truncated), (&b"pon"[..], true));
    assert!(matches!(source, Address::Path(path) if Path::new(&path) == base.join("server")));
    let empty = socket.receive(3, SECOND).await.unwrap().unwrap();
    assert!(empty.bytes.is_empty() && !empty.truncated);
    let none = socket.receive(3, SECOND / 20).await.unwrap();
    assert!(none.is_none());

    let local = at(&base.join("packets"));
    let kind = ListenerKind::Sequenced;
    let listener = Listener::listen(&bed.gate, &broker, kind, &local, 4, OPTIONS).unwrap();
    let kind = MessageKind::Sequenced;
    let client = MessageSocket::connect(&bed.gate, &broker, kind, &local, SECOND);
    let client = client.await.unwrap();
    let accepted = listener.accept_sequenced().await.unwrap();
    client.send(b"one").await.unwrap();
    client.send(b"two").await.unwrap();
    for expected in [b"one", b"two"] {
        let message = accepted.receive(64, SECOND).await.unwrap().unwrap();
        assert_eq!(message.bytes, expected);
    }
    accepted.send(b"three").await.unwrap();
    let message = client.receive(64, SECOND).await.unwrap().unwrap();
    assert_eq!(message.bytes, b"three");
}

#[tokio::test]
async fn nonsense_is_refused_before_the_gate_is_asked() {
    let bed = TestBed::allowing(&["unix.connect", "unix.listen"]);
    let broker = Arc::new(Broker::in_process());
    let name = |name: &str| Address::AbstractName(name.into());
    for address in [
        Address::Unnamed,
        Address::Path(String::new()),
        Address::Path("a\0b".into()),
        name(""),
        name("a b"),
        name("a\0"),
        name("\u{e9}"),
        name("*"),
        name(&"x".repeat(108)),
    ] {
        let refused = connect(&bed, &address).await.err();
        assert!(
            matches!(refused, Some(ErrorCode::InvalidArgument(_))),
            "{address:?}: {refused:?}"
        );
        let refused = listen(&bed, &broker, &address).err();
        assert!(
            matches!(refused, Some(ErrorCode::InvalidArgument(_))),
            "{address:?}: {refused:?}"
        );
    }
    assert!(bed.names().is_empty());
    let refused = connect(&bed, &Address::Path("/dev/null".into()))
        .await
        .err();
    assert!(matches!(refused, Some(ErrorCode::ConnectionRefused)));
    let refused = connect(&bed, &Address::Path("/no/such/socket".into())).await;
    assert!(matches!(refused.err(), Some(ErrorCode::NotFound)));
}

#[tokio::test]
async fn who_connects_where_too_many_wait_tries_until_the_time_is_over() {
    let bed = TestBed::allowing(&["unix.connect", "unix.listen"]);
    let broker = Arc::new(Broker::in_process());
    let name = format!("nethost-test-{}-full", std::process::id());
    let name = Address::AbstractName(name);
    let kind = ListenerKind::Bytes;
    let listener = Listener::listen(&bed.gate, &broker, kind, &name, 0, OPTIONS).unwrap();
    let _first = connect(&bed, &name).await.unwrap();
    let begun = std::time::Instant::now();
    let second = Connection::connect(&bed.gate, &broker, &name, SECOND / 10).await;
    assert!(matches!(second.err(), Some(ErrorCode::Timeout)));
    assert!(begun.elapsed() >= std::time::Duration::from_millis(100));
    let later = async {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        listener.accept().await.unwrap()
    };
    let (third, _) = tokio::join!(connect(&bed, &name), later);
    assert!(third.is_ok());
}

#[test]
fn an_address_is_told_in_visible_characters() {
    let told = address_to(&UnixAddress::Abstract(b"a\0\x1b[2J \xff".to_vec()));
    assert!(matches!(&told, Address::AbstractName(name) if name == "a\\x00\\x1b[2J\\x20\\xff"));
}
