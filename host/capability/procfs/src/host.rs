//! The generated traits, method by method.

use wasmtime::component::Resource;

use super::service;
use super::{CounterFile, ProcessListing};
use crate::bindings::nethost::cap::procfs::{
    ControlGroup, Extent, FileKinds, Host, HostCounterFile, HostProcessListing, Owner,
    ProcessEntry, SocketOwners,
};
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

    fn control_groups(
        &mut self,
    ) -> wasmtime::Result<Result<(String, Vec<ControlGroup>), ErrorCode>> {
        Ok(service::control_groups(&self.gate, &self.broker))
    }
}

impl HostCounterFile for Context {
    fn open(&mut self, name: String) -> wasmtime::Result<Result<Resource<CounterFile>, ErrorCode>> {
        match CounterFile::open(&self.gate, &self.broker, None, &name) {
            Ok(file) => self.keep(file).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn open_in(
        &mut self,
        namespace: String,
        name: String,
    ) -> wasmtime::Result<Result<Resource<CounterFile>, ErrorCode>> {
        match CounterFile::open(&self.gate, &self.broker, Some(&namespace), &name) {
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

impl HostProcessListing for Context {
    fn open(
        &mut self,
        of: Owner,
        processes: Vec<u32>,
        files: FileKinds,
    ) -> wasmtime::Result<Result<Resource<ProcessListing>, ErrorCode>> {
        match ProcessListing::open(&self.gate, &self.broker, &of, &processes, files) {
            Ok(listing) => self.keep(listing).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn next(
        &mut self,
        listing: Resource<ProcessListing>,
        max: u32,
    ) -> wasmtime::Result<Result<Vec<ProcessEntry>, ErrorCode>> {
        Ok(self.table.get_mut(&listing)?.next(max))
    }

    fn drop(&mut self, listing: Resource<ProcessListing>) -> wasmtime::Result<()> {
        self.discard(listing)
    }
}
