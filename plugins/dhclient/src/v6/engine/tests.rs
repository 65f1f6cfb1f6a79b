//! The life of a lease, with invented time and servers.
#![allow(clippy::unwrap_used)]

use super::super::lease::Part;
use super::*;

const CLIENT: [u8; 4] = [0, 3, 0, 1];

struct Play {
    client: Client,
    now: Duration,
    sent: Vec<Message>,
    said: Vec<String>,
    others: Vec<Act>,
}

fn settings() -> Settings {
    Settings {
        interface: "eth0".into(),
        identifier: CLIENT.into(),
        id: 1,
        kinds: vec![Kind::Addresses],
        all: false,
        prefix_hint: None,
        information: false,
        rapid: false,
        request: vec![23, 24],
        once: true,
        timeout: 60,
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
                Act::Send(message) => self.sent.push(message),
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

    fn answer(&mut self, kind: u8, more: Options) {
        let one = Association {
            kind: Kind::Addresses,
            id: 1,
            starts: 0,
            renew: 100,
            rebind: 175,
            parts: vec![Part {
                address: "fd00::93".parse().unwrap(),
                length: None,
                preferred: 200,
                valid: 200,
            }],
        };
        let mut options = vec![
            (code::CLIENT, CLIENT.to_vec()),
            (code::SERVER, vec![0, 1, 9]),
            one.emit((100, 175), (200, 200)),
        ];
        options.extend(more);
        let message = Message {
            kind,
            transaction: self.sent.last().unwrap().transaction,
            options,
        };
        self.client
            .receive(&message, "fe80::2", self.now, self.clock());
        self.act();
    }

    fn bind(&mut self) {
        self.answer(kind::ADVERTISE, Vec::new());
        self.wake();
        assert_eq!(self.sent.last().unwrap().kind, kind::REQUEST);
        self.answer(kind::REPLY, Vec::new());
    }
}

#[test]
fn a_lease_is_obtained_in_the_words_of_isc() {
    let mut play = Play::begun(settings(), None);
    play.bind();
    let intervals = play.said.iter().filter(|line| !line.contains("interval"));
    let said: Vec<&str> = intervals.map(String::as_str).collect();
    assert_eq!(
        said[..6],
        [
            "PRC: Soliciting for leases (INIT).",
            "XMT: Forming Solicit, 0 ms elapsed.",
            "XMT:  X-- IA_NA 00:00:00:01",
            "XMT:  | X-- Request renew in  +3600",
            "XMT:  | X-- Request rebind in +5400",
            "RCV: Advertise message on eth0 from fe80::2."
        ]
    );
    assert_eq!(
        said[said.len() - 4..],
        [
            "PRC: Bound to lease 00:01:09.",
            "PRC: Renewal event scheduled in 100 seconds, to run for 75 seconds.",
            "PRC: Depreference scheduled in 200 seconds.",
            "PRC: Expiration scheduled in 200 seconds."
        ]
    );
    assert_eq!(play.sent[1].option(code::SERVER), Some(&[0, 1, 9][..]));
    assert!(matches!(&play.others[..], [Act::Bound(lease)] if lease.parts().count() == 1));
}

#[test]
fn a_lease_is_renewed_rebound_and_lost() {
    let mut play = Play::begun(settings(), None);
    play.bind();
    play.wake();
    assert_eq!(
        (play.client.state(), play.sent.last().unwrap().kind),
        (State::Renewing, kind::RENEW)
    );
    play.answer(kind::REPLY, Vec::new());
    assert_eq!(play.client.state(), State::Bound);
    let (_, rebind, end) = play.client.lease().unwrap().times();
    while play.client.state() != State::Rebinding {
        play.wake();
    }
    assert!((rebind..=rebind + 1).contains(&play.clock()));
    assert_eq!(play.sent.last().unwrap().option(code::SERVER), None);
    while play.client.state() != State::Soliciting {
        play.wake();
    }
    assert!((end..=end + 1).contains(&play.clock()));
    assert!(matches!(play.others.last(), Some(Act::Lost(_))));
}

#[test]
fn an_earlier_lease_is_confirmed_or_dropped() {
    let mut play = Play::begun(settings(), None);
    play.bind();
    let lease = play.client.lease().cloned();
    let mut again = Play::begun(settings(), lease.clone());
    assert_eq!(again.sent[0].kind, kind::CONFIRM);
    again.answer(kind::REPLY, vec![(code::STATUS, vec![0, 0])]);
    assert_eq!(again.client.state(), State::Bound);
    let mut moved = Play::begun(settings(), lease.clone());
    moved.answer(kind::REPLY, vec![(code::STATUS, vec![0, 4])]);
    assert_eq!(moved.client.state(), State::Soliciting);
    let mut silent = Play::begun(settings(), lease);
    while silent.client.state() == State::Confirming {
        silent.wake();
    }
    assert_eq!(
        (silent.client.state(), silent.sent.len()),
        (State::Bound, 4)
    );
}

#[test]
fn options_alone_end_the_run() {
    let mut play = Play::begun(
        Settings {
            information: true,
            ..settings()
        },
        None,
    );
    assert_eq!(play.sent[0].kind, kind::INFORMATION);
    play.answer(kind::REPLY, Vec::new());
    assert!(matches!(&play.others[..], [Act::Informed(_), Act::End(0)]));
    assert_eq!(play.said.last().unwrap(), "PRC: Done.");
}

#[test]
fn a_reply_to_a_solicit_needs_rapid_commit() {
    let rapid = || vec![(code::RAPID_COMMIT, Vec::new())];
    let mut play = Play::begun(settings(), None);
    play.answer(kind::REPLY, rapid());
    assert_eq!(play.client.state(), State::Soliciting);
    let mut play = Play::begun(
        Settings {
            rapid: true,
            ..settings()
        },
        None,
    );
    play.answer(kind::REPLY, Vec::new());
    assert_eq!(play.client.state(), State::Soliciting);
    play.answer(kind::REPLY, rapid());
    assert_eq!(play.client.state(), State::Bound);
}

#[test]
fn a_lease_is_given_back_with_or_without_an_answer() {
    for answered in [true, false] {
        let mut play = Play::begun(settings(), None);
        assert!(!play.client.release(play.now, play.clock()));
        play.bind();
        assert!(play.client.release(play.now, play.clock()));
        play.act();
        if answered {
            play.answer(kind::REPLY, Vec::new());
        }
        while play.client.state() == State::Releasing {
            play.wake();
        }
        assert_eq!(play.others.last(), Some(&Act::End(0)));
    }
}

#[test]
fn silence_ends_after_the_timeout() {
    let mut play = Play::begun(settings(), None);
    while play.client.state() == State::Soliciting {
        play.wake();
    }
    assert!(play.now.as_secs() >= 60);
    assert_eq!(play.others, [Act::End(2)]);
}

#[test]
fn several_of_a_kind_have_numbers_that_follow() {
    let three = Settings {
        id: 0x0102_03ff,
        kinds: vec![Kind::Addresses, Kind::Prefixes, Kind::Addresses],
        prefix_hint: Some(56),
        ..settings()
    };
    let play = Play::begun(three, None);
    let asked = play.sent[0].options.iter().filter_map(|(code, value)| {
        let kind = Kind::ALL.into_iter().find(|kind| kind.code() == *code)?;
        Some((kind, value[..4].to_vec(), value[12..].to_vec()))
    });
    let hint = [&[0, 26, 0, 25][..], &[0; 8], &[56], &[0; 16]].concat();
    assert_eq!(
        asked.collect::<Vec<_>>(),
        [
            (Kind::Addresses, vec![1, 2, 3, 255], Vec::new()),
            (Kind::Prefixes, vec![1, 2, 3, 255], hint),
            (Kind::Addresses, vec![1, 2, 3, 0], Vec::new()),
        ]
    );
    assert!(
        play.said
            .contains(&"XMT:  | | X-- Request prefix ::/56.".to_owned())
    );
}

#[test]
fn a_lease_with_less_than_was_asked_for_is_taken_unless_all_is_required() {
    for (all, state) in [(false, State::Requesting), (true, State::Soliciting)] {
        let both = Settings {
            kinds: vec![Kind::Addresses, Kind::Prefixes],
            all,
            ..settings()
        };
        let mut play = Play::begun(both, None);
        play.answer(kind::ADVERTISE, vec![(code::PREFERENCE, vec![255])]);
        assert_eq!(play.client.state(), state);
    }
}
