//! The functions of the world `tool`: the signals of the operator.

use std::sync::Arc;

use nethost_kit::wit::Signal;
use wasmtime::component::Accessor;

use super::bindings::{MockImports, MockImportsWithStore};
use crate::context::{Access, Context};

impl MockImports for Context {}

impl<T: Send + 'static> MockImportsWithStore<T> for Access {
    async fn interrupted(accessor: &Accessor<T, Self>) -> wasmtime::Result<Signal> {
        let signals = accessor.with(|mut access| Arc::clone(&access.get().signals));
        signals.interrupted().await;
        Ok(Signal::Interrupt)
    }

    /// A scenario sends no SIGTERM.
    async fn terminated(_: &Accessor<T, Self>) -> wasmtime::Result<()> {
        std::future::pending().await
    }

    /// A scenario sends no SIGUSR1.
    async fn report_wanted(_: &Accessor<T, Self>) -> wasmtime::Result<()> {
        std::future::pending().await
    }
}
