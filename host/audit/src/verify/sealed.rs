//! Whether records carry the seal of the log's writer, from the record on whose key is known.

use super::anchor::{Anchor, Judgement};
use super::report::Verdict;
use crate::chain;
use crate::position::Position;
use crate::record::{Cause, Record};
use crate::secrets::SealKey;

/// A seal key, and what was found with it.
pub(super) struct Sealed {
    key: SealKey,
    /// It is what the log's writer holds now; otherwise, what it held when the key was taken elsewhere.
    held: bool,
    /// The first record that does not carry the seal.
    foreign: Option<u64>,
    /// The record with which the writer began another seal.
    over: Option<u64>,
}

impl Sealed {
    pub(super) fn of(key: &SealKey, held: bool) -> Self {
        Self {
            key: key.clone(),
            held,
            foreign: None,
            over: None,
        }
    }
}

impl Anchor for Sealed {
    fn see(&mut self, record: &Record<'_>, line: &[u8]) {
        // Of what follows a record of somebody else, nothing more is to be learnt, and the key of a record far
        // from the last one takes long to reach.
        if record.seq < self.key.from || self.over.is_some() || self.foreign.is_some() {
            return;
        }
        let key = self.key.at(record.seq);
        let own = key.as_ref().zip(chain::body(line));
        if own.is_some_and(|(key, (body, mac))| key.mac(&body) == mac) {
            self.key = key.unwrap_or_else(|| self.key.clone());
            return;
        }
        let begun_anew = record
            .lost
            .as_ref()
            .is_some_and(|lost| lost.cause == Cause::NoHead);
        if begun_anew && !self.held {
            self.over = Some(record.seq);
        } else {
            self.foreign = Some(record.seq);
        }
    }

    fn judge(&mut self, _: Option<&Position>) -> Judgement {
        let mut judgement = Judgement::default();
        if let Some(seq) = self.foreign {
            let why = format!(
                "record {seq} does not carry the seal of the log's writer: it was changed or added"
            );
            judgement.findings.push((Verdict::Tampered, why));
        }
        if let Some(seq) = self.over {
            let why = format!(
                "from record {seq} on the log has another seal than the key that was given"
            );
            judgement.findings.push((Verdict::Unverifiable, why));
        }
        judgement
    }
}
