//! How a log is kept: what a policy's `[audit]` table may say, with its defaults.

use std::path::PathBuf;
use std::time::Duration;

use nethost_core::SyncMode;

/// A file of the log is complete at this size.
pub const ROTATE: u64 = 64 << 20;

/// How a log is kept.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Its current file.
    pub path: PathBuf,
    /// The folder of its head and its key.
    pub state: PathBuf,
    /// A run without a complete log is not allowed.
    pub required: bool,
    /// Nobody has named its place: that it cannot be kept there is not worth a word.
    pub by_default: bool,
    /// A policy says so, and not only the operator by naming a place: a device, which keeps nothing, does not do.
    pub must_last: bool,
    /// When records are forced onto the disk.
    pub sync: SyncMode,
    /// A file of the log is complete at this size.
    pub rotate: u64,
    /// How many complete files are kept at least; all of them, when neither this nor `keep_for` says.
    pub keep: Option<usize>,
    /// For how long a complete file is kept at least.
    pub keep_for: Option<Duration>,
    /// Digest of the site's policy, so that the log sees when it changes.
    pub site_policy: Option<String>,
}

impl Settings {
    /// A log with the defaults.
    pub fn new(path: PathBuf, state: PathBuf) -> Self {
        Self {
            path,
            state,
            required: false,
            by_default: false,
            must_last: false,
            sync: SyncMode::default(),
            rotate: ROTATE,
            keep: None,
            keep_for: None,
            site_policy: None,
        }
    }
}
