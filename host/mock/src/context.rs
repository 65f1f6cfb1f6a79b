//! The state of one run, which the calls of a plugin reach through its store.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jiff::tz::TimeZone;
use nethost_gate::Gate;
use nethost_kit::limits::Limiter;
use nethost_kit::standard::StandardStreams;
use wasmtime::component::{HasData, Resource, ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::files::Files;
use crate::network::Network;
use crate::scenario::System;
use crate::signals::Signals;
use crate::time::Time;

/// What the mock host does not offer, by its name.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the mock host has no {what} yet: the plugin called {function}")]
pub(crate) struct Unsupported {
    pub(crate) what: String,
    pub(crate) function: String,
}

/// The state of one run of one plugin.
pub(crate) struct Context {
    pub(crate) wasi: WasiCtx,
    pub(crate) table: ResourceTable,
    pub(crate) gate: Arc<Gate>,
    pub(crate) time: Arc<Time>,
    pub(crate) network: Arc<Network>,
    /// Standard input and output, as bytes.
    pub(crate) standard: StandardStreams,
    pub(crate) files: Arc<Files>,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) signals: Arc<Signals>,
    pub(crate) limits: Limiter,
    pub(crate) zone: TimeZone,
    pub(crate) system: System,
    /// What the scripted hosts have to say about the plugin.
    pub(crate) remarks: Arc<Mutex<Vec<String>>>,
}

impl Context {
    /// Puts a resource into the table.
    pub(crate) fn keep<R: Send + 'static>(&mut self, opened: R) -> wasmtime::Result<Resource<R>> {
        self.limits.open_handle()?;
        Ok(self.table.push(opened)?)
    }

    /// Closes a resource.
    pub(crate) fn discard<R: Send + 'static>(&mut self, open: Resource<R>) -> wasmtime::Result<()> {
        self.table.delete(open)?;
        self.limits.close_handle();
        Ok(())
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

impl nethost_kit::wit::Host for Context {}

impl nethost_kit::recorded::Taped for Context {
    fn tape(&self) -> Option<&Arc<nethost_kit::recorded::Tape>> {
        None
    }
}

/// How the generated traits access the context.
pub(crate) struct Access;

impl HasData for Access {
    type Data<'a> = &'a mut Context;
}
