//! A process that a plugin has taken over, at its end of the channel: it says what it likes, and gets
//! nothing that the policy does not grant.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::net::IpAddr;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::thread::JoinHandle;

use super::channel::Channel;
use super::serve::{self, Session};
use super::wire::{Answer, Asked, Message, Target};
use super::{Binding, Protocol, SocketSpec};
use crate::capability::test_bed::TestBed;

struct Escaped {
    channel: Channel,
    broker: JoinHandle<()>,
    bed: TestBed,
}

impl Escaped {
    /// Allowed what these flags say, and told so.
    fn allowed(flags: &[&str]) -> Self {
        let bed = TestBed::allowing(flags);
        let (channel, theirs) = Channel::pair().unwrap();
        let gate = Arc::clone(&bed.gate);
        let session = Session {
            gate,
            args: Vec::new(),
        };
        let broker = std::thread::spawn(move || serve::run(theirs, || Ok::<_, String>(session)));
        Self {
            channel,
            broker,
            bed,
        }
    }

    fn begun(flags: &[&str]) -> Self {
        let mut escaped = Self::allowed(flags);
        assert!(matches!(escaped.ask(&Message::Begin), (Answer::Done, None)));
        escaped
    }

    fn ask(&mut self, message: &Message<'_>) -> (Answer<'static>, Option<OwnedFd>) {
        self.channel.send(message, None).unwrap();
        self.channel.receive().unwrap().expect("an answer")
    }

    fn open(&mut self, handle: u64, capability: &str, address: &str) -> bool {
        let request = asked(capability, address);
        matches!(self.ask(&Message::Open { handle, request }).0, Answer::Done)
    }

    fn socket(&mut self, handle: u64, protocol: Protocol, binding: Binding) -> Option<OwnedFd> {
        let spec = SocketSpec {
            ipv6: false,
            protocol,
            binding,
        };
        self.ask(&Message::OpenSocket { handle, spec }).1
    }

    /// Closes this end, and returns the names of all records.
    fn records(self) -> Vec<String> {
        drop(self.channel);
        self.broker.join().unwrap();
        self.bed.names()
    }
}

fn asked(capability: &str, address: &str) -> Asked<'static> {
    Asked {
        capability: capability.to_owned().into(),
        op: "socket.open".into(),
        target: Target::Address {
            address: address.parse::<IpAddr>().unwrap(),
            port: Some(9),
        },
        interface: None,
        changes: Vec::new(),
    }
}

#[test]
fn what_is_denied_opens_nothing() {
    let mut escaped = Escaped::begun(&["udp.exchange=127.0.0.1"]);
    assert!(!escaped.open(1, "udp.exchange", "127.0.0.2"));
    assert!(!escaped.open(2, "icmp.echo", "127.0.0.1"));
    assert!(!escaped.open(3, "no.such", "127.0.0.1"));
    for handle in 0..4 {
        assert!(
            escaped
                .socket(handle, Protocol::Udp, Binding::default())
                .is_none()
        );
    }
    assert_eq!(
        escaped.records(),
        ["run-start", "denied", "denied", "run-end"]
    );
}

#[test]
fn a_permit_opens_only_what_it_is_for() {
    let mut escaped = Escaped::begun(&["udp.exchange=127.0.0.1"]);
    assert!(escaped.open(1, "udp.exchange", "127.0.0.1"));
    assert!(
        !escaped.open(1, "udp.exchange", "127.0.0.1"),
        "one handle, one permit"
    );
    for protocol in [
        Protocol::Tcp,
        Protocol::RawIcmp,
        Protocol::PingIcmp,
        Protocol::Raw(17),
    ] {
        let socket = escaped.socket(1, protocol, Binding::default());
        assert!(socket.is_none(), "{protocol:?}");
    }
    let elsewhere = Binding {
        interface: Some("lo".into()),
        ..Binding::default()
    };
    assert!(escaped.socket(1, Protocol::Udp, elsewhere).is_none());
    let path = b"/etc/passwd"[..].into();
    assert!(
        escaped
            .ask(&Message::OpenFile { handle: 1, path })
            .1
            .is_none()
    );
    let (answer, _) = escaped.ask(&Message::KeepTerminal { handle: 1 });
    assert!(matches!(answer, Answer::Refused(_)), "{answer:?}");
    assert!(
        escaped
            .socket(1, Protocol::Udp, Binding::default())
            .is_some()
    );
    // What was open when the process went is closed on record.
    assert_eq!(escaped.records(), ["run-start", "open", "close", "run-end"]);
}

#[test]
fn nothing_is_done_before_the_run_is_on_record() {
    let mut escaped = Escaped::allowed(&["udp.exchange"]);
    let request = asked("udp.exchange", "127.0.0.1");
    escaped
        .channel
        .send(&Message::Open { handle: 1, request }, None)
        .unwrap();
    assert!(escaped.channel.receive::<Answer<'_>>().unwrap().is_none());
    assert!(escaped.records().is_empty());
}

#[test]
fn garbage_ends_it() {
    for garbage in [&[0xff_u8; 64][..], &[1], &[0; 4096]] {
        let mut escaped = Escaped::begun(&["udp.exchange"]);
        assert!(escaped.open(1, "udp.exchange", "127.0.0.1"));
        rustix::net::send(&escaped.channel, garbage, rustix::net::SendFlags::NOSIGNAL).unwrap();
        assert!(escaped.channel.receive::<Answer<'_>>().unwrap().is_none());
        assert_eq!(escaped.records(), ["run-start", "open", "close", "run-end"]);
    }
}
