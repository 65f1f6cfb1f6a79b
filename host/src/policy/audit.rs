//! What a policy says about the audit log.

use std::path::PathBuf;

use super::document;
use super::grant::{self, Bad, bad};
use crate::audit::SyncMode;

/// What `[audit]` says; what is not set is left to others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditRules {
    /// A run without a complete audit log is not allowed.
    pub required: bool,
    /// When records are forced onto the disk.
    pub sync: Option<SyncMode>,
    /// The log's current file.
    pub file: Option<PathBuf>,
    /// Size at which a file of the log is complete.
    pub rotate: Option<u64>,
    /// How many complete files are kept.
    pub keep: Option<usize>,
}

/// A log's file must have room for more than the records that begin and end it.
const SMALLEST: u64 = 64 << 10;

impl AuditRules {
    pub(super) fn of(table: &document::Audit) -> Result<Self, Bad> {
        let rotate = grant::bytes(&table.rotate)?;
        if let (Some(size), Some(rotate)) = (&table.rotate, rotate)
            && rotate < SMALLEST
        {
            return Err(bad(size, "a file of the log has at least \"64 KiB\""));
        }
        if let Some(file) = &table.file
            && !file.get_ref().is_absolute()
        {
            return Err(bad(file, "the log's file needs its whole path, from / on"));
        }
        Ok(Self {
            required: table.required,
            sync: table.sync,
            file: table.file.as_ref().map(|file| file.get_ref().clone()),
            rotate,
            keep: table.keep,
        })
    }

    /// The system's rules, with what the operator's add: they can only demand more. Where the log is, how much of it
    /// is kept, and so what is removed, is the system's alone, also where it says nothing.
    pub(super) fn with(self, below: Option<&Self>) -> Self {
        let Some(below) = below else { return self };
        // Each field by name, so that a new one is decided about here.
        let Self {
            required,
            sync,
            file,
            rotate,
            keep,
        } = self;
        Self {
            required: required || below.required,
            sync: sync.max(below.sync),
            file,
            rotate,
            keep,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::policy::{Names, Policies, Policy, parse};

    fn policy(table: &str) -> Result<Policy, String> {
        let names = Names {
            capabilities: &[],
            plugins: &[],
        };
        let text = format!("version = 1\n[audit]\n{table}\n");
        parse("p.toml", &text, names).map_err(|error| error.to_string())
    }

    #[test]
    fn the_system_decides_and_below_it_only_more_is_demanded() {
        let site = "sync = \"checkpoint\"\nrotate = \"1 MiB\"\nkeep = 3";
        let own = "required = true\nsync = \"never\"\nrotate = 100000\nkeep = 1\nfile = \"/a\"";
        let policies = |site| Policies {
            ceiling: Some(policy(site).unwrap()),
            chosen: Some(policy(own).unwrap()),
            ..Policies::default()
        };
        let expected = AuditRules {
            required: true,
            sync: Some(SyncMode::Checkpoint),
            file: None,
            rotate: Some(1 << 20),
            keep: Some(3),
        };
        assert_eq!(policies(site).audit(), expected);
        assert!(policies(site).digest().is_some());
        // No policy below says where the site's log is or removes what it has, though the site did not say that all
        // is kept.
        let silent = policies("").audit();
        assert_eq!(
            (silent.rotate, silent.keep, silent.file),
            (None, None, None)
        );
        let alone = Policies {
            ceiling: None,
            ..policies("")
        };
        assert_eq!(alone.audit().file, Some("/a".into()));
        assert_eq!(Policies::default().audit(), AuditRules::default());
        assert_eq!(Policies::default().digest(), None);
    }

    #[test]
    fn what_means_nothing_is_named() {
        for (table, place, words) in [
            ("rotate = \"1 KiB\"", "p.toml:3:10", "at least"),
            ("rotate = \"much\"", "p.toml:3:10", "MiB"),
            ("file = \"audit.jsonl\"", "p.toml:3:8", "whole path"),
            ("sync = \"sometimes\"", "p.toml:3:", "checkpoint"),
            ("keep = -1", "p.toml:3:", ""),
            ("kep = 1", "p.toml:3:", "keep"),
        ] {
            let problem = policy(table).unwrap_err();
            assert!(
                problem.starts_with(place) && problem.contains(words),
                "{problem}"
            );
        }
    }
}
