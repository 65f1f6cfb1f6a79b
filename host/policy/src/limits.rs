//! The limits of a run in a policy.

use std::time::Duration;

/// Limits of one run. None means no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Linear memory in bytes, all memories together.
    pub memory: Option<u64>,
    /// Processor time, all together.
    pub cpu: Option<Duration>,
    /// Processor time without waiting or writing.
    pub busy: Option<Duration>,
    /// Time from start to end.
    pub time: Option<Duration>,
    /// Sockets, screens and the like open at once.
    pub handles: Option<u64>,
    /// File descriptors open at once.
    pub descriptors: Option<u64>,
    /// Bytes written to standard output and standard error per second, over ten seconds.
    pub output: Option<u64>,
    /// Accesses opened per hour. Each is two records of the audit log.
    pub opens: Option<u64>,
}

impl Limits {
    /// No limits: the default of a policy.
    pub const NONE: Self = Self {
        memory: None,
        cpu: None,
        busy: None,
        time: None,
        handles: None,
        descriptors: None,
        output: None,
        opens: None,
    };

    /// The defaults without a policy. A terminal has its own limit of output.
    pub const DEFAULT: Self = Self {
        memory: Some(512 << 20),
        busy: Some(Duration::from_secs(10)),
        handles: Some(1024),
        descriptors: Some(4096),
        opens: Some(1_000_000),
        ..Self::NONE
    };

    /// The lower of each.
    #[must_use]
    pub fn lowered(self, by: &Self) -> Self {
        fn lower<T: Ord>(own: Option<T>, other: Option<T>) -> Option<T> {
            match (own, other) {
                (Some(own), Some(other)) => Some(own.min(other)),
                (own, other) => own.or(other),
            }
        }
        Self {
            memory: lower(self.memory, by.memory),
            cpu: lower(self.cpu, by.cpu),
            busy: lower(self.busy, by.busy),
            time: lower(self.time, by.time),
            handles: lower(self.handles, by.handles),
            descriptors: lower(self.descriptors, by.descriptors),
            output: lower(self.output, by.output),
            opens: lower(self.opens, by.opens),
        }
    }

    /// These limits, replaced by those that the other one sets.
    #[must_use]
    pub fn replaced(self, by: &Self) -> Self {
        Self {
            memory: by.memory.or(self.memory),
            cpu: by.cpu.or(self.cpu),
            busy: by.busy.or(self.busy),
            time: by.time.or(self.time),
            handles: by.handles.or(self.handles),
            descriptors: by.descriptors.or(self.descriptors),
            output: by.output.or(self.output),
            opens: by.opens.or(self.opens),
        }
    }
}
