//! The client of RFC 2131 section 4.4 without I/O: it is told the time and what came in, and says what to do.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::time::Duration;

use super::lease::Lease;
use super::message::{Kind, Message};
use crate::conf::Conf;

/// The states of RFC 2131.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing is going on.
    Init,
    /// Waiting for offers.
    Selecting,
    /// Asked for an offered address.
    Requesting,
    /// Asked for the address of an earlier lease.
    Rebooting,
    /// The server has confirmed an address; whether another host has it is being asked.
    Checking,
    /// It has a lease.
    Bound,
    /// Asked its server to prolong the lease.
    Renewing,
    /// Asked any server to prolong the lease.
    Rebinding,
    /// It has ended.
    Ended,
}

/// What is to be done, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Send a message; to this server alone if there is one.
    Send(Box<Message>, Option<Ipv4Addr>),
    /// A line for the operator.
    Say(String),
    /// Find out whether another host has this address.
    Check(Ipv4Addr),
    /// There is a new lease, or a prolonged one.
    Bound(Box<Lease>),
    /// The lease is over.
    Lost(Box<Lease>),
    /// Nothing was to be had, and the run ends with this code.
    End(u8),
}

/// Who the client is, and what the operator wants.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The configuration.
    pub conf: Conf,
    /// The interface.
    pub interface: String,
    /// ARPHRD_….
    pub hardware_type: u8,
    /// The hardware address.
    pub hardware: Vec<u8>,
    /// The name of this machine, if it is sent.
    pub host_name: Option<String>,
    /// The server's port.
    pub port: u16,
    /// Where messages for all servers go, for the words.
    pub destination: Ipv4Addr,
    /// End if the first attempt fails.
    pub once: bool,
    /// Seconds to wait after an address was declined.
    pub decline_wait: u64,
    /// Whether messages can be sent to a server alone: there is a configured address.
    pub unicast: bool,
}

/// The client.
#[derive(Debug)]
pub struct Client {
    settings: Settings,
    state: State,
    xid: u32,
    random: u64,
    interval: u64,
    first: Duration,
    /// When [`Client::wake`] is due.
    next: Option<Duration>,
    offers: Vec<Lease>,
    /// What it has, or had in an earlier run.
    lease: Option<Lease>,
    /// What it asks for.
    wanted: Option<Lease>,
    acts: VecDeque<Act>,
}

impl Client {
    /// A client; `random` must differ from run to run.
    pub fn new(settings: Settings, lease: Option<Lease>, random: u64) -> Self {
        Self {
            settings,
            state: State::Init,
            xid: 0,
            random: random | 1,
            interval: 0,
            first: Duration::ZERO,
            next: None,
            offers: Vec::new(),
            lease,
            wanted: None,
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

    /// xorshift64*.
    fn random(&mut self, below: u64) -> u64 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        let mixed = self.random.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        mixed % below.max(1)
    }

    fn say(&mut self, line: impl Into<String>) {
        self.acts.push_back(Act::Say(line.into()));
    }

    /// Begins, with an earlier lease if it is not over. `now` is since any moment, `clock` in seconds since 1970.
    pub fn start(&mut self, now: Duration, clock: i64) {
        self.begin(now);
        match &self.lease {
            Some(lease) if lease.expire > clock => {
                self.state = State::Rebooting;
                self.wanted = self.lease.clone();
                self.request(now, clock);
            }
            _ => self.discover(now),
        }
    }

    /// A new transaction.
    fn begin(&mut self, now: Duration) {
        self.xid = u32::try_from(self.random(1 << 32)).unwrap_or(1);
        (self.first, self.interval) = (now, 0);
        self.offers.clear();
    }

    /// The interval until the next message: it doubles on average (RFC 2131 section 4.1).
    fn lengthen(&mut self) {
        let conf = &self.settings.conf;
        let (initial, cutoff) = (conf.initial_interval, conf.backoff_cutoff);
        self.interval = match self.interval {
            // At random from the first message on, so that clients that start together do not send together.
            0 => initial + self.random(initial * 5 / 2),
            interval => interval + self.random(2 * interval),
        };
        if self.interval > cutoff {
            self.interval = cutoff / 2 + self.random(cutoff);
        }
        self.interval = self.interval.max(1);
    }

    fn message(&self, kind: Kind, now: Duration) -> Message {
        let settings = &self.settings;
        let mut message =
            Message::of_client(kind, settings.hardware_type, &settings.hardware, self.xid);
        let seconds = now.saturating_sub(self.first).as_secs();
        message.seconds = u16::try_from(seconds).unwrap_or(u16::MAX);
        message
    }

    /// Adds what every question contains.
    fn fill(&self, message: &mut Message) {
        let settings = &self.settings;
        if let Some(name) = &settings.host_name {
            message.options.set(12, name.as_bytes());
        }
        message.options.set(55, settings.conf.request.clone());
        for (code, value) in &settings.conf.send {
            message.options.set(*code, value.clone());
        }
    }

    fn discover(&mut self, now: Duration) {
        self.state = State::Selecting;
        self.lengthen();
        let end = self.first + Duration::from_secs(self.settings.conf.timeout);
        if now + Duration::from_secs(self.interval) > end {
            self.interval = end.saturating_sub(now).as_secs() + 1;
        }
        let mut message = self.message(Kind::DISCOVER, now);
        if let Some(lease) = &self.lease {
            message.options.set(50, lease.address.octets());
        }
        self.fill(&mut message);
        let Settings {
            interface,
            destination,
            port,
            ..
        } = &self.settings;
        let interval = self.interval;
        self.say(format!(
            "DHCPDISCOVER on {interface} to {destination} port {port} interval {interval}"
        ));
        self.acts.push_back(Act::Send(Box::new(message), None));
        self.next = Some(now + Duration::from_secs(self.interval));
    }

    fn request(&mut self, now: Duration, clock: i64) {
        let Some(wanted) = self.wanted.clone() else {
            return self.restart(now);
        };
        self.lengthen();
        let mut message = self.message(Kind::REQUEST, now);
        let renews = matches!(self.state, State::Renewing | State::Rebinding);
        if renews && self.settings.unicast {
            message.client = wanted.address;
        } else {
            // An address that is not configured is asked for like that of an earlier lease.
            message.options.set(50, wanted.address.octets());
        }
        if self.state == State::Requesting
            && let Some(server) = wanted.server()
        {
            message.options.set(54, server.octets());
        }
        self.fill(&mut message);
        let to = match self.state {
            State::Renewing if self.settings.unicast => wanted.server(),
            _ => None,
        };
        if renews {
            // Half of the time that is left, and at least a minute, as RFC 2131 section 4.4.5 has it.
            let end = match self.state {
                State::Renewing => wanted.rebind,
                _ => wanted.expire,
            };
            let left = u64::try_from(end.saturating_sub(clock)).unwrap_or(0);
            self.interval = self.interval.max((left / 2).min(60)).min(left.max(1));
        }
        let Settings {
            interface,
            destination,
            port,
            ..
        } = &self.settings;
        let shown = to.unwrap_or(*destination);
        let line = format!(
            "DHCPREQUEST for {} on {interface} to {shown} port {port}",
            wanted.address
        );
        self.say(line);
        self.acts.push_back(Act::Send(Box::new(message), to));
        self.next = Some(now + Duration::from_secs(self.interval));
    }

    /// Begins from the start, without the earlier lease being asked for.
    fn restart(&mut self, now: Duration) {
        self.wanted = None;
        self.begin(now);
        self.discover(now);
    }

    /// The time has come.
    pub fn wake(&mut self, now: Duration, clock: i64) {
        self.next = None;
        let since = now.saturating_sub(self.first).as_secs();
        match self.state {
            State::Selecting if !self.offers.is_empty() => self.select(now, clock),
            State::Selecting if since >= self.settings.conf.timeout => self.give_up(now, clock),
            State::Selecting => self.discover(now),
            State::Requesting | State::Rebooting if since > self.settings.conf.reboot => {
                self.restart(now);
            }
            State::Requesting | State::Rebooting => self.request(now, clock),
            State::Init => self.restart(now),
            State::Bound | State::Renewing | State::Rebinding => self.prolong(now, clock),
            // Nobody said anything.
            State::Checking | State::Ended => {}
        }
    }

    /// Renews, rebinds or ends the lease.
    fn prolong(&mut self, now: Duration, clock: i64) {
        let Some(lease) = self.lease.clone() else {
            return self.restart(now);
        };
        if lease.expire <= clock {
            self.acts.push_back(Act::Lost(Box::new(lease)));
            return self.restart(now);
        }
        let state = match lease.rebind <= clock {
            true => State::Rebinding,
            false => State::Renewing,
        };
        if self.state != state {
            self.begin(now);
            self.state = state;
        }
        self.wanted = Some(lease);
        self.request(now, clock);
    }

    fn give_up(&mut self, now: Duration, clock: i64) {
        self.say("No DHCPOFFERS received.");
        let conf = &self.settings.conf;
        let mut all = self.lease.iter().chain(&conf.leases);
        let usable = all.find(|lease| lease.expire > clock).cloned();
        if let Some(lease) = usable {
            self.say(format!("Trying recorded lease {}", lease.address));
            return self.check(lease, now);
        }
        if self.settings.once {
            self.say("Unable to obtain a lease on first try.  Exiting.");
            self.state = State::Ended;
            self.acts.push_back(Act::End(2));
            return;
        }
        self.say("No working leases in persistent database - sleeping.");
        self.state = State::Init;
        let retry = self.settings.conf.retry;
        let fuzz = self.random(retry / 2 + 1);
        self.next = Some(now + Duration::from_secs(retry / 2 + fuzz));
    }

    /// Takes the first offer.
    fn select(&mut self, now: Duration, clock: i64) {
        self.wanted = self.offers.first().cloned();
        self.state = State::Requesting;
        (self.first, self.interval) = (now, 0);
        self.request(now, clock);
    }

    fn check(&mut self, lease: Lease, _: Duration) {
        self.state = State::Checking;
        self.next = None;
        self.acts.push_back(Act::Check(lease.address));
        self.wanted = Some(lease);
    }

    /// The answer to [`Act::Check`]: whether another host has the address.
    pub fn checked(&mut self, taken: bool, now: Duration, clock: i64) {
        let Some(lease) = self.wanted.take().filter(|_| self.state == State::Checking) else {
            return;
        };
        if !taken {
            return self.bind(lease, now, clock);
        }
        let Settings {
            interface,
            destination,
            port,
            decline_wait,
            ..
        } = &self.settings;
        let wait = Duration::from_secs(*decline_wait);
        let line = format!(
            "DHCPDECLINE of {} on {interface} to {destination} port {port}",
            lease.address
        );
        let mut message = self.message(Kind::DECLINE, now);
        message.seconds = 0;
        message.options.set(50, lease.address.octets());
        if let Some(server) = lease.server() {
            message.options.set(54, server.octets());
        }
        self.say(line);
        self.acts.push_back(Act::Send(Box::new(message), None));
        self.lease = None;
        self.state = State::Init;
        self.next = Some(now + wait);
    }

    fn bind(&mut self, lease: Lease, now: Duration, clock: i64) {
        let left = lease.renew.saturating_sub(clock).max(0);
        self.acts.push_back(Act::Bound(Box::new(lease.clone())));
        self.say(format!(
            "bound to {} -- renewal in {left} seconds.",
            lease.address
        ));
        self.state = State::Bound;
        self.lease = Some(lease);
        self.next = Some(now + Duration::from_secs(left.unsigned_abs()));
    }

    /// Gives the lease back. Returns false if there is none.
    pub fn release(&mut self, now: Duration) -> bool {
        let Some(lease) = self.lease.take() else {
            return false;
        };
        self.begin(now);
        let mut message = self.message(Kind::RELEASE, now);
        message.client = lease.address;
        let server = lease.server();
        if let Some(server) = server {
            message.options.set(54, server.octets());
        }
        let shown = server.unwrap_or(self.settings.destination);
        let Settings {
            interface, port, ..
        } = &self.settings;
        let line = format!(
            "DHCPRELEASE of {} on {interface} to {shown} port {port}",
            lease.address
        );
        self.say(line);
        let to = server.filter(|_| self.settings.unicast);
        self.acts.push_back(Act::Send(Box::new(message), to));
        self.state = State::Ended;
        self.next = None;
        true
    }

    /// From now on, messages can be sent to a server alone, or cannot.
    pub fn set_unicast(&mut self, unicast: bool) {
        self.settings.unicast = unicast;
    }
}

mod answers;
#[cfg(test)]
mod tests;
