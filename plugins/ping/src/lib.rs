//! Sends ICMP echo requests and reports the replies.

use std::time::Duration;

use nethost_sdk::Tool;
use nethost_sdk::icmp::{EchoBatch, EchoSocket};
use nethost_sdk::socket::{Remote, SocketOptions};

struct Ping;

impl Tool for Ping {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let address = args
            .first()
            .ok_or("usage error: Destination address required")?;
        let address = address
            .parse()
            .map_err(|_| format!("{address}: not an address"))?;
        let socket =
            EchoSocket::open(address, &SocketOptions::default()).map_err(|e| e.to_string())?;
        let mut batch = EchoBatch::new();
        batch.push(Remote::FIRST, 1, &[0; 56]);
        let sent = socket.send(&batch).map_err(|e| e.to_string())?;
        let received = socket
            .receive(1, Duration::from_secs(1))
            .await
            .map_err(|e| e.to_string())?;
        for (reply, sent) in received.replies().zip(&sent) {
            println!(
                "{} after {:?}",
                reply.source.ip(),
                reply.timestamp.since(*sent)
            );
        }
        Ok(u8::from(received.is_empty()))
    }
}

nethost_sdk::tool!(Ping);
