//! What one run may use of this machine, so that a plugin that loops, allocates or hoards harms only
//! itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use wasmtime::ResourceLimiter;

/// Linear memory, all memories together.
pub const MEMORY: usize = 512 << 20;
/// Entries of all tables together.
const TABLE_ENTRIES: usize = 1 << 20;
/// Sockets, screens and the like open at once.
pub const HANDLES: usize = 1024;
/// Processor time between two signs of life. No tool computes this long without a word.
pub const SILENT: Duration = Duration::from_secs(10);

/// Why a plugin was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Exceeded {
    /// It asked for more memory than a run may have.
    #[error("it asked for more than {} MiB of memory", MEMORY >> 20)]
    Memory,
    /// It grew a table beyond all measure.
    #[error("it asked for more than {TABLE_ENTRIES} table entries")]
    Table,
    /// It holds too many things open.
    #[error("it opened more than {HANDLES} handles at once")]
    Handles,
    /// It computes without end.
    #[error("it computed for {} seconds without waiting or writing", SILENT.as_secs())]
    Silent,
    /// The operator interrupted twice.
    #[error("interrupted")]
    Interrupted,
}

/// Counts signs of life: each wait for the host and each output is one.
#[derive(Debug, Default)]
pub struct Pulse {
    /// How many there were.
    pub beats: AtomicU64,
}

/// Watches a plugin that computes.
#[derive(Debug)]
pub struct Watch {
    pulse: Arc<Pulse>,
    seen: u64,
    since: Duration,
}

impl Watch {
    /// Watches this pulse.
    pub fn new(pulse: Arc<Pulse>) -> Self {
        Self {
            pulse,
            seen: 0,
            since: processor_time(),
        }
    }

    /// Looks at the plugin, on its own thread. An error when it has computed for too long.
    pub fn look(&mut self) -> Result<(), Exceeded> {
        let (beats, now) = (self.pulse.beats.load(Relaxed), processor_time());
        if beats != self.seen {
            (self.seen, self.since) = (beats, now);
        }
        if now.saturating_sub(self.since) > SILENT {
            Err(Exceeded::Silent)
        } else {
            Ok(())
        }
    }
}

fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.cast_unsigned(), time.tv_nsec as u32)
}

/// Counts what a run uses.
#[derive(Debug, Default)]
pub struct Limiter {
    memory: usize,
    table_entries: usize,
    handles: usize,
}

impl Limiter {
    /// One more handle.
    pub fn open_handle(&mut self) -> Result<(), Exceeded> {
        if self.handles >= HANDLES {
            return Err(Exceeded::Handles);
        }
        self.handles += 1;
        Ok(())
    }

    /// One less.
    pub fn close_handle(&mut self) {
        self.handles = self.handles.saturating_sub(1);
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self.memory.saturating_add(desired.saturating_sub(current));
        // A refusal that the plugin could survive would make it fail somewhere else, unexplained.
        if total > MEMORY {
            return Err(Exceeded::Memory.into());
        }
        self.memory = total;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self
            .table_entries
            .saturating_add(desired.saturating_sub(current));
        if total > TABLE_ENTRIES {
            return Err(Exceeded::Table.into());
        }
        self.table_entries = total;
        Ok(true)
    }
}
