//! The context of a capability: the state of one run, which the calls of a plugin reach through its store.

use std::sync::Arc;

use wasmtime::component::{HasData, Resource, ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::console::Console;
use crate::limits::Limiter;
use crate::recorded::{Tape, Taped};
use crate::signals::Signals;
use crate::standard::StandardStreams;
use nethost_broker::Broker;
use nethost_gate::Gate;

/// The state of one run of one plugin.
pub struct Context {
    /// The state of WASI: standard streams, clocks, random numbers.
    pub wasi: WasiCtx,
    /// Standard output, for coloured text.
    pub output: Console,
    /// Standard input and output, as bytes.
    pub standard: StandardStreams,
    /// The arguments of the run.
    pub args: Arc<[String]>,
    /// Everything that the plugin has open.
    pub table: ResourceTable,
    /// Decides and records requests.
    pub gate: Arc<Gate>,
    /// Performs operations.
    pub broker: Arc<Broker>,
    /// The signals that the operator has sent.
    pub signals: Arc<Signals>,
    /// Limits on memory and handles.
    pub limits: Limiter,
    /// The record of the run, if it is recorded or replayed.
    pub tape: Option<Arc<Tape>>,
}

impl Taped for Context {
    fn tape(&self) -> Option<&Arc<Tape>> {
        self.tape.as_ref()
    }
}

impl Context {
    /// Puts a resource into the table. Too many resources end the plugin.
    pub fn keep<R: Send + 'static>(&mut self, opened: R) -> wasmtime::Result<Resource<R>> {
        self.limits.open_handle()?;
        Ok(self.table.push(opened)?)
    }

    /// Closes a resource. Active calls on it end first.
    pub fn discard<R: Send + 'static>(&mut self, open: Resource<R>) -> wasmtime::Result<()> {
        self.take(open).map(drop)
    }

    /// Takes a resource out of the table, to convert it to another one.
    pub fn take<R: Send + 'static>(&mut self, open: Resource<R>) -> wasmtime::Result<R> {
        let taken = self.table.delete(open)?;
        self.limits.close_handle();
        Ok(taken)
    }
}

impl WasiView for Context {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

/// How the generated traits access the context.
pub struct Access;

impl HasData for Access {
    type Data<'a> = &'a mut Context;
}
