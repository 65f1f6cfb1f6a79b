//! `wasi:io/poll`. Which of several things are ready first depends on the time, so it is on record.

use std::sync::Arc;

use nethost_kit::Context;
use nethost_kit::recorded::{Tape, Taped as _};
use nethost_record::{Player, Wasi};
use wasmtime::component::{HasData, Resource, ResourceTable};
use wasmtime_wasi::WasiView as _;
use wasmtime_wasi_io::bindings::wasi::io::poll;
use wasmtime_wasi_io::poll::DynPollable;

/// How the generated traits access the table and the tape.
pub(crate) struct Polls;

impl HasData for Polls {
    type Data<'a> = Taped<'a>;
}

pub(crate) struct Taped<'a> {
    table: &'a mut ResourceTable,
    tape: Option<Arc<Tape>>,
}

pub(crate) fn of(run: &mut Context) -> Taped<'_> {
    let tape = run.tape().cloned();
    Taped {
        table: run.ctx().table,
        tape,
    }
}

impl Taped<'_> {
    fn note(&self, ready: &[u32]) {
        if let Some(tape) = &self.tape {
            tape.note_wasi(Wasi::Poll(ready.to_vec()));
        }
    }

    fn player(&self) -> Option<&Player> {
        self.tape.as_ref()?.player()
    }
}

impl poll::Host for Taped<'_> {
    async fn poll(&mut self, pollables: Vec<Resource<DynPollable>>) -> wasmtime::Result<Vec<u32>> {
        let count = pollables.len();
        if let Some(player) = self.player() {
            player.pause().await;
            // One thing alone is what was waited for.
            return Ok(match count {
                0 | 1 => vec![0; count],
                _ => player.poll(count),
            });
        }
        let ready = poll::Host::poll(self.table, pollables).await?;
        if count > 1 {
            self.note(&ready);
        }
        Ok(ready)
    }
}

impl poll::HostPollable for Taped<'_> {
    async fn block(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        if let Some(player) = self.player() {
            player.pause().await;
            return Ok(());
        }
        poll::HostPollable::block(self.table, pollable).await
    }

    async fn ready(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<bool> {
        if let Some(player) = self.player() {
            return Ok(!player.poll(1).is_empty());
        }
        let ready = poll::HostPollable::ready(self.table, pollable).await?;
        self.note(if ready { &[0] } else { &[] });
        Ok(ready)
    }

    fn drop(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        poll::HostPollable::drop(self.table, pollable)
    }
}
