//! What verification found.

use std::path::PathBuf;

use serde::Serialize;

use crate::key::PublicKey;
use crate::position::Position;
use crate::witness::Witnessed;

/// What a log is. The worst of its findings counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As it was written, and a trusted key vouches for it.
    #[default]
    Intact,
    /// As it was written and signed, up to its end; whether later records were cut off nothing here can tell.
    LaterUnknown,
    /// As it was written, as far as it is signed; its last records are not.
    Unsigned,
    /// Nothing speaks against it, but nothing vouches for all of it either.
    Unverifiable,
    /// Records are missing at an end, or where the log itself says so.
    Truncated,
    /// It was changed.
    Tampered,
}

impl Verdict {
    /// The exit code of `nethost audit verify`; 2 is for errors.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Intact => 0,
            Self::Tampered => 1,
            Self::Truncated => 3,
            Self::LaterUnknown | Self::Unverifiable => 4,
            Self::Unsigned => 5,
        }
    }

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Intact => "intact",
            Self::LaterUnknown => "later unknown",
            Self::Unsigned => "unsigned",
            Self::Unverifiable => "unverifiable",
            Self::Truncated => "truncated",
            Self::Tampered => "tampered",
        }
    }
}

/// One thing that is not as it should be.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// What it makes of the log.
    pub verdict: Verdict,
    /// Where.
    pub file: Option<PathBuf>,
    /// The line, from 1.
    pub line: Option<u64>,
    /// The record's number.
    pub seq: Option<u64>,
    /// What is wrong.
    pub why: String,
}

/// More findings than this are only counted.
const FINDINGS: usize = 100;
/// And more notes than this.
const NOTES: usize = 100;

/// What verification found.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// What the log is.
    pub verdict: Verdict,
    /// Which log.
    pub log: Option<String>,
    /// Its files.
    pub files: Vec<PathBuf>,
    /// Bytes read.
    pub bytes: u64,
    /// Records that follow one another.
    pub records: u64,
    /// Number of the first one.
    pub first: Option<u64>,
    /// Signatures that hold.
    pub signatures: u64,
    /// The last record that a trusted key signed, or somebody outside the log vouches for.
    pub signed: u64,
    /// The last record up to which nothing was cut off, as a head or somebody outside the log knows.
    pub complete: Option<u64>,
    /// The key that signs last.
    pub key: Option<PublicKey>,
    /// Where the log stands.
    pub position: Option<Position>,
    /// What witnesses vouch for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witnessed: Option<Witnessed>,
    /// What is wrong, in the order of the log.
    pub findings: Vec<Finding>,
    /// Findings beyond those.
    pub more_findings: u64,
    /// What is worth knowing and nothing wrong.
    pub notes: Vec<String>,
    /// Notes beyond those.
    pub more_notes: u64,
}

impl Report {
    pub(super) fn add(&mut self, finding: Finding) {
        self.verdict = self.verdict.max(finding.verdict);
        if self.findings.len() < FINDINGS {
            self.findings.push(finding);
        } else {
            self.more_findings += 1;
        }
    }

    pub(super) fn note(&mut self, note: String) {
        if self.notes.len() < NOTES {
            self.notes.push(note);
        } else {
            self.more_notes += 1;
        }
    }
}
