//! Whether a log is what was written. Every byte of every file is read once, in constant memory.
//!
//! What is told apart: content that was changed, records that are missing, a log that nothing vouches for, one
//! whose last records are not signed, one of which nobody knows where it ended, and one that is intact. See
//! docs/audit.md for what each proves.

mod anchor;
mod check;
mod claim;
mod keys;
mod lost;
mod report;
mod sealed;

use std::io;
use std::path::Path;

pub use crate::trust::{BadKeys, Trust};
pub use anchor::{Anchor, Judgement};
pub use check::Check;
pub use claim::{BadClaim, Claim};
pub use report::{Finding, Report, Verdict};

use super::head::Head;
use super::secrets::{self, SealKey};
use super::snapshot::{Snapshot, whole};
use super::witness::Witnesses;

/// What a log is compared with.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    /// The keys that may have signed it.
    pub trust: Trust,
    /// Those keys were taken elsewhere, so that the log must contain what they signed first.
    pub keys_given: bool,
    /// What it is known to contain.
    pub claims: Vec<Claim>,
    /// The key that seals the log's next record, on the machine that writes it.
    pub held: Option<SealKey>,
    /// Those that were taken elsewhere.
    pub seals: Vec<SealKey>,
}

impl Expected {
    /// The same, and what was given beside: keys that were are the only ones.
    pub fn with(mut self, given: Self) -> Self {
        if given.keys_given {
            (self.trust, self.keys_given) = (given.trust, true);
        }
        self.claims.extend(given.claims);
        self.seals.extend(given.seals);
        self
    }
}

/// Verifies a log with all its files, as they are at one moment.
pub fn verify(log: &Path, expected: &Expected) -> io::Result<Report> {
    verify_with(log, || Ok(expected.clone()), None)
}

/// The same, with witnesses who vouch for it. `expected` is asked at that moment, so that it is neither older
/// nor newer than the files.
pub fn verify_with(
    log: &Path,
    mut expected: impl FnMut() -> io::Result<Expected>,
    witnesses: Option<Witnesses<'_>>,
) -> io::Result<Report> {
    let asked = |_: &_| {
        let removed = witnesses.map(|witnesses| witnesses.removed()).transpose()?;
        Ok((expected()?, removed.flatten()))
    };
    whole(log, asked, |snapshot, (expected, removed)| {
        let judged = witnesses.map(|witnesses| witnesses.judge(snapshot, removed));
        let judged = judged.transpose()?.unwrap_or_default();
        let mut report = files(snapshot, &expected, Box::new(&judged))?;
        report.witnessed = judged.witnessed;
        Ok(report)
    })
}

/// Verifies a log on the machine that writes it, for whoever holds its lock.
pub(super) fn verify_locked(log: &Path, state: &Path) -> io::Result<Report> {
    let nobody = super::witness::Judgement::default();
    let expected = expected_here(state)?;
    files(&Snapshot::locked(log)?, &expected, Box::new(&nobody))
}

/// Verifies these files.
fn files<'a>(
    snapshot: &Snapshot,
    expected: &'a Expected,
    witness: Box<dyn Anchor + 'a>,
) -> io::Result<Report> {
    let mut check = Check::new(expected);
    check.anchor(witness);
    if let Err(error) = snapshot.there() {
        return check.finish_nothing().ok_or(error);
    }
    for part in snapshot.parts() {
        check.file(&part.path, snapshot.read(part)?)?;
    }
    Ok(check.finish())
}

/// What this machine knows of a log that it writes: its keys, its head and its seal.
pub fn expected_here(state: &Path) -> io::Result<Expected> {
    // The head is the newer of the two, whatever is written meanwhile.
    let held = secrets::seal_key(state)?;
    let head: Option<Head> = super::head::read(state)?;
    Ok(Expected {
        trust: Trust::of_state(state)?,
        claims: head.map(Box::new).map(Claim::Head).into_iter().collect(),
        held,
        ..Expected::default()
    })
}

#[cfg(test)]
mod attack_tests;
#[cfg(test)]
mod tests;
