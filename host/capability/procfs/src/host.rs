//! The generated traits, method by method.

use wasmtime::component::Resource;

use super::CounterFile;
use super::service;
use crate::bindings::nethost::cap::procfs::{Extent, Host, HostCounterFile, Owner, SocketOwners};
use nethost_kit::Context;
use nethost_kit::types::ErrorCode;

impl Host for Context {
    fn find_socket_owners(
        &mut self,
        of: Owner,
        inodes: Vec<u64>,
        extent: Extent,
    ) -> wasmtime::Result<Result<SocketOwners, ErrorCode>> {
        Ok(service::socket_owners(
            &self.gate,
            &self.broker,
            of,
            &inodes,
            extent,
        ))
    }
}

impl HostCounterFile for Context {
    fn open(&mut self, name: String) -> wasmtime::Result<Result<Resource<CounterFile>, ErrorCode>> {
        match CounterFile::open(&self.gate, &self.broker, &name) {
            Ok(file) => self.keep(file).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn read(
        &mut self,
        file: Resource<CounterFile>,
    ) -> wasmtime::Result<Result<Vec<u8>, ErrorCode>> {
        Ok(self.table.get(&file)?.read())
    }

    fn drop(&mut self, file: Resource<CounterFile>) -> wasmtime::Result<()> {
        self.discard(file)
    }
}
