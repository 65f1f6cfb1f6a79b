//! The life of a lease, with invented time and servers.
#![allow(clippy::unwrap_used)]

use super::*;

const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 63);
const HARDWARE: [u8; 6] = [2, 0, 0, 0, 0, 1];

/// A client with its time.
struct Play {
    client: Client,
    now: Duration,
    sent: Vec<(Message, Option<Ipv4Addr>)>,
    said: Vec<String>,
    others: Vec<Act>,
}

fn settings() -> Settings {
    Settings {
        conf: Conf::default(),
        interface: "eth0".into(),
        hardware_type: 1,
        hardware: HARDWARE.into(),
        host_name: Some("h".into()),
        port: 67,
        destination: Ipv4Addr::BROADCAST,
        once: true,
        decline_wait: 10,
        unicast: true,
    }
}

impl Play {
    fn begun(settings: Settings, lease: Option<Lease>) -> Self {
        let mut play = Self {
            client: Client::new(settings, lease, 7),
            now: Duration::ZERO,
            sent: Vec::new(),
            said: Vec::new(),
            others: Vec::new(),
        };
        play.client.start(play.now, play.clock());
        play.act();
        play
    }

    fn clock(&self) -> i64 {
        1_000_000 + i64::try_from(self.now.as_secs()).unwrap()
    }

    fn act(&mut self) {
        while let Some(act) = self.client.act() {
            match act {
                Act::Send(message, to) => self.sent.push((*message, to)),
                Act::Say(line) => self.said.push(line),
                act => self.others.push(act),
            }
        }
    }

    fn wake(&mut self) {
        self.now = self.client.next().unwrap();
        self.client.wake(self.now, self.clock());
        self.act();
    }

    fn answer(&mut self, kind: Kind, change: impl FnOnce(&mut Message)) {
        let (asked, _) = self.sent.last().unwrap();
        let mut message = asked.clone();
        message.operation = 2;
        message.yours = ADDRESS;
        message.options = super::super::message::Options::default();
        message.options.set(53, [kind.0]);
        message.options.set(54, SERVER.octets());
        message.options.set(51, 120_u32.to_be_bytes());
        change(&mut message);
        self.client
            .receive(&message, SERVER, self.now, self.clock());
        self.act();
    }

    fn bind(&mut self) {
        self.answer(Kind::OFFER, |_| {});
        self.answer(Kind::ACK, |_| {});
        assert_eq!(self.others.pop(), Some(Act::Check(ADDRESS)));
        self.client.checked(false, self.now, self.clock());
        self.act();
    }
}

#[test]
fn a_lease_is_obtained_in_the_words_of_isc() {
    let mut play = Play::begun(settings(), None);
    play.bind();
    let renew = play.client.lease().unwrap().renew - play.clock();
    assert!((45..=60).contains(&renew), "{renew}");
    let discover = "DHCPDISCOVER on eth0 to 255.255.255.255 port 67 interval ";
    let interval = play.said.remove(0);
    let interval: u32 = interval.strip_prefix(discover).unwrap().parse().unwrap();
    assert!((3..=10).contains(&interval));
    assert_eq!(
        play.said,
        [
            "DHCPOFFER of 10.0.0.63 from 10.0.0.2".to_owned(),
            "DHCPREQUEST for 10.0.0.63 on eth0 to 255.255.255.255 port 67".into(),
            "DHCPACK of 10.0.0.63 from 10.0.0.2".into(),
            format!("bound to 10.0.0.63 -- renewal in {renew} seconds."),
        ]
    );
    let (request, _) = &play.sent[1];
    assert_eq!(request.options.address(50), Some(ADDRESS));
    assert_eq!(request.options.address(54), Some(SERVER));
    assert_eq!(request.options.get(12), Some(&b"h"[..]));
    assert!(matches!(&play.others[..], [Act::Bound(lease)] if lease.expire - lease.rebind == 15));
}

#[test]
fn a_lease_is_renewed_rebound_and_lost() {
    let mut play = Play::begun(settings(), None);
    play.bind();
    play.wake();
    assert_eq!(play.client.state(), State::Renewing);
    let (renewal, to) = play.sent.last().unwrap();
    assert_eq!((renewal.client, *to), (ADDRESS, Some(SERVER)));
    assert_eq!(
        (renewal.options.get(50), renewal.options.get(54)),
        (None, None)
    );
    // The server answers: the same address needs no check.
    play.answer(Kind::ACK, |_| {});
    assert_eq!(play.client.state(), State::Bound);
    let expire = play.client.lease().unwrap().expire;
    while play.client.state() != State::Rebinding {
        play.wake();
    }
    assert!(play.clock() >= expire - 15);
    assert_eq!(play.sent.last().unwrap().1, None);
    while play.client.state() != State::Selecting {
        play.wake();
    }
    assert!(play.clock() >= expire && play.clock() <= expire + 2);
    assert!(matches!(play.others.last(), Some(Act::Lost(_))));
    assert_eq!(play.client.lease(), None);
}

#[test]
fn without_an_address_a_lease_is_prolonged_by_asking_all_servers_again() {
    let mut play = Play::begun(
        Settings {
            unicast: false,
            ..settings()
        },
        None,
    );
    play.bind();
    play.wake();
    let (renewal, to) = play.sent.last().unwrap();
    assert_eq!((renewal.client, *to), (Ipv4Addr::UNSPECIFIED, None));
    assert_eq!(renewal.options.address(50), Some(ADDRESS));
}

#[test]
fn others_answers_are_not_taken() {
    for change in [
        (|message: &mut Message| message.xid ^= 1) as fn(&mut Message),
        |message| message.hardware = vec![2, 0, 0, 0, 0, 9],
        |message| message.operation = 1,
        |message| message.yours = Ipv4Addr::UNSPECIFIED,
    ] {
        let mut play = Play::begun(settings(), None);
        play.answer(Kind::OFFER, change);
        assert_eq!(play.client.state(), State::Selecting);
    }
    let mut play = Play::begun(settings(), None);
    play.client.settings.conf.reject = vec![(SERVER, 32)];
    play.answer(Kind::OFFER, |_| {});
    assert_eq!(play.client.state(), State::Selecting);
}

#[test]
fn an_earlier_lease_is_asked_for_and_given_up_after_a_refusal() {
    let earlier = Lease {
        address: ADDRESS,
        expire: 1_000_060,
        ..Lease::empty()
    };
    let mut play = Play::begun(settings(), Some(earlier.clone()));
    assert_eq!(play.client.state(), State::Rebooting);
    assert_eq!(play.sent[0].0.options.address(50), Some(ADDRESS));
    assert_eq!(play.sent[0].0.options.get(54), None);
    play.answer(Kind::NAK, |_| {});
    assert_eq!(play.said[1], "DHCPNAK from 10.0.0.2");
    assert_eq!(play.client.state(), State::Selecting);
    // A lease that is over is only wished for.
    let over = Lease {
        expire: 999_999,
        ..earlier
    };
    let play = Play::begun(settings(), Some(over));
    assert_eq!(play.client.state(), State::Selecting);
    assert_eq!(play.sent[0].0.options.address(50), Some(ADDRESS));
}

#[test]
fn silence_ends_after_the_timeout() {
    let mut play = Play::begun(settings(), None);
    while play.client.state() == State::Selecting {
        play.wake();
    }
    assert!((60..=62).contains(&play.now.as_secs()));
    assert_eq!(play.others, [Act::End(2)]);
    assert_eq!(
        play.said[play.said.len() - 2..],
        [
            "No DHCPOFFERS received.",
            "Unable to obtain a lease on first try.  Exiting."
        ]
    );
    let mut play = Play::begun(
        Settings {
            once: false,
            ..settings()
        },
        None,
    );
    for _ in 0..60 {
        play.wake();
    }
    assert!(play.others.is_empty() && play.now.as_secs() > 100);
}

#[test]
fn an_address_that_another_host_has_is_declined() {
    let mut play = Play::begun(settings(), None);
    play.answer(Kind::OFFER, |_| {});
    play.answer(Kind::ACK, |_| {});
    play.client.checked(true, play.now, play.clock());
    play.act();
    let (decline, _) = play.sent.last().unwrap();
    assert_eq!(decline.kind(), Some(Kind::DECLINE));
    assert_eq!(decline.options.address(50), Some(ADDRESS));
    assert_eq!(play.client.next(), Some(play.now + Duration::from_secs(10)));
    play.wake();
    assert_eq!(play.client.state(), State::Selecting);
}

#[test]
fn a_lease_is_given_back() {
    let mut play = Play::begun(settings(), None);
    assert!(!play.client.release(play.now));
    play.bind();
    assert!(play.client.release(play.now));
    play.act();
    let (release, to) = play.sent.last().unwrap();
    assert_eq!((release.client, *to), (ADDRESS, Some(SERVER)));
    assert_eq!(
        play.said.last().unwrap(),
        "DHCPRELEASE of 10.0.0.63 on eth0 to 10.0.0.2 port 67"
    );
}

#[test]
fn odd_times_of_a_server_are_put_in_order() {
    for (renewal, rebinding) in [(0, 0_u32), (500, 600), (u32::MAX, 1), (119, 3)] {
        let mut play = Play::begun(settings(), None);
        play.answer(Kind::OFFER, |_| {});
        play.answer(Kind::ACK, |message| {
            message.options.set(58, renewal.to_be_bytes());
            message.options.set(59, rebinding.to_be_bytes());
        });
        play.client.checked(false, play.now, play.clock());
        let lease = play.client.lease().unwrap();
        assert!(lease.renew <= lease.rebind && lease.rebind <= lease.expire);
        assert_eq!(lease.expire - play.clock(), 120);
    }
    let mut play = Play::begun(settings(), None);
    play.answer(Kind::OFFER, |_| {});
    play.answer(Kind::ACK, |message| message.options.set(51, [0xff; 4]));
    play.client.checked(false, play.now, play.clock());
    assert_eq!(play.client.lease().unwrap().expire, i64::MAX);
}

#[test]
fn dhcp_rests_where_ipv6_is_preferred_if_that_was_asked_for() {
    let prefers =
        |seconds: u32| move |message: &mut Message| message.options.set(108, seconds.to_be_bytes());
    let asks = || {
        let mut settings = settings();
        settings.conf.request.push(108);
        settings
    };
    // Not asked for: the option has no effect.
    let mut play = Play::begun(settings(), None);
    play.answer(Kind::OFFER, prefers(1800));
    assert_eq!(play.client.state(), State::Requesting);
    // At least five minutes, then from the start.
    for (seconds, rest) in [(1800, 1800), (7, 300), (0, 300)] {
        let mut play = Play::begun(asks(), None);
        play.answer(Kind::OFFER, prefers(seconds));
        assert_eq!((play.client.state(), play.sent.len()), (State::Init, 1));
        let until = play.now + Duration::from_secs(rest);
        assert_eq!(play.client.next(), Some(until));
        assert_eq!(
            play.said.last().unwrap(),
            &format!("DHCPOFFER of 10.0.0.63 from 10.0.0.2: v6 only preferred for {rest}.")
        );
        // A late offer of another server is not taken.
        play.answer(Kind::OFFER, |_| {});
        assert_eq!(play.client.state(), State::Init);
        play.wake();
        assert_eq!(play.client.state(), State::Selecting);
    }
    // The server says so when the lease is prolonged: it is over.
    let mut play = Play::begun(asks(), None);
    play.bind();
    play.wake();
    play.answer(Kind::ACK, prefers(300));
    assert!(matches!(play.others.last(), Some(Act::Lost(_))));
    assert_eq!(play.client.lease(), None);
    assert_eq!(
        play.said.last().unwrap(),
        "v6 only preferred for 300 seconds."
    );
    // Another length is no such option.
    let mut play = Play::begun(asks(), None);
    play.answer(Kind::OFFER, |message| message.options.set(108, [1, 2]));
    assert_eq!(play.client.state(), State::Requesting);
}
