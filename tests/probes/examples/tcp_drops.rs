//! Drops connectors with attempts under way, and leaves one open at the end: `tcp_drops ADDRESS PORT`.

use nethost_probes::{SECOND, endpoint, no_options, told};
use nethost_sdk::bindings::nethost::cap::clock;
use nethost_sdk::bindings::nethost::cap::tcp::Connector;
use nethost_sdk::bindings::{Guest, export_tool};
use std::future::Future;
use std::pin::pin;
use std::task::Poll;

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let [remote, port] = args.as_slice() else {
            return Err("usage: tcp_drops ADDRESS PORT".into());
        };
        let remote = endpoint(remote, port.parse().map_err(|_| "PORT is not a number")?)?;
        let open = || Connector::open(remote, &no_options()).map_err(|error| told(&error));

        drop(open()?);
        println!("dropped unused");
        let connector = open()?;
        {
            let mut attempt = pin!(connector.attempt(None, 60 * SECOND));
            let mut patience = pin!(clock::wait_for(SECOND / 20));
            std::future::poll_fn(|context| {
                if attempt.as_mut().poll(context).is_ready() {
                    println!("ended before it was dropped");
                    return Poll::Ready(());
                }
                patience.as_mut().poll(context)
            })
            .await;
        }
        drop(connector);
        println!("dropped during an attempt");
        std::mem::forget(open()?);
        println!("left one open");
        Ok(0)
    }
}
