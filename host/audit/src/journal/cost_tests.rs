//! What sealing and signing cost: `cargo test --release -p nethost --lib seal_and_sign_cost -- --ignored --nocapture`.
#![allow(clippy::unwrap_used)]

use nethost_core::Recorder as _;
use std::time::Instant;

use crate::Event;
use crate::tests::{Bed, end};

#[test]
#[ignore = "a measurement"]
fn seal_and_sign_cost() {
    let bed = Bed::new("cost");
    let log = bed.open();
    let median = |event: &Event<'_>| {
        let mut times: Vec<_> = (0..4001)
            .map(|_| {
                let start = Instant::now();
                log.record(event).unwrap();
                start.elapsed()
            })
            .collect();
        times.sort();
        times[times.len() / 2]
    };
    println!(
        "a record: {:?}",
        median(&Event::RunStart {
            args: &[],
            unconfined: &[]
        })
    );
    println!("a signed one: {:?}", median(&end()));
}
