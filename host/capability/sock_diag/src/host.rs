//! The generated traits, method by method.

use wasmtime::component::Resource;

use super::{Listing, Namespace, TableReader};
use crate::bindings::nethost::cap::sock_diag::{
    Batch, Host, HostListing, HostNamespace, HostTableReader, Query, Socket, Table,
};
use nethost_kit::Context;
use nethost_kit::types::ErrorCode;

type Answer<T> = wasmtime::Result<Result<T, ErrorCode>>;

impl Host for Context {}

impl HostNamespace for Context {
    fn open(&mut self, name: Option<String>) -> Answer<Resource<Namespace>> {
        match Namespace::open(&self.gate, &self.broker, name.as_deref()) {
            Ok(namespace) => self.keep(namespace).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn list(&mut self, namespace: Resource<Namespace>, query: Query) -> Answer<Resource<Listing>> {
        match self.table.get(&namespace)?.list(query) {
            Ok(listing) => self.keep(listing).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn read_table(
        &mut self,
        namespace: Resource<Namespace>,
        table: Table,
    ) -> Answer<Resource<TableReader>> {
        match self.table.get(&namespace)?.read_table(table) {
            Ok(reader) => self.keep(reader).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn destroy(&mut self, namespace: Resource<Namespace>, socket: Socket) -> Answer<()> {
        Ok(self.table.get(&namespace)?.destroy(socket))
    }

    fn drop(&mut self, namespace: Resource<Namespace>) -> wasmtime::Result<()> {
        self.discard(namespace)
    }
}

impl HostListing for Context {
    fn next(&mut self, listing: Resource<Listing>) -> Answer<Batch> {
        Ok(self.table.get_mut(&listing)?.next())
    }

    fn drop(&mut self, listing: Resource<Listing>) -> wasmtime::Result<()> {
        self.discard(listing)
    }
}

impl HostTableReader for Context {
    fn next(&mut self, reader: Resource<TableReader>) -> Answer<Vec<u8>> {
        Ok(self.table.get_mut(&reader)?.next())
    }

    fn drop(&mut self, reader: Resource<TableReader>) -> wasmtime::Result<()> {
        self.discard(reader)
    }
}
