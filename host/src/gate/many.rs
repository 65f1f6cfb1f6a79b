//! One permit for many: one decision over a set of targets, sends checked against it member by member, and an exact
//! account of which members were used.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::account::{Account, Used};
use super::held::Held;
use super::permit::Ticket;
use super::{Declared, Denial, Gate, Request, malformed, suspended, told_opens};
use crate::audit::{self, Event, LONGEST_PARTS, Part};
use crate::core::TargetSet;
use crate::core::set::{address_of, number, shown_ports, shown_range};
use crate::policy::{Exception, MemberVerdict, Refusal, SenderGroup, SetDecision};

/// The set of a permit, and what was decided of it.
pub(super) struct Many {
    set: Arc<TargetSet>,
    /// As the rules decided when it was opened.
    before: SetDecision,
    /// As it holds: without what was used up then, or another process denies.
    decision: SetDecision,
    /// The terms of each ground, where it has any.
    held: Vec<Option<Box<Held>>>,
    /// Kept where the log is.
    account: Option<Mutex<Account>>,
    /// What was used could not be written, and had to be.
    unwritten: AtomicBool,
}

/// A member that may be sent to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    /// Where it is. Its port is 0 where there are none.
    pub(crate) at: SocketAddr,
    pub(crate) number: u32,
    ground: u32,
    /// Whether one more may be sent is for the account to say when this one was.
    pub(crate) is_metered: bool,
}

/// Members of a set that were refused, and why.
#[derive(Debug, Clone)]
pub struct Excepted {
    /// First and last address.
    pub ranges: Vec<(IpAddr, IpAddr)>,
    /// First and last port; none where all that were asked for are meant.
    pub ports: Vec<(u16, u16)>,
    /// Why.
    pub denial: Denial,
}

impl Gate {
    /// Decides a request for a set. What is denied of it is an exception of the permit.
    pub(super) fn decide_set(
        self: &Arc<Self>,
        declared: Declared,
        request: Request,
        set: &Arc<TargetSet>,
    ) -> Result<Ticket, Denial> {
        let capability = declared.name;
        let refused = |refusal| Err(self.refused(capability, &request, None, refusal));
        if !declared.is_about(&request.target) {
            return refused(malformed());
        }
        let mut decision = match self.judge_set(capability, &request, set) {
            Ok(decision) => decision,
            Err(refusal) => return refused(refusal),
        };
        let before = decision.clone();
        if let Err(opens) = self.pace.take() {
            return refused(Refusal {
                rule: told_opens(opens),
                remedy: "raise `opens` in [limits] of the system's policy".to_owned(),
                missing: false,
            });
        }
        let mut held = Vec::with_capacity(decision.grounds.len());
        for ground in 0..decision.grounds.len() {
            let terms = self.held(&decision.grounds[ground]);
            if let Some(end) = terms.as_ref().and_then(|held| held.begin().err()) {
                let (rule, remedy) = end.told();
                let spent = Refusal {
                    rule,
                    remedy,
                    missing: false,
                };
                decision.withdraw(ground as u32, spent);
            }
            held.push(terms);
        }
        if let Some(refusal) = whole(&decision, capability, set) {
            return refused(refusal);
        }
        let parts = parts(&decision, set);
        if parts.iter().map(Part::room).sum::<usize>() > LONGEST_PARTS {
            return refused(Refusal {
                rule: "the exceptions of this set do not fit one record".into(),
                remedy: "ask for a smaller network".into(),
                missing: false,
            });
        }
        let handle = self.log.next_handle();
        let rule = rules(&decision);
        let opened = audit::Access {
            handle,
            capability,
            request: &request,
            asked: None,
            rule: &rule,
            grant: decision.grounds.first().map(|terms| terms.source),
            parts: &parts,
        };
        if let Err(error) = self.log.write(&Event::Open(&opened)) {
            return Err(self.unrecorded(capability, &request, &error));
        }
        // The broker has decided too, and may have denied more.
        let narrower = self.log.exceptions(handle);
        for (exception, rule) in
            narrower.map_err(|error| self.unrecorded(capability, &request, &error))?
        {
            let refusal = Refusal {
                remedy: format!("a rule of the service's policy instead of {rule}"),
                rule,
                missing: false,
            };
            decision.narrow(&exception, refusal);
        }
        let account = self
            .log
            .is_kept_here()
            .then(|| Mutex::new(Account::new(set)));
        let many = Many {
            set: Arc::clone(set),
            before,
            decision,
            held,
            account,
            unwritten: AtomicBool::new(false),
        };
        let gate = Arc::clone(self);
        Ok(Ticket::for_many(gate, capability, handle, request, many))
    }

    /// What the policy says of each member of a set, as it stands; an error where that is nothing but no.
    pub(super) fn judge_set(
        &self,
        capability: &str,
        request: &Request,
        set: &TargetSet,
    ) -> Result<SetDecision, Refusal> {
        let standing = self.standing();
        if let Some(why) = standing.suspended {
            return Err(suspended(&why));
        }
        let named = self.resolved.within(set);
        let names = |address| self.resolved.names(address);
        let decision = standing
            .in_force
            .decide_set(capability, request, set, &named, names)?;
        match whole(&decision, capability, set) {
            Some(refusal) => Err(refusal),
            None => Ok(decision),
        }
    }
}

/// Why nothing of the set is allowed, if that is so.
fn whole(decision: &SetDecision, capability: &str, set: &TargetSet) -> Option<Refusal> {
    if !decision.denies_all() {
        return None;
    }
    let exceptions = decision.exceptions();
    let first = exceptions.first()?;
    let mut refusal = decision.refusal(first, capability, set.is_ipv6());
    if exceptions.len() > 1 {
        refusal.rule += &format!(", and {} more", exceptions.len() - 1);
    }
    Some(refusal)
}

/// The rules that allow a part of it.
fn rules(decision: &SetDecision) -> String {
    let mut rules: Vec<&str> = Vec::new();
    for terms in &decision.grounds {
        if !rules.contains(&&*terms.rule) {
            rules.push(&terms.rule);
        }
    }
    rules.join(", ")
}

/// The exceptions as the record has them.
fn parts(decision: &SetDecision, set: &TargetSet) -> Vec<Part> {
    let part = |exception: Exception| {
        let refusal = decision.refusals.get(exception.refusal as usize);
        let addresses: u64 = exception
            .ranges
            .iter()
            .map(|(first, last)| (last - first) as u64 + 1)
            .sum();
        let ports = match &exception.ports[..] {
            [] => u64::from(set.width()),
            ports => ports
                .iter()
                .map(|(first, last)| u64::from(last - first) + 1)
                .sum(),
        };
        let ranges = exception.ranges.iter();
        let shown = ranges.map(|(first, last)| shown_range(set.is_ipv6(), *first, *last));
        Part {
            addresses: shown.collect::<Vec<_>>().join(","),
            ports: match &exception.ports[..] {
                [] => None,
                ports => Some(shown_ports(ports)),
            },
            rule: refusal.map(|refusal| refusal.rule.clone()),
            count: addresses * ports,
        }
    };
    decision.exceptions().into_iter().map(part).collect()
}

impl Ticket {
    /// The set that was permitted, if it is one.
    pub(crate) fn set(&self) -> Option<&Arc<TargetSet>> {
        self.many.as_ref().map(|many| &many.set)
    }

    /// What of the set is denied.
    pub(crate) fn exceptions(&self) -> Vec<(Exception, Refusal)> {
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
    pub(crate) fn first_allowed(&self) -> Option<SocketAddr> {
        let many = self.many.as_ref()?;
        let (first, _) = *many.decision.allowed_ranges().first()?;
        let port = many.set.port_at(0);
        Some(SocketAddr::new(address_of(many.set.is_ipv6(), first), port))
    }

    /// Who of the set may be received from.
    pub(crate) fn senders(&self) -> Vec<SenderGroup> {
        let many = self.many.as_ref();
        many.map_or_else(Vec::new, |many| many.decision.allowed())
    }

    /// A member of the set that may be sent to, whatever its quotas.
    #[inline]
    pub(crate) fn member(&self, number: u32) -> Result<Member, Denial> {
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
    pub(crate) fn may_send_member(
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
    pub(crate) fn count_sent_members(&self, sent: impl Iterator<Item = (Member, usize)>) {
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
        if let Some(account) = &mut account
            && account.is_full()
            && self.tell(account, |_| false).is_none()
        {
            many.unwritten.store(true, Relaxed);
        }
    }

    /// Whether what this member sends may be handed to the plugin; counted if so.
    pub(crate) fn admit_member(&self, address: IpAddr, port: u16, bytes: usize) -> bool {
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
    pub(crate) fn is_allowed_member(&self, address: IpAddr, port: u16) -> bool {
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
    pub(super) fn allowed_less(&self, many: &Many) -> Option<String> {
        let judged = self
            .gate
            .judge_set(self.capability, &self.request, &many.set);
        match judged {
            Ok(decision) => decision.allows_less(&many.before),
            Err(refusal) => Some(refusal.rule),
        }
    }

    /// Why what one of its rules allows is over, as far as is known here.
    pub(super) fn end_of_many(&self, many: &Many) -> Option<String> {
        let mut held = many.held.iter().flatten();
        Some(held.find_map(|held| held.ended())?.told().0)
    }

    /// Whether any of its rules still allows anything.
    pub(super) fn may_open_many(&self, many: &Many) -> Result<(), Denial> {
        let mut over = None;
        for held in &many.held {
            match held.as_ref().map(|held| (held, held.check(|_| Ok(())))) {
                None | Some((_, Ok(()))) => return Ok(()),
                Some((held, Err(end))) => over = Some((held, end)),
            }
        }
        over.map_or(Ok(()), |(held, end)| Err(self.ended(held, &end)))
    }

    /// Records what was used since that was last told. What is left for the close, where `last` says that a part may
    /// be, is returned; nothing where a record had to be written and could not.
    fn tell(&self, account: &mut Account, last: impl Fn(&[Part]) -> bool) -> Option<Vec<Part>> {
        let (mut parts, mut room, mut written) = (Vec::new(), 0, true);
        account.drain(|used| {
            if room + used.room() > LONGEST_PARTS {
                written &= self.write_used(&parts);
                parts.clear();
                room = 0;
            }
            room += used.room();
            parts.push(Part::from(used));
        });
        if !parts.is_empty() && !last(&parts) {
            written &= self.write_used(&parts);
            parts.clear();
        }
        written.then_some(parts)
    }

    fn write_used(&self, parts: &[Part]) -> bool {
        let access = self.access(parts);
        let written = self.gate.log.write(&Event::Used(&access));
        written
            .inspect_err(|error| self.gate.log.complain(error))
            .is_ok()
    }

    /// What was used, for the record of the close; more records before it where it does not fit one.
    pub(super) fn used(&self) -> Vec<Part> {
        let account = self.many.as_ref().and_then(|many| many.account.as_ref());
        let Some(account) = account else {
            return Vec::new();
        };
        self.tell(&mut locked(account), |_| true)
            .unwrap_or_default()
    }

    #[cold]
    fn excepted(&self, many: &Many, at: SocketAddr, refusal: u32) -> Denial {
        self.gate.log.count_unrecorded_denial();
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
        self.gate.log.count_unrecorded_denial();
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

impl From<Used> for Part {
    fn from(used: Used) -> Self {
        Self {
            addresses: used.addresses,
            ports: used.ports,
            rule: None,
            count: used.count,
        }
    }
}

fn locked(account: &Mutex<Account>) -> MutexGuard<'_, Account> {
    account.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "many_tests.rs"]
mod tests;
