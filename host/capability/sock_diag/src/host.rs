//! The generated traits, method by method.

use std::sync::Arc;

use wasmtime::component::{Accessor, Resource};

use super::{Listing, Namespace, TableReader, Watch};
use crate::bindings::nethost::cap::sock_diag::{
    Batch, Host, HostClosings, HostClosingsWithStore, HostListing, HostNamespace, HostTableReader,
    Protocol, Query, Socket, Table,
};
use nethost_kit::types::ErrorCode;
use nethost_kit::{Access, Context};

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

    fn watch(
        &mut self,
        namespace: Resource<Namespace>,
        protocol: Protocol,
    ) -> Answer<Resource<Watch>> {
        match self.table.get(&namespace)?.watch(protocol) {
            Ok(closings) => self.keep(Arc::new(closings)).map(Ok),
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

impl HostClosings for Context {
    fn drop(&mut self, closings: Resource<Watch>) -> wasmtime::Result<()> {
        self.discard(closings)
    }
}

impl<T: Send + 'static> HostClosingsWithStore<T> for Access {
    async fn next(
        accessor: &Accessor<T, Self>,
        closings: Resource<Watch>,
        timeout: u64,
    ) -> Answer<Batch> {
        let closings = accessor.with(|mut access| access.get().table.get(&closings).cloned())?;
        Ok(closings.next(timeout).await)
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
