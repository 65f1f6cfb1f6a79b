//! Why a run was stopped.

use std::time::Duration;

use nethost_core::quantity::{shown_bytes, shown_duration};

/// Entries of all tables together.
pub(crate) const TABLE_ENTRIES: usize = 1 << 20;
/// For so long may writing be faster than its limit.
pub(crate) const BURST: Duration = Duration::from_secs(10);

/// Why a plugin was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Exceeded {
    /// It asked for more memory than a run may have.
    #[error("it asked for more than {} of memory", shown_bytes(*.0))]
    Memory(u64),
    /// It needs too much together with its host.
    #[error(
        "it and what its host holds for it needed more than {} of memory; a higher `memory` in [limits] of the policy \
         raises that",
        shown_bytes(*.0)
    )]
    Data(u64),
    /// It grew a table beyond all measure.
    #[error("it asked for more than {TABLE_ENTRIES} table entries")]
    Table,
    /// It holds too many things open.
    #[error("it opened more than {0} handles at once")]
    Handles(u64),
    /// It holds too many descriptors.
    #[error("it needed more than {0} file descriptors at once")]
    Descriptors(u64),
    /// It computes without end.
    #[error("it computed for {} without waiting, writing or receiving", shown_duration(*.0))]
    Busy(Duration),
    /// It computed too long.
    #[error("it used more than {} of processor time", shown_duration(*.0))]
    Cpu(Duration),
    /// It ran too long.
    #[error("it ran for more than {}", shown_duration(*.0))]
    Time(Duration),
    /// It writes too much.
    #[error("it wrote more than {} a second for {}", shown_bytes(*.0), shown_duration(BURST))]
    Output(u64),
    /// The operator has ended it by this signal.
    #[error("ended by signal {0}")]
    Signal(i32),
}
