//! The generated traits, method by method.

use wasmtime::component::Resource;

use super::{Listing, Namespace};
use crate::bindings::nethost::cap::netlink::{
    Batch, Change, Failure, Host, HostListing, HostNamespace, How, Query, Route, RouteLookup,
};
use crate::capability::types::ErrorCode;
use crate::store::Run;

impl Host for Run {}

impl HostNamespace for Run {
    fn open(
        &mut self,
        name: Option<String>,
    ) -> wasmtime::Result<Result<Resource<Namespace>, ErrorCode>> {
        match Namespace::open(&self.gate, &self.broker, name.as_deref()) {
            Ok(namespace) => self.keep(namespace).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn list(
        &mut self,
        namespace: Resource<Namespace>,
        query: Query,
    ) -> wasmtime::Result<Result<Resource<Listing>, Failure>> {
        match self.table.get(&namespace)?.list(&query) {
            Ok(listing) => self.keep(listing).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn look_up(
        &mut self,
        namespace: Resource<Namespace>,
        lookup: RouteLookup,
    ) -> wasmtime::Result<Result<Route, Failure>> {
        Ok(self.table.get(&namespace)?.look_up(&lookup))
    }

    fn put(
        &mut self,
        namespace: Resource<Namespace>,
        change: Change,
        how: How,
    ) -> wasmtime::Result<Result<Option<String>, Failure>> {
        Ok(self.table.get_mut(&namespace)?.put(&change, how))
    }

    fn remove(
        &mut self,
        namespace: Resource<Namespace>,
        change: Change,
    ) -> wasmtime::Result<Result<Option<String>, Failure>> {
        Ok(self.table.get_mut(&namespace)?.remove(&change))
    }

    fn drop(&mut self, namespace: Resource<Namespace>) -> wasmtime::Result<()> {
        self.discard(namespace)
    }
}

impl HostListing for Run {
    fn next(
        &mut self,
        listing: Resource<Listing>,
        max: u32,
    ) -> wasmtime::Result<Result<Batch, Failure>> {
        let next = self.table.get_mut(&listing)?.next(max);
        Ok(next.map_err(Failure::from))
    }

    fn drop(&mut self, listing: Resource<Listing>) -> wasmtime::Result<()> {
        self.discard(listing)
    }
}
