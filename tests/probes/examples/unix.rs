//! Sockets of this machine: `unix VERB ADDRESS …` talks over them and prints what it learns, where an address is a path, or
//! `@` and an abstract name; `unix malformed FOLDER` makes every malformed call that the types let through; `unix drops
//! FOLDER` drops sockets with calls under way, and leaves one open at the end. `stream` listens in those folders.

use nethost_probes::{Malformed, SECOND, abandon, told};
use nethost_sdk::bindings::nethost::cap::types::ErrorCode;
use nethost_sdk::bindings::nethost::cap::unix::{
    Address, Connection, FileOptions, Listener, ListenerKind, MessageKind, MessageSocket,
};
use nethost_sdk::bindings::{Guest, export_tool, wit_stream};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

const USAGE: &str = "usage: unix connect ADDRESS… | listen ADDRESS [MODE [keep]] | packets ADDRESS | \
datagrams LOCAL [REMOTE] | malformed FOLDER | drops FOLDER";

/// The file of a socket, with the permission bits that the host chooses.
const DEFAULT: FileOptions = FileOptions {
    mode: None,
    keep: false,
    replace: false,
};

/// The same, for this user alone.
const PRIVATE: FileOptions = FileOptions {
    mode: Some(0o600),
    ..DEFAULT
};

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let done = match args.as_slice() {
            ["connect", addresses @ ..] => {
                for address in addresses {
                    if let Err(error) = connect(address).await {
                        println!("{address} {}", told(&error));
                    }
                }
                Ok(())
            }
            ["listen", address] => listen(address, None, false).await,
            ["listen", address, mode] => listen(address, octal(mode), false).await,
            ["listen", address, mode, "keep"] => listen(address, octal(mode), true).await,
            ["packets", address] => packets(address).await,
            ["datagrams", local, rest @ ..] => datagrams(local, rest.first().copied()).await,
            ["malformed", folder] => return malformed(folder).await,
            ["drops", folder] => {
                drops(folder).await?;
                Ok(())
            }
            _ => return Err(USAGE.into()),
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

/// An address: `@` and an abstract name, or a path.
fn unix_address(text: &str) -> Address {
    match text.strip_prefix('@') {
        Some(name) => Address::AbstractName(name.into()),
        None => Address::Path(text.into()),
    }
}

fn octal(text: &str) -> Option<u32> {
    u32::from_str_radix(text, 8).ok()
}

fn shown(address: &Address) -> String {
    match address {
        Address::Path(path) => path.clone(),
        Address::AbstractName(name) => format!("@{name}"),
        Address::Unnamed => "-".into(),
    }
}

/// Sends a line, and prints what comes back until the end.
async fn connect(address: &str) -> Result<(), ErrorCode> {
    let connection = Connection::connect(unix_address(address), SECOND).await?;
    println!(
        "connected {} to {} of user {}",
        shown(&connection.local_address()),
        shown(&connection.remote_address()),
        connection.peer_credentials().user
    );
    exchange(&connection, b"hello\n").await
}

async fn exchange(connection: &Connection, line: &[u8]) -> Result<(), ErrorCode> {
    let (mut outward, bytes) = wit_stream::new();
    let sent = connection.send(bytes)?;
    outward.write_all(line.to_vec()).await;
    drop(outward);
    sent.await?;
    connection.shutdown().await?;
    let (inward, ended) = connection.receive()?;
    let back = inward.collect().await;
    ended.await?;
    println!("received {:?}", String::from_utf8_lossy(&back));
    Ok(())
}

/// Accepts one connection and talks to it.
async fn listen(address: &str, mode: Option<u32>, keep: bool) -> Result<(), ErrorCode> {
    let options = FileOptions {
        mode,
        keep,
        // What nc(1) does with what it has left behind.
        replace: keep,
    };
    let listener = Listener::listen(ListenerKind::Bytes, &unix_address(address), 4, options)?;
    println!("listening {}", shown(&listener.local_address()));
    let connection = listener.accept().await?;
    let peer = connection.peer_credentials();
    println!(
        "accepted {} of user {} group {} process {}",
        shown(&connection.remote_address()),
        peer.user,
        peer.group,
        peer.process
    );
    exchange(&connection, b"welcome\n").await
}

/// Listens, connects, and sends packets both ways.
async fn packets(address: &str) -> Result<(), ErrorCode> {
    let at = unix_address(address);
    let listener = Listener::listen(ListenerKind::Sequenced, &at, 4, PRIVATE)?;
    println!("listening {}", shown(&listener.local_address()));
    let client = MessageSocket::connect(MessageKind::Sequenced, at, SECOND).await?;
    client.send(b"one".to_vec()).await?;
    client.send(b"three".to_vec()).await?;
    let server = listener.accept_sequenced().await?;
    for _ in 0..2 {
        if let Some(message) = server.receive(64, 10 * SECOND).await? {
            server.send(message.bytes).await?;
        }
    }
    drop(server);
    print(&client, 3, 64).await
}

/// Binds, and sends to the remote and prints the answer; without a remote, answers whoever sends.
async fn datagrams(local: &str, remote: Option<&str>) -> Result<(), ErrorCode> {
    let socket = MessageSocket::bind(&unix_address(local), PRIVATE)?;
    println!("bound {}", shown(&socket.local_address()));
    if let Some(remote) = remote {
        socket.connect_to(&unix_address(remote))?;
        socket.send(b"ping".to_vec()).await?;
        return print(&socket, 1, 2).await;
    }
    let Some(message) = socket.receive(64, 4 * SECOND).await? else {
        println!("nothing came");
        return Ok(());
    };
    println!("from {}", shown(&message.source));
    socket.connect_to(&message.source)?;
    socket.send(message.bytes).await
}

async fn print(socket: &MessageSocket, count: u32, max: u32) -> Result<(), ErrorCode> {
    for _ in 0..count {
        match socket.receive(max, 10 * SECOND).await? {
            None => println!("nothing came"),
            Some(message) => println!(
                "message {:?} truncated {}",
                String::from_utf8_lossy(&message.bytes),
                message.truncated
            ),
        }
    }
    Ok(())
}

/// Makes every malformed call, in a folder in which `stream` listens.
async fn malformed(folder: &str) -> Result<u8, String> {
    let mut malformed = Malformed::default();
    let longest = "x".repeat(108);
    let long_path = format!("{folder}/{}", "x".repeat(200));
    for (what, address) in [
        ("unnamed", Address::Unnamed),
        ("empty path", Address::Path(String::new())),
        ("NUL in a path", Address::Path(format!("{folder}/a\0b"))),
        ("a folder", Address::Path(folder.into())),
        ("a device", Address::Path("/dev/null".into())),
        ("a magic link", Address::Path("/proc/self/fd/0".into())),
        ("a long path", Address::Path(long_path)),
        ("empty name", Address::AbstractName(String::new())),
        ("NUL in a name", Address::AbstractName("a\0".into())),
        ("no ASCII", Address::AbstractName("\u{e9}".into())),
        ("escape", Address::AbstractName("\u{1b}[2J".into())),
        ("space", Address::AbstractName("a b".into())),
        ("star", Address::AbstractName("*".into())),
        ("long name", Address::AbstractName(longest)),
    ] {
        let connected = Connection::connect(address.clone(), SECOND / 10).await;
        malformed.refused(&format!("connect: {what}"), connected);
        let listens = Listener::listen(ListenerKind::Bytes, &address, 1, PRIVATE);
        malformed.refused(&format!("listen: {what}"), listens);
        let bound = MessageSocket::bind(&address, PRIVATE);
        malformed.refused(&format!("bind: {what}"), bound);
    }
    let socket = unix_address(&format!("{folder}/new"));
    let beyond = FileOptions {
        mode: Some(0o4777),
        keep: true,
        replace: false,
    };
    let listens = Listener::listen(ListenerKind::Bytes, &socket, u32::MAX, beyond);
    malformed.refused("mode", listens);
    states(folder, &mut malformed).await?;
    Ok(malformed.exit_code())
}

/// Calls in the wrong state, or of the wrong kind.
async fn states(folder: &str, malformed: &mut Malformed) -> Result<(), String> {
    let failed = |error| told(&error);
    let stream = unix_address(&format!("{folder}/stream"));
    for kind in [MessageKind::Datagram, MessageKind::Sequenced] {
        let connected = MessageSocket::connect(kind, stream.clone(), SECOND).await;
        malformed.refused("another kind", connected);
    }
    let name = unix_address(&format!("{folder}/datagrams"));
    let socket = MessageSocket::bind(&name, PRIVATE).map_err(failed)?;
    malformed.refused("not connected", socket.send(b"x".to_vec()).await);
    malformed.refused("bound twice", MessageSocket::bind(&name, PRIVATE));
    let kind = MessageKind::Datagram;
    let client = MessageSocket::connect(kind, name.clone(), SECOND).await;
    malformed.refused("not bound", client.map_err(failed)?.connect_to(&stream));
    socket.connect_to(&name).map_err(failed)?;
    let large = socket.send(vec![0; 8 << 20]).await;
    malformed.refused("too large", large);
    malformed.answered("no time", socket.receive(0, 0).await);
    // What is connected hears nobody else.
    let client = MessageSocket::connect(kind, name, SECOND).await;
    malformed.refused("connected elsewhere", client);
    let name = unix_address(&format!("{folder}/packets"));
    let listener = Listener::listen(ListenerKind::Sequenced, &name, 0, PRIVATE);
    let listener = listener.map_err(failed)?;
    malformed.refused("bytes of packets", listener.accept().await);
    let name = unix_address(&format!("{folder}/bytes"));
    let listener = Listener::listen(ListenerKind::Bytes, &name, 0, PRIVATE);
    let listener = listener.map_err(failed)?;
    malformed.refused("packets of bytes", listener.accept_sequenced().await);
    Ok(())
}

/// Drops sockets with calls under way.
async fn drops(folder: &str) -> Result<(), String> {
    let failed = |error| told(&error);
    let at = |name: &str| unix_address(&format!("{folder}/{name}"));
    let listen = || Listener::listen(ListenerKind::Bytes, &at("listens"), 1, DEFAULT);
    let listener = listen().map_err(failed)?;
    abandon(listener.accept()).await;
    drop(listener);
    println!("dropped during an accept");
    // Its file is gone, so the name is free again.
    let listener = listen().map_err(failed)?;
    let client = Connection::connect(at("listens"), SECOND).await;
    drop((listener, client.map_err(failed)?));
    println!("dropped with one that waits");
    let socket = MessageSocket::bind(&at("datagrams"), DEFAULT).map_err(failed)?;
    abandon(socket.receive(64, 60 * SECOND)).await;
    drop(socket);
    println!("dropped during a receive");

    let connection = Connection::connect(at("stream"), SECOND).await;
    let connection = connection.map_err(failed)?;
    let (mut inward, ended) = connection.receive().map_err(failed)?;
    abandon(inward.read(Vec::with_capacity(64))).await;
    println!("dropped during a read");
    let (mut outward, bytes) = wit_stream::new();
    let sent = connection.send(bytes).map_err(failed)?;
    drop((connection, ended));
    outward.write_all(b"still here".to_vec()).await;
    let (_, back) = inward.read(Vec::with_capacity(64)).await;
    println!("streams outlive it: {}", String::from_utf8_lossy(&back));
    drop((inward, outward, sent));
    std::mem::forget(listen().map_err(failed)?);
    println!("left one open");
    Ok(())
}
