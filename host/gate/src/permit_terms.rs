//! The terms of a permit: the end of its rules and their quotas.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use jiff::Timestamp;

use super::meter::{Meter, UsedUp};

/// The terms of one permit. The accounts are shared by all permits of their rules.
pub(super) struct PermitTerms {
    pub(super) meters: Vec<(Arc<str>, Arc<Meter>)>,
    until: Option<(Arc<str>, Timestamp)>,
    /// The request itself was counted as one message, so the first packet under it is not counted again.
    pub(super) first_packet_paid: AtomicBool,
    /// Its end is recorded.
    pub(super) end_recorded: AtomicBool,
}

/// Why a permit has ended.
#[derive(Debug)]
pub(super) enum End<'a> {
    Time(&'a Arc<str>, Timestamp),
    Quota(&'a Arc<str>, &'a Meter, UsedUp),
}

impl PermitTerms {
    pub(super) fn new(
        meters: Vec<(Arc<str>, Arc<Meter>)>,
        until: Option<(Arc<str>, Timestamp)>,
    ) -> Self {
        Self {
            meters,
            until,
            first_packet_paid: AtomicBool::new(false),
            end_recorded: AtomicBool::new(false),
        }
    }

    /// Counts the request as one message.
    pub(super) fn begin(&self) -> Result<(), End<'_>> {
        self.check(|meter| meter.may_send(1, 0, Duration::ZERO))?;
        self.count(|meter| meter.count_sent(1, 0));
        self.first_packet_paid.store(true, Relaxed);
        Ok(())
    }

    /// The number of packets that the next packet counts as.
    pub(super) fn charge(&self) -> u64 {
        u64::from(!self.first_packet_paid.load(Relaxed))
    }

    pub(super) fn check(&self, ask: impl Fn(&Meter) -> Result<(), UsedUp>) -> Result<(), End<'_>> {
        if let Some((rule, until)) = &self.until
            && Timestamp::now() >= *until
        {
            return Err(End::Time(rule, *until));
        }
        self.meters
            .iter()
            .try_for_each(|(rule, meter)| ask(meter).map_err(|part| End::Quota(rule, meter, part)))
    }

    /// Whether it has ended, as far as this process knows.
    pub(super) fn ended(&self) -> Option<End<'_>> {
        self.check(|meter| {
            meter
                .may_send(1, 0, Duration::ZERO)
                .and_then(|()| meter.may_receive(0))
        })
        .err()
    }

    /// The ways in which its quotas can end it, whatever was counted so far.
    pub(super) fn possible_ends(&self) -> impl Iterator<Item = End<'_>> {
        const PARTS: [UsedUp; 3] = [UsedUp::Rate, UsedUp::Packets, UsedUp::Bytes];
        self.meters.iter().flat_map(|(rule, meter)| {
            let limited = PARTS.into_iter().filter(|part| meter.limits(*part));
            limited.map(move |part| End::Quota(rule, meter, part))
        })
    }

    pub(super) fn count(&self, count: impl Fn(&Meter)) {
        self.meters.iter().for_each(|(_, meter)| count(meter));
    }
}

impl End<'_> {
    /// The rule that ended it, and the remedy.
    pub(super) fn denial(&self) -> (String, String) {
        match self {
            End::Time(rule, until) => (
                format!("{rule} ended at {until}"),
                format!("set `until` anew in the rule at {rule}"),
            ),
            End::Quota(rule, meter, part) => (
                format!("{} of {rule} is used up", meter.shown(*part)),
                format!("raise it in the rule at {rule}"),
            ),
        }
    }
}
