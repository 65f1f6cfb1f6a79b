//! The seed of the fuzzer, and a short test with noise.
#![allow(clippy::unwrap_used)]

use std::os::fd::AsFd;
use std::sync::Arc;

use rustix::net::SendFlags;

use super::each_operation::each_permit;
use super::incremental::made;
use super::{CAPABILITIES, request_names};
use crate::channel::Channel;
use crate::inquiry::Inquiry;
use crate::operations;
use crate::wire::{Hello, Message};
use crate::{Session, attend};
use nethost_audit::Log;
use nethost_gate::Gate;
use nethost_policy::{Effect, Policies, Rule, Subject};

/// Each message once, as a run could send it.
fn each_message_once() -> Vec<Vec<u8>> {
    let hello = Hello {
        plugin: "seed".into(),
        digest: "sha256:0".into(),
        signature: None,
        args: vec!["127.0.0.1".into()],
        allow: Vec::new(),
        deny: Vec::new(),
        policy: None,
        audit: None,
        granted: None,
    };
    let encoded = |message: &Message<'_>| postcard::to_allocvec(message).unwrap();
    let mut packets = vec![
        postcard::to_allocvec(&hello).unwrap(),
        encoded(&Message::Begin),
    ];
    for (handle, (request, _)) in (1..).zip(each_permit()) {
        packets.push(encoded(&Message::Authorize { handle, request }));
    }
    for (socket, stream) in [(7, true), (8, false)] {
        packets.push(encoded(&Message::Inquire(made(socket, stream))));
        packets.push(encoded(&Message::Inquire(Inquiry::BindAnywhere { socket })));
    }
    for operation in operations::ALL {
        let own = (1..)
            .zip(each_permit())
            .find(|(_, (_, own))| own.contains(&operation.name));
        let handle = own.map_or(1, |(handle, _)| handle);
        let name = operation.name.into();
        let mut packet = encoded(&Message::Operate { handle, name });
        packet.extend((operation.example)());
        packets.push(packet);
    }
    for inquiry in [
        Inquiry::Disconnect { socket: 8 },
        Inquiry::InterfaceName {
            namespace: None,
            index: 1,
        },
        Inquiry::InterfaceIndex { name: "lo".into() },
    ] {
        packets.push(encoded(&Message::Inquire(inquiry)));
    }
    packets.push(encoded(&Message::CloseSocket { socket: 8 }));
    packets.push(encoded(&Message::ReleaseTerminal));
    packets.push(encoded(&Message::Launcher));
    packets.push(encoded(&super::over(1)));
    packets.push(encoded(&Message::End {
        exit: 0,
        stopped: None,
        unrecorded_denials: 0,
    }));
    packets
}

/// The seed: packets with their lengths in front.
#[test]
fn the_seed_is_up_to_date() {
    let mut seed = Vec::new();
    for packet in each_message_once() {
        seed.extend_from_slice(&(packet.len() as u16).to_le_bytes());
        seed.extend_from_slice(&packet);
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/fuzz/seeds/broker/each-message-once");
    if std::env::var_os("NETHOST_GEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &seed).unwrap();
    }
    assert!(
        std::fs::read(&path).unwrap_or_default() == seed,
        "tests/fuzz/seeds/broker is stale: cargo xtask gen"
    );
}

/// Truncated, mixed and changed messages: the broker answers, refuses, or ends the run. NETHOST_NOISE sets the number
/// of seconds. The fuzzer tests more.
#[test]
fn noise_is_survived() {
    let seconds = std::env::var("NETHOST_NOISE").map_or(1, |text| text.parse().unwrap());
    let end = std::time::Instant::now() + std::time::Duration::from_secs(seconds);
    let packets = each_message_once();
    // Marsaglia's xorshift: the same noise each time.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % bound as u64) as usize
    };
    let names = request_names();
    let allowed = [
        "icmp.echo",
        "udp.exchange",
        "tcp.connect",
        "raw.send",
        "raw.receive",
    ]
    .map(|capability| format!("{capability}=127.0.0.0/8"));
    let facts = ["dns.resolve", "route.read", "netns.read"].map(String::from);
    let rule = |flag: &String| Rule::from_flag(Effect::Allow, "--allow", flag, &names).unwrap();
    let policies = Policies {
        flags: allowed.iter().chain(&facts).map(rule).collect(),
        ..Policies::default()
    };
    let mut runs = 0_u64;
    while runs < 10 || std::time::Instant::now() < end {
        runs += 1;
        let (ours, theirs) = Channel::pair().unwrap();
        for number in 0..below(24) {
            // The first two messages begin a run. Without them, all others are ignored.
            let chosen = if number < 2 {
                number
            } else {
                below(packets.len())
            };
            let mut packet = packets[chosen].clone();
            for _ in 0..if number < 2 { below(60) / 59 } else { below(4) } {
                let at = below(packet.len());
                match below(4) {
                    0 => packet.truncate(at.max(1)),
                    1 => packet.insert(at, below(256) as u8),
                    _ => packet[at] = below(256) as u8,
                }
            }
            rustix::net::send(&ours, &packet, SendFlags::NOSIGNAL | SendFlags::DONTWAIT).unwrap();
        }
        rustix::net::shutdown(&ours, rustix::net::Shutdown::Write).unwrap();
        let theirs = theirs.as_fd().try_clone_to_owned().unwrap();
        attend(theirs, &|_, _| {
            Ok::<_, String>(Session {
                gate: Gate::new(&policies, &Subject::default(), Arc::new(Log::off())),
                capabilities: CAPABILITIES.into(),
                args: Vec::new(),
                watch: None,
                confined: false,
                unconfined: Vec::new(),
                journals: None,
            })
        });
    }
    println!("{runs} runs");
}
