//! When an audit log is forced onto the disk.

use serde::Deserialize;

/// When records are forced onto the disk.
///
/// A record in the page cache survives the end of any process. It does not survive a power cut or a crash
/// of the kernel until the kernel has written it out, typically within 30 seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SyncMode {
    /// Left to the kernel.
    #[default]
    Never,
    /// With each checkpoint.
    Checkpoint,
    /// With each record, before what it records happens.
    Always,
}
