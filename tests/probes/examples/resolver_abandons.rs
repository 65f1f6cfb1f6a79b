//! Begins many lookups and waits for none of them: `resolver_abandons NAME`.

use nethost_probes::SECOND;
use nethost_sdk::bindings::nethost::cap::{clock, resolver};
use nethost_sdk::bindings::{Guest, export_tool};
use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let name = args.first().ok_or("usage: resolver_abandons NAME")?;
        let mut lookups: Vec<Pin<Box<dyn Future<Output = _>>>> = Vec::new();
        for number in 0..50 {
            let lookup = resolver::resolve_addresses(format!("{number}.{name}"), None, 60 * SECOND);
            lookups.push(Box::pin(lookup));
        }
        let mut ended = 0;
        std::future::poll_fn(|context| {
            for lookup in &mut lookups {
                if lookup.as_mut().poll(context).is_ready() {
                    ended += 1;
                }
            }
            Poll::Ready(())
        })
        .await;
        println!("began {} ended {ended}", lookups.len());
        drop(lookups);
        println!("dropped");
        clock::wait_for(SECOND / 50).await;
        Ok(0)
    }
}
