//! When an audit log is forced to disk.

use serde::Deserialize;

/// When records are forced to disk.
///
/// A record in the page cache survives the end of any process. It does not survive a power cut or a crash
/// of the kernel until the kernel has written it out, typically within 30 seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SyncMode {
    /// When the kernel decides.
    #[default]
    Never,
    /// At each checkpoint.
    Checkpoint,
    /// At each record, before the recorded event happens.
    Always,
}
