//! Clocks and timers, on the virtual clock.

use std::sync::Arc;

use wasmtime::component::Accessor;

use super::bindings::nethost::cap::clock::{Host, HostWithStore, LocalZone};
use crate::context::{Access, Context};

impl Host for Context {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(self.time.monotonic())
    }

    fn local_zone_at(&mut self, at: u64) -> wasmtime::Result<LocalZone> {
        let at = jiff::Timestamp::from_nanosecond(i128::from(at)).unwrap_or_default();
        let info = self.zone.to_offset_info(at);
        Ok(LocalZone {
            seconds_east: info.offset().seconds(),
            abbreviation: info.abbreviation().to_owned(),
        })
    }
}

impl<T: Send + 'static> HostWithStore<T> for Access {
    async fn wait_until(accessor: &Accessor<T, Self>, when: u64) -> wasmtime::Result<()> {
        let time = accessor.with(|mut access| Arc::clone(&access.get().time));
        time.until_monotonic(when).await;
        Ok(())
    }

    async fn wait_for(accessor: &Accessor<T, Self>, how_long: u64) -> wasmtime::Result<()> {
        let time = accessor.with(|mut access| Arc::clone(&access.get().time));
        time.after(how_long).await;
        Ok(())
    }
}
