//! What a policy says about the audit log.

use std::path::PathBuf;
use std::time::Duration;

use toml::Spanned;

use super::grant::{self, Bad, bad};
use super::{document, quantity};
use nethost_core::SyncMode;

/// The settings in `[audit]`. Missing settings come from other policies.
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
    /// How many complete files are kept at least.
    pub keep: Option<usize>,
    /// For how long a complete file is kept at least.
    pub keep_for: Option<Duration>,
}

/// A file of the log must be larger than the records that begin and end it.
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
            keep_for: table.keep_for.as_ref().map(age).transpose()?,
        })
    }

    /// The system's settings, with those of the operator, which can only demand more. The place of the log, how much
    /// of it is kept, and so what is removed, are decided by the system's policy alone, even if it does not set them.
    pub(super) fn with(self, below: Option<&Self>) -> Self {
        let Some(below) = below else { return self };
        // Lists each field, so that a new field must be handled here.
        let Self {
            required,
            sync,
            file,
            rotate,
            keep,
            keep_for,
        } = self;
        Self {
            required: required || below.required,
            sync: sync.max(below.sync),
            file,
            rotate,
            keep,
            keep_for,
        }
    }
}

/// A length of time, also in days.
fn age(text: &Spanned<String>) -> Result<Duration, Bad> {
    let days = text
        .get_ref()
        .strip_suffix('d')
        .map(|days| days.trim().parse::<u64>());
    let length = match days {
        Some(days) => days
            .ok()
            .and_then(|days| days.checked_mul(24 * 60 * 60))
            .filter(|seconds| *seconds > 0),
        None => quantity::duration(text.get_ref())
            .ok()
            .map(|length| length.as_secs()),
    };
    length
        .map(Duration::from_secs)
        .ok_or_else(|| bad(text, "a length of time, such as \"90 d\" or \"12 h\""))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Names, Policies, Policy, parse};

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
        let site = "sync = \"checkpoint\"\nrotate = \"1 MiB\"\nkeep = 3\nkeep-for = \"90 d\"";
        let own = "required = true\nsync = \"never\"\nrotate = 100000\nkeep = 1\nkeep-for = \"1 s\"\nfile = \"/a\"";
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
            keep_for: Some(Duration::from_secs(90 * 24 * 60 * 60)),
        };
        assert_eq!(policies(site).audit(), expected);
        assert!(policies(site).digest().is_some());
        // No other policy sets the place of the site's log or removes its files, even if the site has not set that
        // all files are kept.
        let silent = policies("").audit();
        assert_eq!(
            (silent.rotate, silent.keep, silent.file),
            (None, None, None)
        );
        assert_eq!(silent.keep_for, None);
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
            ("keep-for = \"0 d\"", "p.toml:3:12", "90 d"),
            ("keep-for = \"long\"", "p.toml:3:12", "90 d"),
            (
                "keep-for = \"99999999999999999999 d\"",
                "p.toml:3:12",
                "90 d",
            ),
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
