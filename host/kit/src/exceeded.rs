//! Why a run was stopped.

use std::time::Duration;

use nethost_core::quantity::{shown_bytes, shown_duration};

/// The limit on the entries of all tables together.
pub(crate) const TABLE_ENTRIES: usize = 1 << 20;
/// How long writing may be faster than its limit.
pub(crate) const BURST: Duration = Duration::from_secs(10);

/// Why a plugin was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Exceeded {
    /// The plugin asked for more memory than a run may have.
    #[error(
        "it asked for more than {} of memory; `memory` in [limits] of the policy raises that",
        shown_bytes(*.0)
    )]
    Memory(u64),
    /// The plugin and its host together need too much memory.
    #[error(
        "it and what its host holds for it needed more than {} of memory; `memory` in [limits] of the policy raises that",
        shown_bytes(*.0)
    )]
    Data(u64),
    /// The plugin grew a table beyond the limit.
    #[error("it asked for more than {TABLE_ENTRIES} table entries")]
    Table,
    /// The plugin has too many handles open.
    #[error(
        "it opened more than {0} handles at once; `handles` in [limits] of the policy raises that"
    )]
    Handles(u64),
    /// The plugin needs too many file descriptors.
    #[error(
        "it needed more than {0} file descriptors at once; `descriptors` in [limits] of the policy raises that"
    )]
    Descriptors(u64),
    /// The plugin computes without waiting.
    #[error(
        "it computed for {} without waiting, writing or receiving; `busy` in [limits] of the policy raises that",
        shown_duration(*.0)
    )]
    Busy(Duration),
    /// The plugin used too much processor time.
    #[error(
        "it used more than {} of processor time; `cpu` in [limits] of the policy raises that",
        shown_duration(*.0)
    )]
    Cpu(Duration),
    /// The run took too long.
    #[error("it ran for more than {}; `time` in [limits] of the policy raises that", shown_duration(*.0))]
    Time(Duration),
    /// The plugin writes too much.
    #[error(
        "it wrote more than {} a second for {}; `output` in [limits] of the policy raises that",
        shown_bytes(*.0),
        shown_duration(BURST)
    )]
    Output(u64),
    /// The operator ended the run with this signal.
    #[error("ended by signal {0}")]
    Signal(i32),
}
