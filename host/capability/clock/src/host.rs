//! The generated traits, method by method.

use std::time::{Duration, Instant};

use wasmtime::component::Accessor;

use crate::bindings::nethost::cap::clock::{Host, HostWithStore, LocalZone};
use nethost_kit::Access;
use nethost_kit::Context;
use nethost_net::timer::Timer;

impl Host for Context {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(now())
    }

    fn local_zone_at(&mut self, at: u64) -> wasmtime::Result<LocalZone> {
        Ok(local_zone_at(at))
    }
}

impl<T: Send + 'static> HostWithStore<T> for Access {
    async fn wait_until(_: &Accessor<T, Self>, when: u64) -> wasmtime::Result<()> {
        wait(when.saturating_sub(now())).await;
        Ok(())
    }

    async fn wait_for(_: &Accessor<T, Self>, how_long: u64) -> wasmtime::Result<()> {
        wait(how_long).await;
        Ok(())
    }
}

fn now() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    now.tv_sec.cast_unsigned() * 1_000_000_000 + now.tv_nsec.cast_unsigned()
}

/// The local time zone. TZ and /etc/localtime are read only when a plugin asks, so that other runs do not need the time
/// for it.
fn local_zone_at(at: u64) -> LocalZone {
    let zone = jiff::tz::TimeZone::try_system().unwrap_or(jiff::tz::TimeZone::UTC);
    let at = jiff::Timestamp::from_nanosecond(i128::from(at)).unwrap_or_default();
    let info = zone.to_offset_info(at);
    LocalZone {
        seconds_east: info.offset().seconds(),
        abbreviation: info.abbreviation().to_owned(),
    }
}

async fn wait(nanoseconds: u64) {
    // A century is long enough, and no clock overflows on it.
    let time = Duration::from_nanos(nanoseconds).min(Duration::from_secs(100 * 365 * 86_400));
    Timer::default().until(Instant::now() + time).await;
}
