//! Talks over sockets of this machine and prints what it learns: `unix_facts VERB ADDRESS …`, where an address is a path,
//! or `@` and an abstract name.

use nethost_probes::{SECOND, told, unix_address};
use nethost_sdk::bindings::nethost::cap::types::ErrorCode;
use nethost_sdk::bindings::nethost::cap::unix::{
    Address, Connection, FileOptions, Listener, ListenerKind, MessageKind, MessageSocket,
};
use nethost_sdk::bindings::{Guest, export_tool, wit_stream};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

const USAGE: &str = "usage: unix_facts connect ADDRESS… | listen ADDRESS [MODE [keep]] | packets ADDRESS | \
datagrams LOCAL [REMOTE]";

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
    let options = FileOptions {
        mode: Some(0o600),
        keep: false,
        replace: false,
    };
    let at = unix_address(address);
    let listener = Listener::listen(ListenerKind::Sequenced, &at, 4, options)?;
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
    let options = FileOptions {
        mode: Some(0o600),
        keep: false,
        replace: false,
    };
    let socket = MessageSocket::bind(&unix_address(local), options)?;
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
