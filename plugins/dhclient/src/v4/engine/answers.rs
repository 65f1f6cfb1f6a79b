//! What the client does with the messages of servers.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::{Act, Client, State};
use crate::v4::lease::Lease;
use crate::v4::message::{Kind, Message};

/// The least time for which DHCP over IPv4 rests where IPv6 is preferred (MIN_V6ONLY_WAIT of RFC 8925 section 3.4).
const LEAST_REST: u32 = 300;

impl Client {
    /// A message came from this address.
    pub fn receive(&mut self, message: &Message, from: Ipv4Addr, now: Duration, clock: i64) {
        let ours = message.operation == 2
            && message.xid == self.xid
            && message.hardware == self.settings.hardware;
        if !ours || self.settings.conf.rejects(message.server().unwrap_or(from)) {
            return;
        }
        match (message.kind(), self.state) {
            (Some(Kind::OFFER), State::Selecting) => self.offered(message, from, now, clock),
            (
                Some(Kind::ACK),
                State::Requesting | State::Rebooting | State::Renewing | State::Rebinding,
            ) => self.acknowledged(message, from, now, clock),
            (
                Some(Kind::NAK),
                State::Requesting | State::Rebooting | State::Renewing | State::Rebinding,
            ) => {
                self.say(format!("DHCPNAK from {from}"));
                if let Some(lease) = self.lease().cloned() {
                    self.acts.push_back(Act::Lost(Box::new(lease)));
                }
                self.lease = None;
                self.restart(now);
            }
            _ => {}
        }
    }

    /// How long DHCP over IPv4 rests, because the network prefers IPv6 and the client has asked whether it does (RFC 8925
    /// section 3.2).
    fn rest(&self, message: &Message) -> Option<u32> {
        let asked = self.settings.conf.request.contains(&108);
        let seconds = message.options.number(108).filter(|_| asked);
        seconds.map(|seconds| seconds.max(LEAST_REST))
    }

    /// Does without an address of IPv4 for a time, then begins again.
    fn do_without(&mut self, seconds: u32, now: Duration) {
        if let Some(lease) = self.lease().cloned() {
            self.acts.push_back(Act::Lost(Box::new(lease)));
        }
        (self.lease, self.wanted) = (None, None);
        self.offers.clear();
        self.state = State::Init;
        self.next = Some(now + Duration::from_secs(seconds.into()));
    }

    fn offered(&mut self, message: &Message, from: Ipv4Addr, now: Duration, clock: i64) {
        if let Some(seconds) = self.rest(message) {
            self.say(format!(
                "DHCPOFFER of {} from {from}: v6 only preferred for {seconds}.",
                message.yours
            ));
            return self.do_without(seconds, now);
        }
        self.say(format!("DHCPOFFER of {} from {from}", message.yours));
        let conf = &self.settings.conf;
        let missing = conf
            .require
            .iter()
            .find(|code| message.options.get(**code).is_none());
        if missing.is_some() || message.yours.is_unspecified() {
            return;
        }
        self.offers.push(self.lease_of(message, from));
        let select = self.first + Duration::from_secs(self.settings.conf.select);
        if select <= now {
            self.select(now, clock);
        } else {
            self.next = Some(self.next.map_or(select, |next| next.min(select)));
        }
    }

    fn lease_of(&self, message: &Message, from: Ipv4Addr) -> Lease {
        let mut options = message.options.clone();
        if message.server().is_none() {
            options.set(54, from.octets());
        }
        self.settings.conf.changed(&mut options);
        Lease {
            interface: self.settings.interface.clone(),
            address: message.yours,
            file: message.file.clone(),
            server_name: message.server_name.clone(),
            next_server: message.next_server,
            options,
            renew: 0,
            rebind: 0,
            expire: 0,
        }
    }

    fn acknowledged(&mut self, message: &Message, from: Ipv4Addr, now: Duration, clock: i64) {
        self.say(format!("DHCPACK of {} from {from}", message.yours));
        if let Some(seconds) = self.rest(message) {
            self.say(format!("v6 only preferred for {seconds} seconds."));
            return self.do_without(seconds, now);
        }
        let mut lease = self.lease_of(message, from);
        if lease.address.is_unspecified() {
            return;
        }
        let duration = match lease.options.number(51) {
            Some(0) | None => return self.say("no expiry time on offered lease."),
            // 0xffffffff is forever (RFC 2131 section 3.3).
            Some(u32::MAX) => None,
            Some(seconds) => Some(i64::from(seconds)),
        };
        let forever = || i64::from(u32::MAX);
        let length = duration.unwrap_or_else(forever);
        let number = |code| lease.options.number(code).map(i64::from);
        let renewal = number(58)
            .filter(|renewal| *renewal < length)
            .unwrap_or(length / 2);
        let rebinding = number(59).filter(|rebinding| (renewal..length).contains(rebinding));
        let rebinding = rebinding.unwrap_or(renewal + (length - renewal) * 3 / 4);
        // Up to a quarter earlier, so that not all clients ask at once.
        let least = (renewal * 3 + 3) / 4;
        let fuzz = self.random(u64::try_from(renewal - least + 1).unwrap_or(1));
        lease.renew = clock + least + i64::try_from(fuzz).unwrap_or(0);
        lease.rebind = clock + rebinding;
        lease.expire = duration.map_or(i64::MAX, |length| clock + length);
        let same = self.lease().is_some_and(|old| old.address == lease.address);
        if same {
            return self.bind(lease, now, clock);
        }
        self.check(lease, now);
    }
}
