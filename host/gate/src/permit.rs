//! Permits: the proof that the gate allowed a request, and the account of its use.

use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::many::{Excepted, Many};
use super::parts::Parts;
use super::permit_terms::{End, PermitTerms};
use super::{Denial, Gate};
use nethost_core::set::address_of;
use nethost_core::{
    Access, Capability, Claim, Event, Exception, HostName, Outcome, Part, Request, Target, Totals,
};
use nethost_policy::{Decision, Refusal, Terms};

/// Proof that the gate allowed one request of capability `C`, and that the decision is on record.
///
/// It exists as long as the resource that it permits. When it is dropped, the totals and the outcome are recorded.
pub struct Permit<C: Capability> {
    ticket: Ticket,
    capability: PhantomData<C>,
}

/// A permit with its capability as a name instead of a type.
pub struct Ticket {
    pub(super) gate: Arc<Gate>,
    pub(super) capability: &'static str,
    handle: u64,
    pub(super) request: Request,
    asked: Option<Arc<str>>,
    terms: Terms,
    permit_terms: Option<Box<PermitTerms>>,
    /// Why it was revoked: the policy has changed.
    revoked: OnceLock<Denial>,
    /// For a set: the decision about the set.
    pub(super) many: Option<Box<Many>>,
    pub(super) parts: Parts,
    opened: Instant,
    pub(super) sent: AtomicU64,
    pub(super) sent_bytes: AtomicU64,
    pub(super) received: AtomicU64,
    pub(super) received_bytes: AtomicU64,
    errno: AtomicI32,
    /// A descriptor was passed on under it that can send without asking this process.
    lent: AtomicBool,
    /// Which of its totals only the runner knows.
    claimed: OnceLock<&'static [Claim]>,
}

const OK: i32 = i32::MIN;

/// The tolerance between two processes that count the same packets.
const LATE: Duration = Duration::from_millis(10);

impl<C: Capability> Permit<C> {
    pub(super) fn holding(ticket: Ticket) -> Self {
        Self {
            ticket,
            capability: PhantomData,
        }
    }

    /// Its number within the run.
    pub fn handle(&self) -> u64 {
        self.ticket.handle
    }

    /// The same without the type, for the broker.
    pub fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    /// What was permitted.
    pub fn request(&self) -> &Request {
        &self.ticket.request
    }

    /// Checks and counts one packet to a member of the permitted set, like sending it.
    pub fn send_one_of(&self, member: u32, bytes: usize) -> Result<(), Denial> {
        let member = self.ticket.may_send_member(member, bytes, Duration::ZERO)?;
        self.ticket
            .count_sent_members([(member, bytes)].into_iter());
        Ok(())
    }

    /// The denied parts of the permitted set.
    pub fn exceptions(&self) -> Vec<Excepted> {
        let Some(set) = self.ticket.set() else {
            return Vec::new();
        };
        let ipv6 = set.is_ipv6();
        let excepted = |(exception, refusal): (Exception, Refusal)| {
            let address = |number| address_of(ipv6, number);
            let ranges = exception.ranges.iter();
            Excepted {
                ranges: ranges.map(|(a, b)| (address(*a), address(*b))).collect(),
                denial: Denial {
                    capability: C::NAME.into(),
                    target: exception.shown(ipv6),
                    rule: refusal.rule,
                    remedy: refusal.remedy,
                },
                ports: exception.ports,
            }
        };
        self.ticket.exceptions().into_iter().map(excepted).collect()
    }

    /// Whether a quota limits what is sent and received under it.
    pub fn is_metered(&self) -> bool {
        let terms = self.ticket.permit_terms.as_ref();
        terms.is_some_and(|terms| !terms.meters.is_empty())
    }

    /// Checks, before the system call, whether one more packet or message of this many bytes can be sent: whether the
    /// rules that allowed this still do, and whether their quotas are not used up.
    #[inline]
    pub fn may_send(&self, bytes: usize) -> Result<(), Denial> {
        let Some(terms) = &self.ticket.permit_terms else {
            return Ok(());
        };
        let packets = terms.charge();
        terms
            .check(|meter| meter.may_send(packets, bytes as u64, Duration::ZERO))
            .map_err(|end| self.ticket.ended(terms, &end))
    }

    /// Whether one more packet or message of this many bytes can be passed to the plugin. Otherwise it is withheld.
    #[inline]
    pub fn may_receive(&self, bytes: usize) -> Result<(), Denial> {
        let Some(terms) = &self.ticket.permit_terms else {
            return Ok(());
        };
        terms
            .check(|meter| meter.may_receive(bytes as u64))
            .map_err(|end| self.ticket.ended(terms, &end))
    }

    /// Counts one packet or message sent under this permit.
    #[inline]
    pub fn count_sent(&self, bytes: usize) {
        self.ticket.count_sent(bytes);
    }

    /// Counts one packet or message received under this permit.
    #[inline]
    pub fn count_received(&self, bytes: usize) {
        self.ticket.received.fetch_add(1, Relaxed);
        self.ticket.gate.heard.fetch_add(1, Relaxed);
        self.ticket.received_bytes.fetch_add(bytes as u64, Relaxed);
        if let Some(terms) = &self.ticket.permit_terms {
            terms.count(|meter| meter.count_received(bytes as u64));
        }
    }

    /// Notes that the permitted operation failed.
    pub fn failed(&self, error: &io::Error) {
        self.ticket
            .errno
            .store(error.raw_os_error().unwrap_or(0), Relaxed);
    }
}

impl<C: Capability> fmt::Debug for Permit<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Permit({} {})", C::NAME, self.ticket.request.target)
    }
}

impl Ticket {
    pub(super) fn new(
        gate: Arc<Gate>,
        capability: &'static str,
        handle: u64,
        request: Request,
        asked: Option<Arc<str>>,
        terms: Terms,
        permit_terms: Option<Box<PermitTerms>>,
    ) -> Self {
        gate.open.fetch_add(1, Relaxed);
        Self {
            gate,
            capability,
            handle,
            request,
            asked,
            terms,
            permit_terms,
            revoked: OnceLock::new(),
            many: None,
            parts: Parts::default(),
            opened: Instant::now(),
            sent: AtomicU64::new(0),
            sent_bytes: AtomicU64::new(0),
            received: AtomicU64::new(0),
            received_bytes: AtomicU64::new(0),
            errno: AtomicI32::new(OK),
            lent: AtomicBool::new(false),
            claimed: OnceLock::new(),
        }
    }

    /// One for a set.
    pub(super) fn for_many(
        gate: Arc<Gate>,
        capability: &'static str,
        handle: u64,
        request: Request,
        many: Many,
    ) -> Self {
        let terms = Terms {
            rule: Arc::from(""),
            source: "",
            quotas: Vec::new(),
            until: None,
            forced: Vec::new(),
        };
        let mut ticket = Self::new(gate, capability, handle, request, None, terms, None);
        ticket.many = Some(Box::new(many));
        ticket
    }

    /// True if a rule denies this request of the same capability. For parts of what was permitted, such as one of all
    /// interfaces.
    pub fn forbids(&self, request: &Request) -> bool {
        self.gate.forbids_named(self.capability, request)
    }

    /// Whether it would be allowed if its target were known to belong to others than the user of a service.
    pub fn reaches_others(&self) -> bool {
        let request = Request {
            of_others: true,
            ..self.request.clone()
        };
        self.gate.would_decide(self.capability, &request)
    }

    /// True if a rule denies some request of the same capability, so that [`Self::forbids`] is worth asking.
    pub fn forbids_some(&self) -> bool {
        self.gate.forbids_some(self.capability)
    }

    /// The gate that permitted it.
    pub fn gate(&self) -> &Arc<Gate> {
        &self.gate
    }

    /// The name of what was permitted.
    pub fn capability(&self) -> &'static str {
        self.capability
    }

    /// What was permitted.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// About how many bytes it takes.
    pub fn room(&self) -> usize {
        let many = self.many.as_ref().map_or(0, |many| many.room());
        super::room(&self.request) + many
    }

    /// Its number in the records. Another process may know it by a different number.
    pub fn recorded_as(&self) -> u64 {
        self.handle
    }

    /// Whether the rules that allowed it still do. This is checked before each use.
    pub fn check_terms(&self) -> Result<(), Denial> {
        self.stands()?;
        if let Some(many) = &self.many {
            return self.may_open_many(many);
        }
        match &self.permit_terms {
            Some(terms) => terms
                .check(|_| Ok(()))
                .map_err(|end| self.ended(terms, &end)),
            None => Ok(()),
        }
    }

    /// Counts an immediate operation, such as connecting or opening a file, as one message, if one is left.
    pub fn charge(&self) -> Result<(), Denial> {
        self.stands()?;
        let Some(terms) = &self.permit_terms else {
            return Ok(());
        };
        let packets = terms.charge();
        terms
            .check(|meter| meter.may_send(packets, 0, Duration::ZERO))
            .map_err(|end| self.ended(terms, &end))?;
        terms.first_packet_paid.store(false, Relaxed);
        terms.count(|meter| meter.count_sent(packets, 0));
        Ok(())
    }

    /// Whether it is for this name.
    pub fn is_about(&self, name: &HostName) -> bool {
        matches!(&self.request.target, Target::Name(permitted) if permitted == name)
    }

    /// Whether its name was resolved to this address.
    pub fn stands_for(&self, address: IpAddr) -> bool {
        let names = self.gate.resolved.names(address);
        names.iter().any(|led| self.is_about(&led.name))
    }

    /// Why it has ended, as far as this process knows.
    pub fn end(&self) -> Option<String> {
        if let Some(many) = &self.many {
            return self.end_of_many(many);
        }
        let end = self.permit_terms.as_ref()?.ended()?;
        Some(end.denial().0)
    }

    /// Why it has ended, if its time was over so long ago that its holder evidently ignores it.
    pub fn overdue(&self, grace: Duration) -> Option<String> {
        let until = match &self.many {
            Some(many) => Self::until_of_many(many),
            None => self.terms.until,
        };
        let late = Timestamp::now().duration_since(until?);
        (late >= SignedDuration::try_from(grace).ok()?)
            .then(|| self.end())
            .flatten()
    }

    /// The same as for a permit, for a process that sends what another process was allowed to send a moment ago.
    pub fn may_send_late(&self, bytes: usize) -> Result<(), Denial> {
        self.stands()?;
        let Some(terms) = &self.permit_terms else {
            return Ok(());
        };
        let packets = terms.charge();
        terms
            .check(|meter| meter.may_send(packets, bytes as u64, LATE))
            .map_err(|end| self.ended(terms, &end))
    }

    /// Whether it has not been revoked.
    pub fn stands(&self) -> Result<(), Denial> {
        self.revoked
            .get()
            .map_or(Ok(()), |denial| Err(denial.clone()))
    }

    /// Asks the gate again, after a change of the policy. If the gate would not allow it any more, or would allow
    /// less, the permit is revoked and this is recorded. Returns the reason.
    pub fn recheck(&self) -> Option<&Denial> {
        if let Some(many) = &self.many {
            let less = self.allowed_less(many)?;
            return Some(self.revoke(&less, "open it anew".to_owned()));
        }
        let names = self.gate.names_of(&self.request.target);
        let standing = self.gate.standing();
        let decided = standing
            .in_force
            .decide(self.capability, &self.request, &names);
        match decided {
            Decision::Allowed(terms) if terms.narrow(&self.terms) => {
                let rule = format!("{} allows less of it than when it was opened", terms.rule);
                let remedy = "open it anew".to_owned();
                Some(self.revoke(&rule, remedy))
            }
            Decision::Allowed(_) => {
                let rule = self.parts.denied_now(self)?;
                Some(self.revoke(&rule, "open it anew".to_owned()))
            }
            Decision::Denied(refusal) => Some(self.revoke(&refusal.rule, refusal.remedy)),
        }
    }

    /// Revokes it. Only the first time is recorded.
    pub fn revoke(&self, rule: &str, remedy: String) -> &Denial {
        self.revoked.get_or_init(|| {
            let rule = format!("revoked while it was open: {rule}");
            let asked = self.asked.as_deref();
            self.gate
                .record_denial(self.capability, &self.request, asked, &rule);
            Denial {
                capability: self.capability.into(),
                target: self.request.target.to_string(),
                rule,
                remedy,
            }
        })
    }

    /// Counts one packet or message sent.
    #[inline]
    pub fn count_sent(&self, bytes: usize) {
        self.sent.fetch_add(1, Relaxed);
        self.sent_bytes.fetch_add(bytes as u64, Relaxed);
        if let Some(terms) = &self.permit_terms {
            let packets = terms.charge();
            terms.first_packet_paid.store(false, Relaxed);
            terms.count(|meter| meter.count_sent(packets, bytes as u64));
        }
    }

    /// Notes that a descriptor is passed on that can send without asking this process. Only its holder knows what it
    /// sends.
    pub fn lend(&self) {
        self.lent.store(true, Relaxed);
    }

    /// Takes over the totals of an access that another process has counted. What this process sent, it has counted
    /// itself; the other's count of that is ignored. Totals that only the other process knows are recorded as its
    /// claim.
    pub fn settle(&self, totals: &Totals) {
        let lent = self.lent.load(Relaxed);
        let counted_here = self.many.is_some() || self.sent.load(Relaxed) > 0;
        // Without either, as for a TLS session, it reports on traffic for which there are other permits.
        let claims_more = !counted_here && (totals.packets_sent > 0 || totals.bytes_sent > 0);
        let claimed: &'static [Claim] = if lent || claims_more {
            self.sent.fetch_max(totals.packets_sent, Relaxed);
            self.sent_bytes.fetch_max(totals.bytes_sent, Relaxed);
            &[Claim::Outcome, Claim::Received, Claim::Sent]
        } else {
            &[Claim::Outcome, Claim::Received]
        };
        let _ = self.claimed.set(claimed);
        self.received.store(totals.packets_received, Relaxed);
        self.received_bytes.store(totals.bytes_received, Relaxed);
        if let Outcome::Failed(errno) = totals.outcome {
            self.errno.store(errno, Relaxed);
        }
    }

    /// The denial. It is recorded once for each permit; later ones are counted.
    #[cold]
    pub(super) fn ended(&self, terms: &PermitTerms, end: &End<'_>) -> Denial {
        let (rule, remedy) = end.denial();
        if terms.end_recorded.swap(true, Relaxed) {
            self.gate.records.count_unrecorded_denials(1);
        } else {
            let asked = self.asked.as_deref();
            self.gate
                .record_denial(self.capability, &self.request, asked, &rule);
        }
        Denial {
            capability: self.capability.into(),
            target: self.request.target.to_string(),
            rule,
            remedy,
        }
    }
}

impl Ticket {
    /// The access, for the record of its end.
    pub(super) fn access<'a>(&'a self, parts: &'a [Part]) -> Access<'a> {
        Access {
            handle: self.handle,
            capability: self.capability,
            request: &self.request,
            asked: self.asked.as_deref(),
            rule: "",
            grant: None,
            parts,
            reports: &[],
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let used = self.used();
        let outcome = match self.errno.load(Relaxed) {
            OK => Outcome::Ok,
            errno => Outcome::Failed(errno),
        };
        let totals = Totals {
            outcome,
            packets_sent: self.sent.load(Relaxed),
            packets_received: self.received.load(Relaxed),
            bytes_sent: self.sent_bytes.load(Relaxed),
            bytes_received: self.received_bytes.load(Relaxed),
            duration: self.opened.elapsed(),
            claimed: self.claimed.get().copied().unwrap_or_default(),
        };
        let access = self.access(&used);
        self.gate.records.note(&Event::Close(&access, &totals));
        self.gate.open.fetch_sub(1, Relaxed);
    }
}
