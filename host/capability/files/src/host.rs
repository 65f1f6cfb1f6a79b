//! The generated traits, method by method.

use super::service;
use crate::bindings::nethost::cap::files::Host;
use nethost_kit::Context;
use nethost_kit::types::ErrorCode;

impl Host for Context {
    fn read(&mut self, path: String) -> wasmtime::Result<Result<Vec<u8>, ErrorCode>> {
        Ok(service::read(&self.gate, &self.broker, &path))
    }

    fn names(&mut self, path: String) -> wasmtime::Result<Result<Vec<String>, ErrorCode>> {
        Ok(service::names(&self.gate, &self.broker, &path))
    }
}
