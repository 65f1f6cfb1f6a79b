//! Waits on a socket across the moment that takes it away: `races_revocation until|drop ADDRESS PORT`.

use futures::FutureExt;
use nethost_probes::{SECOND, endpoint, no_options, outgoing, told};
use nethost_sdk::bindings::nethost::cap::udp::Socket;
use nethost_sdk::bindings::{Guest, export_tool};
use std::mem::ManuallyDrop;
use std::time::{Duration, Instant};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let [how, address, port] = args.as_slice() else {
            return Err("usage: races_revocation HOW ADDRESS PORT".into());
        };
        let remote = endpoint(address, port.parse().map_err(|_| "PORT is not a number")?)?;
        let socket = Socket::open(remote, &no_options()).map_err(|error| told(&error))?;
        match how.as_str() {
            // The rule that allowed the socket ends while calls wait, and others are made.
            "until" => {
                println!("first {}", send(&socket));
                let (mut read, mut withheld) = (0, 0);
                let over = Instant::now() + Duration::from_secs(8);
                while Instant::now() < over {
                    match socket.receive(1, SECOND).await {
                        Ok(batch) => {
                            read += batch.datagrams.len();
                            withheld += batch.withheld;
                        }
                        Err(error) => println!("receive {}", told(&error)),
                    }
                }
                println!("read {read}, withheld {withheld}");
                println!("last {}", send(&socket));
            }
            // Another handle of the same number is dropped while a call on it waits.
            "drop" => {
                // SAFETY: none; that is what the host must stop.
                let twin = ManuallyDrop::new(unsafe { Socket::from_handle(socket.handle()) });
                let mut waiting = std::pin::pin!(twin.receive(1, 2 * SECOND));
                assert!((&mut waiting).now_or_never().is_none(), "nothing was sent");
                drop(socket);
                println!("dropped");
                let ended = waiting.await;
                println!(
                    "waited {:?}",
                    ended
                        .map(|batch| batch.datagrams.len())
                        .map_err(|error| told(&error))
                );
                println!("then {}", send(&twin));
            }
            _ => return Err("unknown way".into()),
        }
        Ok(0)
    }
}

fn send(socket: &Socket) -> String {
    match socket.send(b"more", &[outgoing(0, 4)]) {
        Ok(_) => "sent".into(),
        Err(error) => told(&error),
    }
}
