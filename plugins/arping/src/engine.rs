//! When to send, which packets count, and when to end. Times are durations since the first packet; no I/O.

use std::net::Ipv4Addr;
use std::time::Duration;

use crate::flags::Options;
use crate::packet::{Arp, REPLY, REQUEST, hardware_type};

/// This machine and the destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ends {
    /// ARPHRD_… of the interface.
    pub(crate) hardware_type: u16,
    /// The hardware address of the interface.
    pub(crate) own: Vec<u8>,
    /// The source address; unspecified if there is none.
    pub(crate) source: Ipv4Addr,
    pub(crate) destination: Ipv4Addr,
}

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Send,
    Wait,
    End,
}

/// The state of a run.
#[derive(Debug)]
pub(crate) struct Engine {
    ends: Ends,
    count: Option<u32>,
    timeout: Option<Duration>,
    interval: Option<Duration>,
    quit_on_reply: bool,
    broadcast_only: bool,
    duplicates: bool,
    unsolicited: bool,
    replies: bool,
    /// The intervals that have begun.
    begun: u64,
    /// Where the next packet goes; the broadcast address if None.
    pub(crate) unicast: Option<Vec<u8>>,
    pub(crate) counts: Counts,
}

/// What was sent and received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Counts {
    pub(crate) sent: u32,
    pub(crate) sent_broadcasts: u32,
    pub(crate) received: u32,
    pub(crate) received_broadcasts: u32,
    pub(crate) received_requests: u32,
}

impl Engine {
    pub(crate) fn new(options: &Options, ends: Ends) -> Self {
        let seconds = |seconds: u32| {
            let some = seconds > 0;
            some.then(|| Duration::from_secs(seconds.into()))
        };
        Self {
            ends,
            count: options.count,
            timeout: seconds(options.timeout),
            interval: seconds(options.interval),
            quit_on_reply: options.quit_on_reply,
            broadcast_only: options.broadcast_only,
            duplicates: options.duplicates,
            unsolicited: options.unsolicited,
            replies: options.replies,
            begun: 1,
            unicast: None,
            counts: Counts::default(),
        }
    }

    /// The next packet; `broadcast` is the address of broadcasts.
    pub(crate) fn packet(&self, broadcast: &[u8]) -> Vec<u8> {
        let own = &self.ends.own;
        let target = match &self.unicast {
            _ if self.replies => own.as_slice(),
            Some(unicast) => unicast,
            None => broadcast,
        };
        Arp {
            hardware_type: hardware_type(self.ends.hardware_type),
            operation: if self.replies { REPLY } else { REQUEST },
            sender: own,
            sender_address: self.ends.source,
            target,
            target_address: self.ends.destination,
        }
        .emit()
    }

    /// A packet was sent.
    pub(crate) fn sent(&mut self) {
        self.counts.sent += 1;
        self.counts.sent_broadcasts += u32::from(self.unicast.is_none());
    }

    /// What is due at this time. What is due at once with the end is done first.
    pub(crate) fn due(&mut self, now: Duration) -> Due {
        if let Some(tick) = self.tick()
            && tick <= now
        {
            while self.tick().is_some_and(|tick| tick <= now) {
                self.begun += 1;
            }
            let over = self
                .count
                .is_some_and(|count| u64::from(count) < self.begun);
            return if over { Due::End } else { Due::Send };
        }
        match self.timeout {
            Some(timeout) if timeout <= now => Due::End,
            _ => Due::Wait,
        }
    }

    /// When the next interval begins.
    fn tick(&self) -> Option<Duration> {
        let begun = u32::try_from(self.begun).unwrap_or(u32::MAX);
        self.interval.map(|interval| interval.saturating_mul(begun))
    }

    /// Until when to wait; None without a limit.
    pub(crate) fn until(&self) -> Option<Duration> {
        [self.tick(), self.timeout].into_iter().flatten().min()
    }

    /// Whether a received packet is an answer.
    pub(crate) fn is_answer(&self, packet: &Arp<'_>) -> bool {
        let Ends {
            own,
            source,
            destination,
            ..
        } = &self.ends;
        let whole = [REQUEST, REPLY].contains(&packet.operation)
            && packet.hardware_type == hardware_type(self.ends.hardware_type)
            && packet.sender.len() == own.len()
            && packet.sender_address == *destination;
        if self.duplicates {
            // Whoever has the address, except this interface itself.
            let to_us = source.is_unspecified() || packet.target_address == *source;
            return whole && packet.sender != own && to_us;
        }
        whole && packet.target_address == *source && packet.target == own
    }

    /// Counts an answer. Returns true if it is the last one.
    pub(crate) fn answered(&mut self, packet: &Arp<'_>, unicast: bool) -> bool {
        let counts = &mut self.counts;
        counts.received += 1;
        if self.timeout.is_some() && Some(counts.received) == self.count {
            return true;
        }
        counts.received_broadcasts += u32::from(!unicast);
        counts.received_requests += u32::from(packet.operation == REQUEST);
        if self.quit_on_reply {
            return true;
        }
        if !self.broadcast_only {
            self.unicast = Some(packet.sender.to_vec());
        }
        false
    }

    /// The exit code.
    pub(crate) fn code(&self) -> u8 {
        let Counts { sent, received, .. } = self.counts;
        let failed = if self.duplicates {
            received > 0
        } else if self.unsolicited {
            false
        } else {
            match (self.timeout, self.count) {
                (Some(_), Some(count)) if !self.quit_on_reply => received < count,
                (Some(_), _) => received == 0,
                // Without -w, iputils expects an answer to each packet.
                (None, _) => received != sent,
            }
        };
        failed.into()
    }

    pub(crate) fn ends(&self) -> &Ends {
        &self.ends
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::flags::COMMAND_LINE;

    const OWN: [u8; 6] = [2, 0, 0, 0, 0, 1];
    const PEER: [u8; 6] = [2, 0, 0, 0, 0, 2];

    fn engine(line: &str) -> Engine {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let mut options = Options::default();
        COMMAND_LINE.parse(&args, &mut options).unwrap();
        let ends = Ends {
            hardware_type: 1,
            own: OWN.into(),
            source: [10, 0, 0, 1].into(),
            destination: [10, 0, 0, 2].into(),
        };
        Engine::new(&options, ends)
    }

    fn reply() -> Arp<'static> {
        Arp {
            hardware_type: 1,
            operation: REPLY,
            sender: &PEER,
            sender_address: [10, 0, 0, 2].into(),
            target: &OWN,
            target_address: [10, 0, 0, 1].into(),
        }
    }

    /// The times at which packets are sent, and of the end, as long as nobody answers.
    fn timeline(line: &str) -> (Vec<u64>, Option<u64>) {
        let mut engine = engine(line);
        let mut sent = vec![0];
        engine.sent();
        let mut now = Duration::ZERO;
        for _ in 0..100 {
            match engine.due(now) {
                Due::Send => {
                    engine.sent();
                    sent.push(now.as_secs());
                }
                Due::End => return (sent, Some(now.as_secs())),
                Due::Wait => match engine.until() {
                    Some(until) => now = until,
                    None => return (sent, None),
                },
            }
        }
        (sent, None)
    }

    #[test]
    fn packets_are_sent_at_the_times_of_iputils() {
        assert_eq!(timeline("-c 1 h"), (vec![0], Some(1)));
        assert_eq!(timeline("-c 3 h"), (vec![0, 1, 2], Some(3)));
        assert_eq!(timeline("-c 2 -i 5 h"), (vec![0, 5], Some(10)));
        // The packet that is due at the end is sent.
        assert_eq!(timeline("-w 1 h"), (vec![0, 1], Some(1)));
        assert_eq!(timeline("-w 3 -i 2 h"), (vec![0, 2], Some(3)));
        assert_eq!(timeline("-U -c 2 h"), (vec![0, 1], Some(2)));
        assert_eq!(timeline("-i 0 h"), (vec![0], None));
    }

    #[test]
    fn answers_turn_broadcasts_into_unicasts() {
        let mut engine = engine("h");
        engine.sent();
        assert!(engine.is_answer(&reply()) && !engine.answered(&reply(), true));
        assert_eq!(engine.unicast.as_deref(), Some(&PEER[..]));
        engine.sent();
        let counts = engine.counts;
        assert_eq!(
            (counts.sent, counts.sent_broadcasts, counts.received),
            (2, 1, 1)
        );
        assert_eq!(Arp::parse(&engine.packet(&[0xff; 6])).unwrap().target, PEER);
        let mut stays = self::engine("-b h");
        assert!(!stays.answered(&reply(), true));
        assert_eq!(stays.unicast, None);
    }

    #[test]
    fn others_packets_are_no_answers() {
        let engine = engine("h");
        for other in [
            Arp {
                sender_address: [10, 0, 0, 3].into(),
                ..reply()
            },
            Arp {
                target_address: [10, 0, 0, 3].into(),
                ..reply()
            },
            Arp {
                target: &PEER,
                ..reply()
            },
            Arp {
                operation: 8,
                ..reply()
            },
            Arp {
                hardware_type: 6,
                ..reply()
            },
            Arp {
                sender: &PEER[..5],
                ..reply()
            },
        ] {
            assert!(!engine.is_answer(&other), "{other:?}");
        }
        let duplicates = self::engine("-D h");
        assert!(duplicates.is_answer(&Arp {
            target: &PEER,
            ..reply()
        }));
        assert!(!duplicates.is_answer(&Arp {
            sender: &OWN,
            ..reply()
        }));
    }

    #[test]
    fn codes_are_those_of_iputils() {
        for (line, sent, answers, code) in [
            ("h", 1, 0, 1),
            ("h", 3, 2, 1),
            ("h", 2, 3, 1),
            ("h", 3, 3, 0),
            ("-f h", 3, 1, 1),
            ("-c 3 h", 3, 2, 1),
            ("-w 9 h", 9, 1, 0),
            ("-c 3 -w 9 h", 3, 1, 1),
            ("-c 3 -w 9 h", 3, 3, 0),
            ("-c 3 -w 9 -f h", 3, 1, 0),
            ("-D h", 1, 0, 0),
            ("-D h", 1, 1, 1),
            ("-U h", 1, 0, 0),
        ] {
            let mut engine = engine(line);
            for _ in 0..sent {
                engine.sent();
            }
            for _ in 0..answers {
                engine.answered(&reply(), true);
            }
            assert_eq!(engine.code(), code, "{line} {sent} {answers}");
        }
    }
}
