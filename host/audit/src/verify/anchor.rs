//! Who vouches for a log from outside it: a head that was taken elsewhere, the hash of a record, a witness.
//! Each looks at the records as they pass by, and says in the end what it makes of them.

use super::report::Verdict;
use crate::position::Position;
use crate::record::Record;

/// A source of trust that is not in the log.
pub trait Anchor {
    /// The next record of the log. `line` is how it stands in the file, without its newline.
    fn see(&mut self, record: &Record<'_>, line: &[u8]);

    /// The log is over, and stands here; nowhere, when it has no record.
    fn judge(&mut self, end: Option<&Position>) -> Judgement;
}

/// What an anchor makes of a log.
#[derive(Debug, Clone, Default)]
pub struct Judgement {
    /// The log has what the anchor knows, up to the record with this number: none up to there was cut off.
    pub complete: Option<u64>,
    /// The anchor vouches for every record up to this one, as a signature would.
    pub vouched: Option<u64>,
    /// What is wrong.
    pub findings: Vec<(Verdict, String)>,
    /// What is worth knowing and nothing wrong.
    pub notes: Vec<String>,
}

impl Judgement {
    pub(super) fn found(verdict: Verdict, why: String) -> Self {
        Self {
            findings: vec![(verdict, why)],
            ..Self::default()
        }
    }
}
