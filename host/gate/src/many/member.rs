//! The members that a permit for a set allows.

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
    /// The permitted set, if it is for a set.
    pub fn set(&self) -> Option<&Arc<TargetSet>> {
        self.many.as_ref().map(|many| &many.set)
    }

    /// The denied parts of the set.
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

    /// The members from which packets are accepted.
    pub fn senders(&self) -> Vec<SenderGroup> {
        let many = self.many.as_ref();
        many.map_or_else(Vec::new, |many| {
            many.decision.allowed_on(|ground| !many.has_ended(ground))
        })
    }

    /// The number of its rules whose time is over, so that they allow nothing any more.
    pub fn ended_grounds(&self) -> usize {
        let many = self.many.as_ref();
        many.map_or(0, |many| {
            let grounds = 0..many.permit_terms.len() as u32;
            grounds.filter(|ground| many.has_ended(*ground)).count()
        })
    }

    /// A member of the set that can be sent to, whatever its quotas.
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
        let terms = many
            .permit_terms
            .get(ground as usize)
            .and_then(Option::as_ref);
        Ok(Member {
            at,
            number,
            ground,
            is_metered: terms.is_some_and(|terms| !terms.meters.is_empty()),
        })
    }

    /// Checks, before the system call, whether a packet of this many bytes can be sent to a member. `late` is how
    /// long ago another process was allowed to send it.
    #[inline]
    pub fn may_send_member(
        &self,
        number: u32,
        bytes: usize,
        late: Duration,
    ) -> Result<Member, Denial> {
        let member = self.member(number)?;
        let many = self.many.as_ref();
        if let Some(terms) =
            many.and_then(|many| many.permit_terms.get(member.ground as usize)?.as_ref())
        {
            let packets = terms.charge();
            terms
                .check(|meter| meter.may_send(packets, bytes as u64, late))
                .map_err(|end| self.ended(terms, &end))?;
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
            if let Some(terms) = many
                .permit_terms
                .get(member.ground as usize)
                .and_then(Option::as_ref)
            {
                let charge = terms.charge();
                terms.first_packet_paid.store(false, Relaxed);
                terms.count(|meter| meter.count_sent(charge, carried as u64));
            }
        }
        self.sent.fetch_add(packets, Relaxed);
        self.sent_bytes.fetch_add(bytes, Relaxed);
        let Some(account) = &mut account else { return };
        // Each note is recorded sooner or later, so it is counted before there are more.
        let due = account.due();
        if due > 0 && self.gate.pace.take_many(due).is_err() {
            many.owed.fetch_add(due, Relaxed);
        }
        if account.is_full() && self.tell(account, |_| false).is_none() {
            many.unwritten.store(true, Relaxed);
        }
    }

    /// Counts the owed accesses, if as many are left by now.
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

    /// Whether a packet from this member can be passed to the plugin. If so, it is counted.
    pub fn admit_member(&self, address: IpAddr, port: u16, bytes: usize) -> bool {
        let Some(ground) = self.ground_of(address, port) else {
            return false;
        };
        let many = self.many.as_ref();
        let terms = many.and_then(|many| many.permit_terms.get(ground as usize)?.as_ref());
        if let Some(terms) = terms {
            let may = terms.check(|meter| meter.may_receive(bytes as u64));
            if may.map_err(|end| self.ended(terms, &end)).is_err() {
                return false;
            }
            terms.count(|meter| meter.count_received(bytes as u64));
        }
        self.received.fetch_add(1, Relaxed);
        self.received_bytes.fetch_add(bytes as u64, Relaxed);
        self.gate.heard.fetch_add(1, Relaxed);
        true
    }

    /// Whether this is an allowed member.
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

    /// Decides the set again, after a change of the policy. Returns why less of it would be allowed, if that is the
    /// case.
    pub(crate) fn allowed_less(&self, many: &Many) -> Option<String> {
        let judged = self
            .gate
            .judge_set(self.capability, &self.request, &many.set);
        match judged {
            Ok(decision) => decision.allows_less(many.before.as_ref().unwrap_or(&many.decision)),
            Err(denied) => Some(denied.refusal.rule),
        }
    }

    /// Why one of its rules has ended, as far as this process knows.
    pub(crate) fn end_of_many(&self, many: &Many) -> Option<String> {
        let mut terms = many.permit_terms.iter().flatten();
        Some(terms.find_map(|terms| terms.ended())?.denial().0)
    }

    /// When all its rules have ended, if that is the case.
    pub(crate) fn until_of_many(many: &Many) -> Option<Timestamp> {
        let grounds = many.decision.grounds.iter();
        grounds
            .map(|terms| terms.until)
            .max_by_key(|until| (until.is_none(), *until))?
    }

    /// Whether any of its rules still allows anything.
    pub(crate) fn may_open_many(&self, many: &Many) -> Result<(), Denial> {
        let mut over = None;
        for terms in &many.permit_terms {
            match terms.as_ref().map(|terms| (terms, terms.check(|_| Ok(())))) {
                None | Some((_, Ok(()))) => return Ok(()),
                Some((terms, Err(end))) => over = Some((terms, end)),
            }
        }
        over.map_or(Ok(()), |(terms, end)| Err(self.ended(terms, &end)))
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
