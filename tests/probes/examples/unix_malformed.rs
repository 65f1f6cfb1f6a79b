//! Makes every malformed call on sockets of this machine that the types let through: `unix_malformed FOLDER`, in which
//! `stream` listens.

use nethost_probes::{Malformed, SECOND, told, unix_address};
use nethost_sdk::bindings::nethost::cap::unix::{
    Address, Connection, FileOptions, Listener, ListenerKind, MessageKind, MessageSocket,
};
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

const OPTIONS: FileOptions = FileOptions {
    mode: Some(0o600),
    keep: false,
    replace: false,
};

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let [folder] = args.as_slice() else {
            return Err("usage: unix_malformed FOLDER".into());
        };
        let mut malformed = Malformed::default();
        let longest = "x".repeat(108);
        let long_path = format!("{folder}/{}", "x".repeat(200));
        for (what, address) in [
            ("unnamed", Address::Unnamed),
            ("empty path", Address::Path(String::new())),
            ("NUL in a path", Address::Path(format!("{folder}/a\0b"))),
            ("a folder", Address::Path(folder.clone())),
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
            let listens = Listener::listen(ListenerKind::Bytes, &address, 1, OPTIONS);
            malformed.refused(&format!("listen: {what}"), listens);
            let bound = MessageSocket::bind(&address, OPTIONS);
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
    let socket = MessageSocket::bind(&name, OPTIONS).map_err(failed)?;
    malformed.refused("not connected", socket.send(b"x".to_vec()).await);
    malformed.refused("bound twice", MessageSocket::bind(&name, OPTIONS));
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
    let listener = Listener::listen(ListenerKind::Sequenced, &name, 0, OPTIONS);
    let listener = listener.map_err(failed)?;
    malformed.refused("bytes of packets", listener.accept().await);
    let name = unix_address(&format!("{folder}/bytes"));
    let listener = Listener::listen(ListenerKind::Bytes, &name, 0, OPTIONS);
    let listener = listener.map_err(failed)?;
    malformed.refused("packets of bytes", listener.accept_sequenced().await);
    Ok(())
}
