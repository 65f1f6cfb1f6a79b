//! The client of RFC 8415 without I/O: it is told the time and what came in, and says what to do.

use std::collections::VecDeque;
use std::time::Duration;

use super::lease::{Association, Kind, Lease, colons};
use super::message::{Message, Options, code, kind};
use super::words;

pub use settings::Settings;

/// What is to be done, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Send a message to all servers.
    Send(Message),
    /// A line for the operator.
    Say(String),
    /// There is a new lease, or a prolonged one.
    Bound(Box<Lease>),
    /// The lease is over.
    Lost(Box<Lease>),
    /// The options that were asked for alone.
    Informed(Options),
    /// The run ends with this code.
    End(u8),
}

/// The states of the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing is going on.
    Init,
    /// Waiting for offers.
    Soliciting,
    /// Asked for what was offered.
    Requesting,
    /// Asked whether an earlier lease fits the link.
    Confirming,
    /// It has a lease.
    Bound,
    /// Asked its server to prolong the lease.
    Renewing,
    /// Asked any server to prolong the lease.
    Rebinding,
    /// Asked for options alone.
    Informing,
    /// It gives the lease back.
    Releasing,
    /// It has ended.
    Ended,
}

/// Retransmission (RFC 8415 section 7.6): first interval and longest interval in milliseconds, most messages.
fn retransmission(of: u8) -> (u64, u64, u32) {
    match of {
        kind::SOLICIT | kind::INFORMATION => (1000, 3_600_000, u32::MAX),
        kind::REQUEST => (1000, 30_000, 10),
        kind::CONFIRM => (1000, 4000, 4),
        kind::RELEASE => (1000, 4000, 4),
        _ => (10_000, 600_000, u32::MAX),
    }
}

/// The client.
#[derive(Debug)]
pub struct Client {
    settings: Settings,
    state: State,
    random: u64,
    transaction: u32,
    /// The type of the message that is repeated.
    sends: u8,
    count: u32,
    interval: u64,
    first: Duration,
    next: Option<Duration>,
    offers: Vec<Lease>,
    lease: Option<Lease>,
    acts: VecDeque<Act>,
}

impl Client {
    /// A client; `random` must differ from run to run.
    pub fn new(settings: Settings, lease: Option<Lease>, random: u64) -> Self {
        Self {
            settings,
            state: State::Init,
            random: random | 1,
            transaction: 0,
            sends: 0,
            count: 0,
            interval: 0,
            first: Duration::ZERO,
            next: None,
            offers: Vec::new(),
            lease,
            acts: VecDeque::new(),
        }
    }

    /// The state.
    pub fn state(&self) -> State {
        self.state
    }

    /// When to call [`Client::wake`].
    pub fn next(&self) -> Option<Duration> {
        self.next
    }

    /// What is to be done next.
    pub fn act(&mut self) -> Option<Act> {
        self.acts.pop_front()
    }

    /// The lease that it has.
    pub fn lease(&self) -> Option<&Lease> {
        let bound = matches!(
            self.state,
            State::Bound | State::Renewing | State::Rebinding
        );
        self.lease.as_ref().filter(|_| bound)
    }

    /// A lease, whether it is in use or not.
    pub fn any_lease(&self) -> Option<&Lease> {
        self.lease.as_ref()
    }

    /// The identifier of the client.
    pub fn identifier(&self) -> &[u8] {
        &self.settings.identifier
    }

    /// xorshift64*.
    fn random(&mut self, below: u64) -> u64 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        (self.random.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) % below.max(1)
    }

    fn say(&mut self, line: impl Into<String>) {
        self.acts.push_back(Act::Say(line.into()));
    }

    /// Begins, with an earlier lease if it is not over. `now` is since any moment, `clock` in seconds since 1970.
    pub fn start(&mut self, now: Duration, clock: i64) {
        if self.settings.information {
            self.say("PRC: Requesting information (INIT).");
            self.state = State::Informing;
            return self.begin(kind::INFORMATION, now, clock);
        }
        let usable = |lease: &Lease| lease.times().2 > clock;
        if self.lease.as_ref().is_some_and(usable) {
            self.say("PRC: Confirming active lease (INIT-REBOOT).");
            self.state = State::Confirming;
            return self.begin(kind::CONFIRM, now, clock);
        }
        self.solicit(now, clock);
    }

    fn solicit(&mut self, now: Duration, clock: i64) {
        self.lease = None;
        self.offers.clear();
        self.say("PRC: Soliciting for leases (INIT).");
        self.state = State::Soliciting;
        self.begin(kind::SOLICIT, now, clock);
    }

    /// A new exchange.
    fn begin(&mut self, sends: u8, now: Duration, clock: i64) {
        self.transaction = u32::try_from(self.random(1 << 24)).unwrap_or(1);
        (self.sends, self.count, self.interval, self.first) = (sends, 0, 0, now);
        self.send(now, clock);
    }

    /// Sends the message of the exchange, again or for the first time.
    fn send(&mut self, now: Duration, clock: i64) {
        let (first, longest, _) = retransmission(self.sends);
        let base = match self.interval {
            0 => first,
            interval => interval * 2,
        };
        // A tenth more or less; the first Solicit waits longer, never shorter (section 18.2.1).
        let fuzz = base.min(longest) / 10;
        let shift = self.random(2 * fuzz + 1);
        self.interval = match (self.sends, self.count) {
            (kind::SOLICIT, 0) => first + shift / 2,
            _ => base.min(longest) + shift - fuzz,
        };
        self.count += 1;
        let elapsed = now.saturating_sub(self.first).as_millis() / 10;
        let name = words::name(self.sends);
        self.say(format!("XMT: Forming {name}, {} ms elapsed.", elapsed * 10));
        let message = self.message(u16::try_from(elapsed).unwrap_or(u16::MAX));
        let (interface, interval) = (self.settings.interface.clone(), self.interval);
        self.say(format!(
            "XMT: {name} on {interface}, interval {interval}ms."
        ));
        self.acts.push_back(Act::Send(message));
        let mut next = now + Duration::from_millis(self.interval);
        if let Some(lease) = &self.lease {
            // An exchange about a lease ends with the next state of the lease.
            let (_, rebind, end) = lease.times();
            let until = match self.state {
                State::Renewing => rebind,
                State::Rebinding => end,
                _ => i64::MAX,
            };
            let left = u64::try_from(until.saturating_sub(clock)).unwrap_or(0);
            next = next.min(now + Duration::from_secs(left.min(1 << 32)));
        }
        self.next = Some(next);
    }

    /// The time has come.
    pub fn wake(&mut self, now: Duration, clock: i64) {
        self.next = None;
        let tried = self.count >= retransmission(self.sends).2;
        let since = now.saturating_sub(self.first).as_secs();
        match self.state {
            State::Soliciting if !self.offers.is_empty() => self.select(now, clock),
            State::Soliciting | State::Informing
                if self.settings.once && since >= self.settings.timeout =>
            {
                self.say("Unable to obtain a lease on first try.  Exiting.");
                self.finish(2);
            }
            State::Soliciting | State::Informing => self.send(now, clock),
            State::Requesting if tried => self.solicit(now, clock),
            // Nobody contradicts: the lease is used (section 18.2.3).
            State::Confirming if tried => self.keep(now, clock),
            State::Releasing if tried => self.finish(0),
            State::Requesting | State::Confirming | State::Releasing => self.send(now, clock),
            State::Bound | State::Renewing | State::Rebinding => self.prolong(now, clock),
            State::Init => self.solicit(now, clock),
            State::Ended => {}
        }
    }

    fn finish(&mut self, code: u8) {
        self.state = State::Ended;
        self.next = None;
        self.acts.push_back(Act::End(code));
    }

    fn prolong(&mut self, now: Duration, clock: i64) {
        let Some(lease) = self.lease.clone() else {
            return self.solicit(now, clock);
        };
        let (_, rebind, end) = lease.times();
        if end <= clock {
            self.say("PRC: Bound lease is devoid of active addresses.  Re-initializing.");
            self.acts.push_back(Act::Lost(Box::new(lease)));
            return self.solicit(now, clock);
        }
        let (state, sends) = match rebind <= clock {
            true => (State::Rebinding, kind::REBIND),
            false => (State::Renewing, kind::RENEW),
        };
        if self.state == state {
            return self.send(now, clock);
        }
        self.say(match state {
            State::Rebinding => "PRC: Rebinding lease on interface.".to_owned(),
            _ => format!("PRC: Renewing lease on {}.", self.settings.interface),
        });
        self.state = state;
        self.begin(sends, now, clock);
    }

    /// Takes the best offer.
    fn select(&mut self, now: Duration, clock: i64) {
        self.say("PRC: Selecting best advertised lease.");
        self.say("PRC: Considering best lease.");
        self.offers
            .sort_by_key(|offer| std::cmp::Reverse((offer.preference, score(offer))));
        if let Some(best) = self.offers.first() {
            let line = format!(
                "PRC:  X-- Initial candidate {} (s: {}, p: {}).",
                colons(&best.server),
                score(best),
                best.preference
            );
            self.say(line);
        }
        self.state = State::Requesting;
        self.begin(kind::REQUEST, now, clock);
    }

    /// A message came.
    pub fn receive(&mut self, message: &Message, from: &str, now: Duration, clock: i64) {
        let ours = message.transaction == self.transaction
            && message.option(code::CLIENT) == Some(self.settings.identifier.as_slice());
        let Some(server) = message.option(code::SERVER).filter(|_| ours) else {
            return;
        };
        let expected = match message.kind {
            kind::ADVERTISE => self.state == State::Soliciting,
            kind::REPLY => match self.state {
                State::Soliciting => {
                    self.settings.rapid && message.option(code::RAPID_COMMIT).is_some()
                }
                State::Init | State::Bound | State::Ended => false,
                State::Requesting => self
                    .offers
                    .first()
                    .is_some_and(|offer| offer.server == server),
                _ => true,
            },
            _ => false,
        };
        if !expected {
            return;
        }
        let interface = self.settings.interface.clone();
        let name = words::name(message.kind);
        self.say(format!("RCV: {name} message on {interface} from {from}."));
        if self.state == State::Informing {
            self.say("PRC: Done.");
            let skip = |code: u16| code == self::code::CLIENT;
            let options = message
                .options
                .iter()
                .filter(|(code, _)| !skip(*code))
                .cloned();
            self.acts.push_back(Act::Informed(options.collect()));
            return self.finish(0);
        }
        if self.state == State::Releasing {
            return self.finish(0);
        }
        let lease = self.lease_of(message, server, clock);
        for line in words::received(message, &lease) {
            self.say(line);
        }
        if let Some(line) = words::status(message) {
            self.say(line);
        }
        let fine = message
            .option(code::STATUS)
            .is_none_or(|status| matches!(status, [0, 0, ..]));
        let usable = fine && self.suffices(&lease);
        match (message.kind, self.state) {
            (kind::ADVERTISE, _) if usable => {
                self.say("RCV:  Advertisement recorded.");
                let known = self.offers.iter().any(|offer| offer.server == lease.server);
                let at_once = lease.preference == u8::MAX || self.count > 1;
                if !known && self.offers.len() < 256 {
                    self.offers.push(lease);
                }
                if at_once {
                    self.select(now, clock);
                }
            }
            (kind::ADVERTISE, _) => self.say("RCV:  Advertisement of no use."),
            (_, State::Confirming) if fine => self.keep(now, clock),
            (_, State::Confirming) => self.refused(now, clock),
            (_, _) if usable => {
                self.lease = Some(lease.clone());
                self.acts.push_back(Act::Bound(Box::new(lease)));
                self.keep(now, clock);
            }
            (_, State::Renewing | State::Rebinding) if !fine => self.refused(now, clock),
            (_, State::Requesting) => self.solicit(now, clock),
            _ => {}
        }
    }

    /// The server says that the lease is not to be used.
    fn refused(&mut self, now: Duration, clock: i64) {
        if let Some(lease) = self.lease.take() {
            self.acts.push_back(Act::Lost(Box::new(lease)));
        }
        self.solicit(now, clock);
    }

    /// Whether a lease has what was asked for, or as much of it as is needed.
    fn suffices(&self, lease: &Lease) -> bool {
        let has = |(kind, id): &(Kind, u32)| {
            let mut all = lease.associations.iter();
            all.any(|one| one.kind == *kind && one.id == *id && !one.parts.is_empty())
        };
        let mut asked = self.settings.associations().into_iter();
        match self.settings.all {
            true => asked.all(|one| has(&one)),
            false => asked.any(|one| has(&one)),
        }
    }

    fn lease_of(&self, message: &Message, server: &[u8], clock: i64) -> Lease {
        let asked = self.settings.associations();
        let all = message.options.iter();
        let associations = all.filter_map(|(code, value)| {
            let kind = Kind::ALL.into_iter().find(|kind| kind.code() == *code)?;
            let one = Association::parse(kind, value, clock)?;
            asked.contains(&(kind, one.id)).then_some(one)
        });
        let associations = associations.take(16).collect();
        let skip = [code::IA_NA, code::IA_TA, code::IA_PD];
        let options = message
            .options
            .iter()
            .filter(|(code, _)| !skip.contains(code));
        Lease {
            interface: self.settings.interface.clone(),
            server: server.into(),
            preference: match message.option(code::PREFERENCE) {
                Some(&[preference]) => preference,
                _ => 0,
            },
            associations,
            options: options.cloned().collect(),
        }
    }

    /// Uses the lease that it has.
    fn keep(&mut self, now: Duration, clock: i64) {
        let Some(lease) = self.lease.clone() else {
            return self.solicit(now, clock);
        };
        if self.state == State::Confirming {
            self.acts.push_back(Act::Bound(Box::new(lease.clone())));
        }
        self.state = State::Bound;
        let (renew, rebind, end) = lease.times();
        self.say(format!("PRC: Bound to lease {}.", colons(&lease.server)));
        let left = |at: i64| at.saturating_sub(clock).max(0);
        self.say(format!(
            "PRC: Renewal event scheduled in {} seconds, to run for {} seconds.",
            left(renew),
            rebind - renew
        ));
        for (what, at) in [("Depreference", lease.depreference()), ("Expiration", end)] {
            if at != i64::MAX {
                self.say(format!("PRC: {what} scheduled in {} seconds.", left(at)));
            }
        }
        let wait = u64::try_from(left(renew)).unwrap_or(0).min(1 << 32);
        self.next = Some(now + Duration::from_secs(wait));
    }

    /// Gives the lease back. Returns false if there is none.
    pub fn release(&mut self, now: Duration, clock: i64) -> bool {
        if self.lease.is_none() || self.state == State::Ended {
            return false;
        }
        self.state = State::Releasing;
        self.begin(kind::RELEASE, now, clock);
        true
    }
}

/// As ISC's dhclient compares offers.
fn score(lease: &Lease) -> usize {
    let parts: usize = lease.associations.iter().map(|one| one.parts.len()).sum();
    let options = lease
        .options
        .iter()
        .filter(|(option, _)| *option != code::PREFERENCE);
    10_000 + 50 * lease.associations.len() + 50 * parts + options.count()
}

mod questions;
mod settings;
#[cfg(test)]
mod tests;
