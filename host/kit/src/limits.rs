//! The limits of one run, so that a plugin that loops, allocates or opens without end harms only itself.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use wasmtime::ResourceLimiter;

pub use crate::exceeded::Exceeded;
use crate::exceeded::{BURST, TABLE_ENTRIES};
use nethost_policy::Limits;

/// The limits of one run at run time. The compiler already refuses a component that declares more (nethost-inspect).
const INSTANCES: usize = 1000;
const TABLES: usize = 1024;
const MEMORIES: usize = 100;
/// Bytes per second that may be written to a terminal if no policy sets a limit: more than anyone can read.
const TERMINAL: u64 = 8 << 20;

/// Counts the activity of a plugin: each wait for the host and each output.
#[derive(Debug)]
pub struct Pulse {
    /// The number of activities so far.
    pub beats: AtomicU64,
    outflow: Mutex<Outflow>,
}

impl Pulse {
    /// A counter for one run.
    pub fn new(limits: &Limits) -> Self {
        Self {
            beats: AtomicU64::new(0),
            outflow: Mutex::new(Outflow {
                limit: limits.output,
                spent: 0,
                since: Instant::now(),
            }),
        }
    }

    /// Counts a write.
    pub fn wrote(&self, bytes: usize, to_terminal: bool) -> Result<(), Exceeded> {
        self.beats.fetch_add(1, Relaxed);
        self.outflow
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .spend(bytes as u64, to_terminal)
    }
}

/// A leaky bucket: writes fill it, time empties it.
#[derive(Debug)]
struct Outflow {
    limit: Option<u64>,
    spent: u64,
    since: Instant,
}

impl Outflow {
    fn spend(&mut self, bytes: u64, to_terminal: bool) -> Result<(), Exceeded> {
        let Some(limit) = self.limit.or(to_terminal.then_some(TERMINAL)) else {
            return Ok(());
        };
        let drained = self.since.elapsed().as_millis() * u128::from(limit) / 1000;
        if drained > 0 {
            self.spent = self
                .spent
                .saturating_sub(u64::try_from(drained).unwrap_or(u64::MAX));
            self.since = Instant::now();
        }
        self.spent = self.spent.saturating_add(bytes);
        if self.spent > limit.saturating_mul(BURST.as_secs()) {
            return Err(Exceeded::Output(limit));
        }
        Ok(())
    }
}

/// Watches the processor time of a plugin.
#[derive(Debug)]
pub struct Watch {
    limits: Limits,
    pulse: Arc<Pulse>,
    seen: u64,
    started: Instant,
    processor: Duration,
    since: Duration,
}

impl Watch {
    /// Starts to watch this counter on this thread.
    pub fn new(limits: Limits, pulse: Arc<Pulse>) -> Self {
        let processor = processor_time();
        Self {
            limits,
            pulse,
            seen: 0,
            started: Instant::now(),
            processor,
            since: processor,
        }
    }

    /// Checks the plugin, on its own thread; `heard` is the number of packets that it has received. Returns an error if
    /// it has run or computed for too long.
    pub fn look(&mut self, heard: u64) -> Result<(), Exceeded> {
        // A plugin that floods and gets its answers immediately never has to wait, but is active.
        let beats = self.pulse.beats.load(Relaxed).wrapping_add(heard);
        let now = processor_time();
        if beats != self.seen {
            (self.seen, self.since) = (beats, now);
        }
        let over = |limit: Option<Duration>, used: Duration| limit.filter(|limit| used > *limit);
        if let Some(limit) = over(self.limits.busy, now.saturating_sub(self.since)) {
            Err(Exceeded::Busy(limit))
        } else if let Some(limit) = over(self.limits.cpu, now.saturating_sub(self.processor)) {
            Err(Exceeded::Cpu(limit))
        } else if let Some(limit) = over(self.limits.time, self.started.elapsed()) {
            Err(Exceeded::Time(limit))
        } else {
            Ok(())
        }
    }
}

/// Returns when the time of a run is over.
pub async fn time_is_over(limits: Limits) -> Exceeded {
    match limits.time {
        Some(time) => {
            tokio::time::sleep(time).await;
            Exceeded::Time(time)
        }
        None => std::future::pending().await,
    }
}

/// Static, because the limit of the kernel and its error belong to the whole process.
static NO_DESCRIPTOR_LEFT: AtomicBool = AtomicBool::new(false);

/// Makes the kernel refuse descriptors beyond the limit (RLIMIT_NOFILE of getrlimit(2)).
pub fn limit_descriptors(limits: &Limits) -> std::io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Some(wanted) = limits.descriptors else {
        return Ok(());
    };
    let maximum = getrlimit(Resource::Nofile).maximum;
    let limit = Rlimit {
        current: Some(maximum.map_or(wanted, |maximum| wanted.min(maximum))),
        maximum,
    };
    Ok(setrlimit(Resource::Nofile, limit)?)
}

/// Notes that the kernel refused a descriptor because of the limit (EMFILE).
pub fn no_descriptor_left() {
    NO_DESCRIPTOR_LEFT.store(true, Relaxed);
}

/// The reason to end a run that needed more descriptors than its limit.
pub fn descriptors_exceeded(limits: &Limits) -> Option<Exceeded> {
    let limit = limits.descriptors?;
    NO_DESCRIPTOR_LEFT
        .load(Relaxed)
        .then_some(Exceeded::Descriptors(limit))
}

fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.cast_unsigned(), time.tv_nsec as u32)
}

/// Counts what a run uses.
#[derive(Debug)]
pub struct Limiter {
    limits: Limits,
    memory: usize,
    table_entries: usize,
    handles: u64,
}

impl Limiter {
    /// A counter for one run.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            memory: 0,
            table_entries: 0,
            handles: 0,
        }
    }

    /// Counts a new handle.
    pub fn open_handle(&mut self) -> Result<(), Exceeded> {
        if let Some(limit) = self.limits.handles.filter(|limit| self.handles >= *limit) {
            return Err(Exceeded::Handles(limit));
        }
        self.handles += 1;
        Ok(())
    }

    /// Counts a closed handle.
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
        // If the plugin could survive the refusal, it would fail somewhere else, without a visible reason.
        if let Some(limit) = self.limits.memory.filter(|limit| total as u64 > *limit) {
            return Err(Exceeded::Memory(limit).into());
        }
        self.memory = total;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        match crate::memory::most(&self.limits) {
            Some(most) if crate::memory::is_exhausted(&error) => Err(Exceeded::Data(most).into()),
            _ => Ok(()),
        }
    }

    fn instances(&self) -> usize {
        INSTANCES
    }

    fn tables(&self) -> usize {
        TABLES
    }

    fn memories(&self) -> usize {
        MEMORIES
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn writing_is_limited_over_ten_seconds_and_a_terminal_without_a_word() {
        let pulse = |output| {
            Pulse::new(&Limits {
                output,
                ..Limits::NONE
            })
        };
        let limited = pulse(Some(100));
        assert_eq!(limited.wrote(1000, false), Ok(()));
        assert_eq!(limited.wrote(1, false), Err(Exceeded::Output(100)));
        std::thread::sleep(Duration::from_millis(30));
        assert_eq!(limited.wrote(1, false), Ok(()), "time empties the bucket");
        let free = pulse(None);
        assert_eq!(free.wrote(usize::MAX, false), Ok(()));
        assert_eq!(
            free.wrote(usize::MAX, true),
            Err(Exceeded::Output(TERMINAL))
        );
    }
}
