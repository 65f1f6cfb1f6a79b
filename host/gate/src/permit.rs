//! The proof that the gate said yes, and the account of what was done with it.

use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::held::{End, Held};
use super::many::{Excepted, Many};
use super::{Denial, Gate};
use nethost_core::set::address_of;
use nethost_core::{
    Access, Capability, Claim, Event, Exception, HostName, Outcome, Part, Request, Target, Totals,
};
use nethost_policy::{Decision, Refusal, Terms};

/// Proof that the gate allowed one request of capability `C`, and that the decision is on record.
///
/// It lives as long as what it opened. When it is dropped, the totals and the outcome are recorded.
pub struct Permit<C: Capability> {
    ticket: Ticket,
    capability: PhantomData<C>,
}

/// A permit whose capability is known by its name.
pub struct Ticket {
    pub(super) gate: Arc<Gate>,
    pub(super) capability: &'static str,
    handle: u64,
    pub(super) request: Request,
    asked: Option<Arc<str>>,
    terms: Terms,
    held: Option<Box<Held>>,
    /// Why it is worth nothing any more: the policy has changed.
    revoked: OnceLock<Denial>,
    /// Where it is for a set: what was decided of that.
    pub(super) many: Option<Box<Many>>,
    opened: Instant,
    pub(super) sent: AtomicU64,
    pub(super) sent_bytes: AtomicU64,
    pub(super) received: AtomicU64,
    pub(super) received_bytes: AtomicU64,
    errno: AtomicI32,
    /// Something was handed out under it that sends without asking here.
    lent: AtomicBool,
    /// What of its totals the runner alone says.
    claimed: OnceLock<&'static [Claim]>,
}

const OK: i32 = i32::MIN;

/// What two processes that count the same packets may differ by in when they do.
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

    /// The same without its type, for the broker.
    pub fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    /// What was permitted.
    pub fn request(&self) -> &Request {
        &self.ticket.request
    }

    /// Checks and counts one packet to a member of the permitted set, as sending it does.
    pub fn send_one_of(&self, member: u32, bytes: usize) -> Result<(), Denial> {
        let member = self.ticket.may_send_member(member, bytes, Duration::ZERO)?;
        self.ticket
            .count_sent_members([(member, bytes)].into_iter());
        Ok(())
    }

    /// What of the permitted set is denied.
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

    /// Whether what is sent and received under it is limited.
    pub fn is_metered(&self) -> bool {
        let held = self.ticket.held.as_ref();
        held.is_some_and(|held| !held.meters.is_empty())
    }

    /// Asks, before the system call, whether one more packet or message of this many bytes may be sent:
    /// whether the rules that allowed this still do, and their quotas last.
    #[inline]
    pub fn may_send(&self, bytes: usize) -> Result<(), Denial> {
        let Some(held) = &self.ticket.held else {
            return Ok(());
        };
        let packets = held.charge();
        held.check(|meter| meter.may_send(packets, bytes as u64, Duration::ZERO))
            .map_err(|end| self.ticket.ended(held, &end))
    }

    /// Whether one more packet or message of this many bytes may be handed to the plugin. One that may
    /// not is withheld.
    #[inline]
    pub fn may_receive(&self, bytes: usize) -> Result<(), Denial> {
        let Some(held) = &self.ticket.held else {
            return Ok(());
        };
        held.check(|meter| meter.may_receive(bytes as u64))
            .map_err(|end| self.ticket.ended(held, &end))
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
        if let Some(held) = &self.ticket.held {
            held.count(|meter| meter.count_received(bytes as u64));
        }
    }

    /// Notes that what was permitted failed.
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
        held: Option<Box<Held>>,
    ) -> Self {
        gate.open.fetch_add(1, Relaxed);
        Self {
            gate,
            capability,
            handle,
            request,
            asked,
            terms,
            held,
            revoked: OnceLock::new(),
            many: None,
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
        };
        let mut ticket = Self::new(gate, capability, handle, request, None, terms, None);
        ticket.many = Some(Box::new(many));
        ticket
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

    /// Its number on record. Another process may know it by another.
    pub fn recorded_as(&self) -> u64 {
        self.handle
    }

    /// Whether the rules that allowed it still do. Asked before whatever is done under it.
    pub fn check_terms(&self) -> Result<(), Denial> {
        self.stands()?;
        if let Some(many) = &self.many {
            return self.may_open_many(many);
        }
        match &self.held {
            Some(held) => held.check(|_| Ok(())).map_err(|end| self.ended(held, &end)),
            None => Ok(()),
        }
    }

    /// Counts what is done at once, as dialling a connection or opening a file, as one message, if there is one left.
    pub fn charge(&self) -> Result<(), Denial> {
        self.stands()?;
        let Some(held) = &self.held else {
            return Ok(());
        };
        let packets = held.charge();
        held.check(|meter| meter.may_send(packets, 0, Duration::ZERO))
            .map_err(|end| self.ended(held, &end))?;
        held.prepaid.store(false, Relaxed);
        held.count(|meter| meter.count_sent(packets, 0));
        Ok(())
    }

    /// Whether this name is what it is about.
    pub fn is_about(&self, name: &HostName) -> bool {
        matches!(&self.request.target, Target::Name(permitted) if permitted == name)
    }

    /// Whether the name that it is about turned out to stand for this address.
    pub fn stands_for(&self, address: IpAddr) -> bool {
        let names = self.gate.resolved.names(address);
        names.iter().any(|led| self.is_about(&led.name))
    }

    /// Why it is over, as far as is known here.
    pub fn end(&self) -> Option<String> {
        if let Some(many) = &self.many {
            return self.end_of_many(many);
        }
        let end = self.held.as_ref()?.ended()?;
        Some(end.told().0)
    }

    /// Why it is over, if its time ended so long ago that whoever holds it does not heed it.
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

    /// The same as of a permit, for the process that sends what another was allowed to a moment ago.
    pub fn may_send_late(&self, bytes: usize) -> Result<(), Denial> {
        self.stands()?;
        let Some(held) = &self.held else {
            return Ok(());
        };
        let packets = held.charge();
        held.check(|meter| meter.may_send(packets, bytes as u64, LATE))
            .map_err(|end| self.ended(held, &end))
    }

    /// Whether nobody has revoked it.
    pub fn stands(&self) -> Result<(), Denial> {
        self.revoked
            .get()
            .map_or(Ok(()), |denial| Err(denial.clone()))
    }

    /// Asks the gate again, as after a change of the policy. What it would not allow any more, or allow less of, is
    /// revoked, and that is on record. Returns why.
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
            Decision::Allowed(_) => None,
            Decision::Denied(refusal) => Some(self.revoke(&refusal.rule, refusal.remedy)),
        }
    }

    /// Ends what it is for. Only the first time is on record.
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
        if let Some(held) = &self.held {
            let packets = held.charge();
            held.prepaid.store(false, Relaxed);
            held.count(|meter| meter.count_sent(packets, bytes as u64));
        }
    }

    /// Notes that something is handed out under it that sends without asking here: what it sends, only its holder
    /// knows.
    pub fn lend(&self) {
        self.lent.store(true, Relaxed);
    }

    /// Takes over the totals of an access that another process has counted. What was sent from here was counted here,
    /// and the other's count of that is not believed. What only the other knows is on record as its claim.
    pub fn settle(&self, totals: &Totals) {
        let lent = self.lent.load(Relaxed);
        let counted_here = self.many.is_some() || self.sent.load(Relaxed) > 0;
        // Without either, as for a session of TLS, it is an account of what other permits are for.
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

    /// The denial; its record is written once for each permit, later ones are counted.
    #[cold]
    pub(super) fn ended(&self, held: &Held, end: &End<'_>) -> Denial {
        let (rule, remedy) = end.told();
        if held.told.swap(true, Relaxed) {
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
    /// It, for a record of what became of it.
    pub(super) fn access<'a>(&'a self, parts: &'a [Part]) -> Access<'a> {
        Access {
            handle: self.handle,
            capability: self.capability,
            request: &self.request,
            asked: self.asked.as_deref(),
            rule: "",
            grant: None,
            parts,
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
