//! The generated traits, method by method.

use super::service;
use crate::bindings::nethost::cap::system::{Host, ReleaseFile, UnameFacts};
use nethost_kit::Context;
use nethost_kit::types::ErrorCode;

impl Host for Context {
    fn uname(&mut self) -> wasmtime::Result<Result<UnameFacts, ErrorCode>> {
        Ok(service::uname(&self.gate))
    }

    fn os_release(&mut self) -> wasmtime::Result<Result<Vec<(String, String)>, ErrorCode>> {
        Ok(service::os_release(&self.gate))
    }

    fn uptime(&mut self) -> wasmtime::Result<Result<u64, ErrorCode>> {
        Ok(service::uptime(&self.gate))
    }

    fn installed_kernels(&mut self) -> wasmtime::Result<Result<Vec<String>, ErrorCode>> {
        Ok(service::installed_kernels(&self.gate))
    }

    fn release_files(&mut self) -> wasmtime::Result<Result<Vec<ReleaseFile>, ErrorCode>> {
        Ok(service::release_files(&self.gate))
    }

    fn kernel_version(&mut self) -> wasmtime::Result<Result<String, ErrorCode>> {
        Ok(service::kernel_version(&self.gate))
    }

    fn process(&mut self) -> wasmtime::Result<Result<u32, ErrorCode>> {
        Ok(service::process(&self.gate))
    }
}
