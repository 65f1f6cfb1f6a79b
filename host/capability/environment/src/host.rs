//! The generated trait, method by method.

use super::service;
use crate::bindings::nethost::cap::environment::Host;
use nethost_kit::Context;
use nethost_kit::types::ErrorCode;

impl Host for Context {
    fn read(&mut self, name: String) -> wasmtime::Result<Result<Option<String>, ErrorCode>> {
        Ok(service::read(&self.gate, &name))
    }
}
