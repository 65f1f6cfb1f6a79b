//! What a capability is given: the state of one run, which a plugin's calls reach through its store.

use std::sync::Arc;

use wasmtime::component::{HasData, Resource, ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::console::Console;
use crate::limits::Limiter;
use crate::signals::Signals;
use nethost_broker::Broker;
use nethost_gate::Gate;

/// The state of one run of one plugin.
pub struct Context {
    /// WASI's own state: standard streams, clocks, random numbers.
    pub wasi: WasiCtx,
    /// Standard output, for what is printed in colours.
    pub output: Console,
    /// Everything that the plugin has open.
    pub table: ResourceTable,
    /// Decides and records.
    pub gate: Arc<Gate>,
    /// Acts.
    pub broker: Arc<Broker>,
    /// What the operator said meanwhile.
    pub signals: Arc<Signals>,
    /// Bounds on memory and handles.
    pub limits: Limiter,
}

impl Context {
    /// Puts something open into the table. Too many ends the plugin.
    pub fn keep<R: Send + 'static>(&mut self, opened: R) -> wasmtime::Result<Resource<R>> {
        self.limits.open_handle()?;
        Ok(self.table.push(opened)?)
    }

    /// Closes something. Calls on it that are under way end first.
    pub fn discard<R: Send + 'static>(&mut self, open: Resource<R>) -> wasmtime::Result<()> {
        self.take(open).map(drop)
    }

    /// Takes something out of the table, to make something else of it.
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

/// How the generated traits reach it.
pub struct Access;

impl HasData for Access {
    type Data<'a> = &'a mut Context;
}
