//! Drops sockets of this machine with things under way, and leaves one open at the end: `unix_drops FOLDER`, in which
//! `stream` listens and echoes.

use nethost_probes::{SECOND, abandon, told, unix_address};
use nethost_sdk::bindings::nethost::cap::unix::{
    Connection, FileOptions, Listener, ListenerKind, MessageSocket,
};
use nethost_sdk::bindings::{Guest, export_tool, wit_stream};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

const OPTIONS: FileOptions = FileOptions {
    mode: None,
    keep: false,
    replace: false,
};

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let [folder] = args.as_slice() else {
            return Err("usage: unix_drops FOLDER".into());
        };
        let failed = |error| told(&error);
        let at = |name: &str| unix_address(&format!("{folder}/{name}"));
        let listen = || Listener::listen(ListenerKind::Bytes, &at("listens"), 1, OPTIONS);
        let listener = listen().map_err(failed)?;
        abandon(listener.accept()).await;
        drop(listener);
        println!("dropped during an accept");
        // Its file is gone, so the name is free again.
        let listener = listen().map_err(failed)?;
        let client = Connection::connect(at("listens"), SECOND).await;
        drop((listener, client.map_err(failed)?));
        println!("dropped with one that waits");
        let socket = MessageSocket::bind(&at("datagrams"), OPTIONS).map_err(failed)?;
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
        Ok(0)
    }
}
