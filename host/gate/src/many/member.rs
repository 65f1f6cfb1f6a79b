//! What a permit for many allows, member by member.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use jiff::Timestamp;

use super::used::locked;
use super::{Many, Member};
use crate::permit::Ticket;
use crate::{Denial, OPENS_REMEDY, told_opens};
use nethost_core::Exception;
use nethost_core::TargetSet;
use nethost_core::set::{address_of, number};
use nethost_policy::{MemberVerdict, Refusal, SenderGroup};

impl Ticket {
    /// The set that was permitted, if it is one.
    pub fn set(&self) -> Option<&Arc<TargetSet>> {
        self.many.as_ref().map(|many| &many.set)
    }

    /// What of the set is denied.
    pub fn exceptions(&self) -> Vec<(Exception, Refusal)> {
        let Some(many) = &self.many else {
            return Vec::new();
        };
        let ipv6 = many.set.is_ipv6();
        let with_refusal = |exception: Exception| {
            let refusal = many.decision.refusal(&exception, self.capability, ipv6);
            (exception, refusal)
        };
        many.decision
            .exceptions()
            .into_iter()
            .map(with_refusal)
            .collect()
    }

    /// A member that is allowed.
    pub fn first_allowed(&self) -> Option<SocketAddr> {
        let many = self.many.as_ref()?;
        let (first, _) = *many.decision.allowed_ranges().first()?;
        let port = many.set.port_at(0);
        Some(SocketAddr::new(address_of(many.set.is_ipv6(), first), port))
    }

    /// Who of the set may be received from.
    pub fn senders(&self) -> Vec<SenderGroup> {
        let many = self.many.as_ref();
        many.map_or_else(Vec::new, |many| {
            many.decision.allowed_on(|ground| !many.has_ended(ground))
        })
    }

    /// On how many of its grounds nothing is allowed any more, for their time is over.
    pub fn ended_grounds(&self) -> usize {
        let many = self.many.as_ref();
        many.map_or(0, |many| {
            let grounds = 0..many.held.len() as u32;
            grounds.filter(|ground| many.has_ended(*ground)).count()
        })
    }

    /// A member of the set that may be sent to, whatever its quotas.
    #[inline]
    pub fn member(&self, number: u32) -> Result<Member, Denial> {
        self.stands()?;
        let many = self.many.as_ref().ok_or_else(|| self.not_a_member())?;
        let (address, port) = many.set.at(number).ok_or_else(|| self.not_a_member())?;
        let at = SocketAddr::new(address_of(many.set.is_ipv6(), address), port);
        let ground = match many.decision.verdict(address, port) {
            Some(MemberVerdict::Allowed(ground)) => ground,
            Some(MemberVerdict::Denied(refusal)) => return Err(self.excepted(many, at, refusal)),
            None => return Err(self.not_a_member()),
        };
        if many.unwritten.load(Relaxed) {
            return Err(self.not_written());
        }
        if many.owed.load(Relaxed) > 0 {
            self.pay(many)?;
        }
        let held = many.held.get(ground as usize).and_then(Option::as_ref);
        Ok(Member {
            at,
            number,
            ground,
            is_metered: held.is_some_and(|held| !held.meters.is_empty()),
        })
    }

    /// Asks, before the system call, whether a packet of this many bytes may be sent to a member. `late` is how long
    /// ago another process was allowed to.
    #[inline]
    pub fn may_send_member(
        &self,
        number: u32,
        bytes: usize,
        late: Duration,
    ) -> Result<Member, Denial> {
        let member = self.member(number)?;
        let many = self.many.as_ref();
        if let Some(held) = many.and_then(|many| many.held.get(member.ground as usize)?.as_ref()) {
            let packets = held.charge();
            held.check(|meter| meter.may_send(packets, bytes as u64, late))
                .map_err(|end| self.ended(held, &end))?;
        }
        Ok(member)
    }

    /// Counts packets that were sent to members, with the bytes that each carried.
    pub fn count_sent_members(&self, sent: impl Iterator<Item = (Member, usize)>) {
        let Some(many) = &self.many else { return };
        let mut account = many.account.as_ref().map(locked);
        let (mut packets, mut bytes) = (0, 0);
        for (member, carried) in sent {
            packets += 1;
            bytes += carried as u64;
            if let Some(account) = &mut account {
                account.note(member.number);
            }
            if let Some(held) = many
                .held
                .get(member.ground as usize)
                .and_then(Option::as_ref)
            {
                let charge = held.charge();
                held.prepaid.store(false, Relaxed);
                held.count(|meter| meter.count_sent(charge, carried as u64));
            }
        }
        self.sent.fetch_add(packets, Relaxed);
        self.sent_bytes.fetch_add(bytes, Relaxed);
        let Some(account) = &mut account else { return };
        // What is noted is on record sooner or later: it is counted before there is more of it.
        let due = account.due();
        if due > 0 && self.gate.pace.take_many(due).is_err() {
            many.owed.fetch_add(due, Relaxed);
        }
        if account.is_full() && self.tell(account, |_| false).is_none() {
            many.unwritten.store(true, Relaxed);
        }
    }

    /// Counts what is owed, if there is as much left by now.
    #[cold]
    fn pay(&self, many: &Many) -> Result<(), Denial> {
        let owed = many.owed.swap(0, Relaxed);
        let Err(opens) = self.gate.pace.take_many(owed) else {
            return Ok(());
        };
        many.owed.fetch_add(owed, Relaxed);
        let rule = told_opens(opens);
        if many.owing_told.swap(true, Relaxed) {
            self.gate.records.count_unrecorded_denials(1);
        } else {
            self.gate
                .record_denial(self.capability, &self.request, None, &rule);
        }
        Err(Denial {
            capability: self.capability.into(),
            target: self.request.target.to_string(),
            rule,
            remedy: format!("{OPENS_REMEDY}, or go through the set in its order"),
        })
    }

    /// Whether what this member sends may be handed to the plugin; counted if so.
    pub fn admit_member(&self, address: IpAddr, port: u16, bytes: usize) -> bool {
        let Some(ground) = self.ground_of(address, port) else {
            return false;
        };
        let many = self.many.as_ref();
        let held = many.and_then(|many| many.held.get(ground as usize)?.as_ref());
        if let Some(held) = held {
            let may = held.check(|meter| meter.may_receive(bytes as u64));
            if may.map_err(|end| self.ended(held, &end)).is_err() {
                return false;
            }
            held.count(|meter| meter.count_received(bytes as u64));
        }
        self.received.fetch_add(1, Relaxed);
        self.received_bytes.fetch_add(bytes as u64, Relaxed);
        self.gate.heard.fetch_add(1, Relaxed);
        true
    }

    /// Whether this is a member that is allowed.
    pub fn is_allowed_member(&self, address: IpAddr, port: u16) -> bool {
        self.ground_of(address, port).is_some()
    }

    fn ground_of(&self, address: IpAddr, port: u16) -> Option<u32> {
        let many = self.many.as_ref()?;
        if address.is_ipv6() != many.set.is_ipv6() || self.stands().is_err() {
            return None;
        }
        let port = if many.set.has_ports() { port } else { 0 };
        match many.decision.verdict(number(address), port)? {
            MemberVerdict::Allowed(ground) => Some(ground),
            MemberVerdict::Denied(_) => None,
        }
    }

    /// Decides the set anew, as after a change of the policy. Why it would be allowed less of, if that is so.
    pub(crate) fn allowed_less(&self, many: &Many) -> Option<String> {
        let judged = self
            .gate
            .judge_set(self.capability, &self.request, &many.set);
        match judged {
            Ok(decision) => decision.allows_less(many.before.as_ref().unwrap_or(&many.decision)),
            Err(denied) => Some(denied.refusal.rule),
        }
    }

    /// Why what one of its rules allows is over, as far as is known here.
    pub(crate) fn end_of_many(&self, many: &Many) -> Option<String> {
        let mut held = many.held.iter().flatten();
        Some(held.find_map(|held| held.ended())?.told().0)
    }

    /// When all that allowed it is over, if that is so.
    pub(crate) fn until_of_many(many: &Many) -> Option<Timestamp> {
        let grounds = many.decision.grounds.iter();
        grounds
            .map(|terms| terms.until)
            .max_by_key(|until| (until.is_none(), *until))?
    }

    /// Whether any of its rules still allows anything.
    pub(crate) fn may_open_many(&self, many: &Many) -> Result<(), Denial> {
        let mut over = None;
        for held in &many.held {
            match held.as_ref().map(|held| (held, held.check(|_| Ok(())))) {
                None | Some((_, Ok(()))) => return Ok(()),
                Some((held, Err(end))) => over = Some((held, end)),
            }
        }
        over.map_or(Ok(()), |(held, end)| Err(self.ended(held, &end)))
    }

    #[cold]
    fn excepted(&self, many: &Many, at: SocketAddr, refusal: u32) -> Denial {
        self.gate.records.count_unrecorded_denials(1);
        let known = many.decision.refusals.get(refusal as usize);
        let target = match many.set.has_ports() {
            true => at.to_string(),
            false => at.ip().to_string(),
        };
        let (rule, remedy) = known.map_or_else(Default::default, |refusal| {
            let flag = refusal.remedy.split('=').next();
            let remedy = match flag.filter(|flag| refusal.missing && flag.starts_with("--allow ")) {
                Some(flag) => format!("{flag}={target}"),
                None => refusal.remedy.clone(),
            };
            (refusal.rule.clone(), remedy)
        });
        Denial {
            capability: self.capability.into(),
            target,
            rule,
            remedy,
        }
    }

    #[cold]
    fn not_a_member(&self) -> Denial {
        self.gate.records.count_unrecorded_denials(1);
        Denial {
            capability: self.capability.into(),
            target: self.request.target.to_string(),
            rule: "there is no such member of the permitted set".into(),
            remedy: "ask for it".into(),
        }
    }

    #[cold]
    fn not_written(&self) -> Denial {
        Denial {
            capability: self.capability.into(),
            target: self.request.target.to_string(),
            rule: "the audit log is required, and what was used could not be written to it".into(),
            remedy: "make the audit log writable".into(),
        }
    }
}
