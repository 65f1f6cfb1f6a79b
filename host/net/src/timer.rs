//! Waits until a given time, to within tens of microseconds. The runtime's own timers have a resolution of one
//! millisecond, which is too coarse to pace packets. A timerfd has the resolution of the kernel's clock.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::time::{Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// A timer. Its descriptor is created at the first wait and reused.
#[derive(Default)]
pub struct Timer {
    idle: Mutex<Option<AsyncFd<OwnedFd>>>,
}

impl Timer {
    /// Waits until this time. If the system can create no timer, the coarser timer of the runtime is used.
    pub async fn until(&self, moment: Instant) {
        let left = moment.saturating_duration_since(Instant::now());
        if left.is_zero() {
            // Yield once, so that a loop of expired waits cannot starve other tasks.
            return tokio::task::yield_now().await;
        }
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Ok(timer) = idle.map_or_else(create, Ok) else {
            return tokio::time::sleep_until(moment.into()).await;
        };
        let lease = Lease {
            home: self,
            timer: Some(timer),
        };
        if lease.wait(left).await.is_err() {
            tokio::time::sleep_until(moment.into()).await;
        }
    }
}

/// A timer in use. A dropped wait returns it too, so that the next wait need not create another one.
struct Lease<'a> {
    home: &'a Timer,
    timer: Option<AsyncFd<OwnedFd>>,
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        *self
            .home
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = self.timer.take();
    }
}

fn create() -> io::Result<AsyncFd<OwnedFd>> {
    let fd = rustix::time::timerfd_create(
        TimerfdClockId::Monotonic,
        TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC,
    )?;
    crate::sys::register(fd, Interest::READABLE)
}

impl Lease<'_> {
    async fn wait(&self, left: Duration) -> io::Result<()> {
        let Some(timer) = &self.timer else {
            return Ok(());
        };
        // A deadline that is far away is never reached; timespec is signed.
        let left = left.min(Duration::from_secs(u64::from(u32::MAX)));
        let value = Timespec {
            tv_sec: left.as_secs().cast_signed(),
            tv_nsec: left.subsec_nanos().into(),
        };
        let once = Itimerspec {
            it_interval: Timespec {
                tv_sec: 0,
                tv_nsec: 0,
            },
            it_value: value,
        };
        rustix::time::timerfd_settime(timer.get_ref(), TimerfdTimerFlags::empty(), &once)?;
        loop {
            let mut guard = timer.readable().await?;
            let mut expirations = [0; 8];
            match guard.try_io(|fd| Ok(rustix::io::read(fd.get_ref(), &mut expirations)?)) {
                Ok(result) => return result.map(|_| ()),
                // The readiness is left over from an earlier wait.
                Err(_would_block) => continue,
            }
        }
    }
}
