//! When a zone transfer is over: AXFR (RFC 5936) and IXFR (RFC 1995) end with the SOA that they began with.

use crate::kind::rtype;
use crate::lookup::Lookup;
use crate::reply::Record;
use crate::report::Transferred;

/// How it stands after a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    More,
    Done,
    Failed(&'static str),
}

/// A transfer under way.
#[derive(Clone, Debug)]
pub(crate) struct Transfer {
    /// The serial that we have, for an incremental one.
    have: Option<u32>,
    first: Option<u32>,
    second: Option<u32>,
    /// It has the shape of a full one.
    full: bool,
    repeated: bool,
    pub(crate) transferred: Transferred,
}

impl Transfer {
    pub(crate) fn new(lookup: &Lookup) -> Self {
        let incremental = lookup.rtype == rtype::IXFR;
        Self {
            have: incremental.then_some(lookup.ixfr_serial),
            first: None,
            second: None,
            full: !incremental,
            repeated: false,
            transferred: Transferred::default(),
        }
    }

    /// Takes in a message's answers.
    pub(crate) fn take(&mut self, bytes: usize, answers: &[Record<'_>]) -> Progress {
        self.transferred.messages += 1;
        self.transferred.bytes += bytes as u64;
        if answers.is_empty() {
            return Progress::Failed("; Transfer failed.");
        }
        for record in answers {
            self.transferred.records += 1;
            match self.record(record) {
                Progress::More => {}
                end => return end,
            }
        }
        Progress::More
    }

    fn record(&mut self, record: &Record<'_>) -> Progress {
        let serial = (record.rtype == rtype::SOA)
            .then(|| serial(record))
            .flatten();
        let Some(serial) = serial else {
            if self.first.is_none() {
                return Progress::Failed("; Transfer failed.  Didn't start with SOA answer.");
            }
            if self.second.is_none() {
                self.second = Some(0);
                self.full = true;
            }
            return Progress::More;
        };
        let Some(first) = self.first else {
            self.first = Some(serial);
            // The server has nothing newer (RFC 1982 arithmetic).
            let current = self
                .have
                .is_some_and(|have| have.wrapping_sub(serial).cast_signed() >= 0);
            return if current {
                Progress::Done
            } else {
                Progress::More
            };
        };
        if self.full {
            return Progress::Done;
        }
        if self.second.is_none() {
            if first == serial {
                return Progress::Done;
            }
            self.second = Some(serial);
            return Progress::More;
        }
        if first == serial && std::mem::replace(&mut self.repeated, true) {
            return Progress::Done;
        }
        Progress::More
    }
}

/// The serial: the first of the five numbers at the end.
fn serial(record: &Record<'_>) -> Option<u32> {
    let bytes = record.data.bytes();
    let start = bytes.len().checked_sub(20)?;
    let field = bytes.get(start..start + 4)?;
    Some(u32::from_be_bytes(field.try_into().ok()?))
}
