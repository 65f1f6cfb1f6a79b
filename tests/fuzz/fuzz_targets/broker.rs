//! The broker's protocol: whatever a process that was taken over says, in whatever order, the broker answers,
//! refuses or ends the run. A model of the policy, much simpler than the policy, is the oracle: nothing is put on
//! record as allowed that it denies, and no socket comes along that reaches whom it denies. Run it in a network of
//! its own (`unshare -n`): what the policy below allows is done.
#![no_main]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, OnceLock};

use libfuzzer_sys::fuzz_target;
use nethost_broker::{CAPABILITIES, Session, attend};
use nethost_core::{Access, Event, Part, RecordError, Recorder, SocketOption, Target, TargetSet};
use nethost_gate::Gate;
use nethost_policy::{Effect, Policies, Rule, Subject};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SocketType, recvmsg,
};
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
const DENIED: [&str; 5] = [
    "icmp.echo=127.0.0.66",
    "udp.exchange=127.0.0.66",
    "tcp.connect=127.0.0.66",
    "raw.send=127.0.0.66",
    "raw.receive=127.0.0.66",
];
const HELD_BACK: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 66);

/// The same as the flags above, in its own words.
fn is_allowed(address: IpAddr) -> bool {
    matches!(address, IpAddr::V4(v4) if v4.octets()[0] == 127 && v4 != HELD_BACK)
}

/// What is left of a set without its exceptions is this machine, but for one address.
fn is_allowed_set(set: &TargetSet, excepted: &[Part]) -> bool {
    let excepted: Vec<_> = excepted.iter().flat_map(ranges_of).collect();
    set.address_ranges().all(|(first, last)| {
        let (IpAddr::V4(first), IpAddr::V4(last)) = (first, last) else {
            // Whatever it is, none of it is.
            let number = |address| nethost_core::set::number(address);
            let (first, last) = (number(first), number(last));
            return excepted
                .iter()
                .any(|(from, to)| *from <= first && last <= *to);
        };
        // Where something begins or ends, the members on both sides are looked at.
        let (first, last) = (u128::from(first.to_bits()), u128::from(last.to_bits()));
        let held_back = u128::from(HELD_BACK.to_bits());
        let borders = [0x7f00_0000, 0x7fff_ffff, held_back, first, last];
        let ends = excepted.iter().flat_map(|(from, to)| [*from, *to]);
        let near = |at: u128| [at.saturating_sub(1), at, at + 1];
        let mut members = borders.into_iter().chain(ends).flat_map(near);
        members.all(|member| {
            let is_member = (first..=last).contains(&member);
            let is_excepted = excepted
                .iter()
                .any(|(from, to)| (from..=to).contains(&&member));
            !is_member || is_excepted || is_allowed(Ipv4Addr::from_bits(member as u32).into())
        })
    })
}

/// Addresses, networks, and ranges with commas between them, as a record has them.
fn ranges_of(part: &Part) -> Vec<(u128, u128)> {
    let number = |text: &str| text.parse().ok().map(nethost_core::set::number);
    let range = |text: &str| {
        if let Some((first, last)) = text.split_once('-') {
            return Some((number(first)?, number(last)?));
        }
        if let Ok(network) = text.parse::<ipnet::IpNet>() {
            let number = nethost_core::set::number;
            return Some((number(network.network()), number(network.broadcast())));
        }
        number(text).map(|one| (one, one))
    };
    assert!(part.ports.is_none(), "{part:?}");
    let ranges = part.addresses.split(',').map(range);
    ranges.map(|range| range.expect("a range")).collect()
}

fn may_open(access: &Access<'_>, excepted: &[Part]) -> bool {
    let request = access.request;
    let mut known = CAPABILITIES.iter();
    let declared = known.find(|declared| declared.name == access.capability);
    if !declared.is_some_and(|declared| declared.has(request)) {
        return false;
    }
    // Nobody has named these.
    let unnamed = [SocketOption::Mark, SocketOption::PrivilegedPort];
    if request.options().any(|option| unnamed.contains(&option)) {
        return false;
    }
    match access.capability {
        "dns.resolve" | "route.read" | "netns.read" => true,
        "icmp.echo" | "udp.exchange" | "tcp.connect" | "raw.send" | "raw.receive" => {
            match &request.target {
                Target::Address { address, .. } => is_allowed(address.ip()),
                Target::Set(set) => is_allowed_set(set, excepted),
                _ => false,
            }
        }
        _ => false,
    }
}

/// With what `except` records have told of the next decision.
#[derive(Default)]
struct Oracle(Mutex<Vec<Part>>);

impl Recorder for Oracle {
    fn record(&self, event: &Event<'_>) -> Result<(), RecordError> {
        let mut excepted = self.0.lock().expect("one thread");
        match event {
            Event::Except(access) => excepted.extend_from_slice(access.parts),
            Event::Open(access) => {
                excepted.extend_from_slice(access.parts);
                assert!(may_open(access, &excepted), "{access:?}");
                excepted.clear();
            }
            _ => excepted.clear(),
        }
        Ok(())
    }

    fn is_here(&self) -> bool {
        true
    }

    fn policy_changed(&self, _: Option<String>) {}
}

/// A connected socket reaches whom it is connected to: a name server, or whom the model allows.
fn check(descriptor: &OwnedFd) {
    let Ok(kind) = rustix::net::sockopt::socket_type(descriptor) else {
        return;
    };
    let Ok(Some(peer)) = rustix::net::getpeername(descriptor) else {
        return;
    };
    let Ok(peer) = SocketAddr::try_from(peer) else {
        return;
    };
    let is_name_server = peer.port() == 53 && kind != SocketType::RAW;
    assert!(
        is_name_server || is_allowed(peer.ip()),
        "{kind:?} to {peer}"
    );
}

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
            gate: Gate::new(policies(), &Subject::default(), Arc::new(Oracle::default())),
            capabilities: CAPABILITIES.to_vec(),
            args: Vec::new(),
            watch: None,
            confined: false,
            unconfined: Vec::new(),
            journals: None,
        })
    });
    let mut answer = vec![0; 1 << 16];
    for _ in 0..2 * PACKETS {
        let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(8))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let buffers = &mut [std::io::IoSliceMut::new(&mut answer)];
        let received = recvmsg(&ours, buffers, &mut control, RecvFlags::DONTWAIT);
        let Ok(received) = received else { break };
        if received.bytes == 0 && !received.flags.contains(ReturnFlags::TRUNC) {
            break;
        }
        for message in control.drain() {
            if let RecvAncillaryMessage::ScmRights(descriptors) = message {
                descriptors.for_each(|descriptor| check(&descriptor));
            }
        }
    }
});

fn policies() -> &'static Policies {
    static POLICIES: OnceLock<Policies> = OnceLock::new();
    POLICIES.get_or_init(|| {
        let names: Vec<_> = CAPABILITIES.iter().map(|declared| declared.name).collect();
        let rules = |effect, flag: &str, texts: &[&str]| -> Vec<Rule> {
            let rule = |text: &&str| Rule::from_flag(effect, flag, text, &names);
            let rules: Result<_, _> = texts.iter().map(rule).collect();
            rules.expect("flags")
        };
        let mut flags = rules(Effect::Allow, "--allow", &ALLOWED);
        flags.extend(rules(Effect::Deny, "--deny", &DENIED));
        Policies {
            flags,
            ..Policies::default()
        }
    })
}
