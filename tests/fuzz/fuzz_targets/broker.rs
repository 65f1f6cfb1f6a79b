//! The broker's protocol: whatever a process that was taken over says, in whatever order, the broker answers,
//! refuses or ends the run. Run it in a network of its own (`unshare -n`): what the policy below allows is
//! done.
#![no_main]

use std::os::fd::OwnedFd;
use std::sync::{Arc, OnceLock};

use libfuzzer_sys::fuzz_target;
use nethost::broker::{Session, attend};
use nethost_audit::Log;
use nethost_gate::Gate;
use nethost_policy::{Effect, Policies, Rule, Subject};
use socket2::{Domain, Socket, Type};

/// No more are sent before anybody reads the answers.
const PACKETS: usize = 48;

const ALLOWED: [&str; 8] = [
    "icmp.echo=127.0.0.0/8",
    "udp.exchange=127.0.0.0/8",
    "tcp.connect=127.0.0.0/8",
    "raw.send=127.0.0.0/8",
    "raw.receive=127.0.0.0/8",
    "dns.resolve",
    "route.read",
    "netns.read",
];

fuzz_target!(|bytes: &[u8]| {
    let (ours, theirs) = Socket::pair(Domain::UNIX, Type::SEQPACKET, None).expect("a pair");
    ours.set_nonblocking(true).expect("an option");
    let mut rest = bytes;
    for _ in 0..PACKETS {
        let Some((length, after)) = rest.split_first_chunk() else {
            break;
        };
        let length = usize::from(u16::from_le_bytes(*length)).min(after.len());
        let (packet, after) = after.split_at(length);
        if packet.is_empty() || ours.send(packet).is_err() {
            break;
        }
        rest = after;
    }
    ours.shutdown(std::net::Shutdown::Write).expect("an end");
    attend(OwnedFd::from(theirs), &|_, _| {
        Ok::<_, String>(Session {
            gate: Gate::new(policies(), &Subject::default(), Arc::new(Log::off())),
            args: Vec::new(),
            watch: None,
            confined: false,
            unconfined: Vec::new(),
        })
    });
});

fn policies() -> &'static Policies {
    static POLICIES: OnceLock<Policies> = OnceLock::new();
    POLICIES.get_or_init(|| {
        let names = nethost::capability::request_names();
        let rule = |flag: &&str| Rule::from_flag(Effect::Allow, "--allow", flag, &names);
        Policies {
            flags: ALLOWED
                .iter()
                .map(rule)
                .collect::<Result<_, _>>()
                .expect("flags"),
            ..Policies::default()
        }
    })
}
