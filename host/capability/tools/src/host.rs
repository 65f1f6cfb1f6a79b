//! The generated trait, method by method.

use std::sync::Arc;

use wasmtime::component::Accessor;

use super::service;
use crate::bindings::nethost::cap::tools::{Finished, Host, HostWithStore};
use nethost_kit::Access;
use nethost_kit::Context;
use nethost_kit::types::ErrorCode;

impl Host for Context {}

impl<T: Send + 'static> HostWithStore<T> for Access {
    async fn run(
        accessor: &Accessor<T, Self>,
        first: u32,
        as_words: bool,
    ) -> wasmtime::Result<Result<Finished, ErrorCode>> {
        let (gate, broker, args) = accessor.with(|mut access| {
            let run = access.get();
            let parts = (&run.gate, &run.broker, &run.args);
            (
                Arc::clone(parts.0),
                Arc::clone(parts.1),
                Arc::clone(parts.2),
            )
        });
        Ok(service::run(&gate, &broker, &args, first, as_words).await)
    }
}
