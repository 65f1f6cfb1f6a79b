//! The generated traits, method by method.

use std::sync::Arc;

use wasmtime::component::{Accessor, Resource};

use super::monitor::read_message;
use super::{EntityListing, Listing, Namespace, Undoable, Watch};
use crate::bindings::nethost::cap::netlink::{
    Batch, Change, Entity, EntityBatch, Event, Failure, Host, HostEntityListing, HostListing,
    HostMonitor, HostMonitorWithStore, HostNamespace, HostUndoable, How, MulticastAddress,
    NamedNamespace, Neighbour, NeighbourLookup, Object, Query, Route, RouteLookup, Subjects,
    UndoneChange,
};
use nethost_kit::Access;
use nethost_kit::Context;
use nethost_kit::types::ErrorCode;

impl Host for Context {}

impl HostNamespace for Context {
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

    fn look_up_neighbour(
        &mut self,
        namespace: Resource<Namespace>,
        lookup: NeighbourLookup,
    ) -> wasmtime::Result<Result<Neighbour, Failure>> {
        Ok(self.table.get(&namespace)?.look_up_neighbour(lookup))
    }

    fn read_message(&mut self, message: Vec<u8>) -> wasmtime::Result<Result<Object, ErrorCode>> {
        Ok(read_message(&message))
    }

    fn multicast_addresses(
        &mut self,
        namespace: Resource<Namespace>,
    ) -> wasmtime::Result<Result<Vec<MulticastAddress>, Failure>> {
        Ok(self.table.get(&namespace)?.multicast_addresses())
    }

    fn named_namespaces(
        &mut self,
        namespace: Resource<Namespace>,
    ) -> wasmtime::Result<Result<Vec<NamedNamespace>, Failure>> {
        Ok(self.table.get(&namespace)?.named_namespaces())
    }

    fn names_of(&mut self, process: Option<u32>) -> wasmtime::Result<Result<Vec<String>, Failure>> {
        Ok(Namespace::names_of(&self.gate, &self.broker, process))
    }

    fn processes(&mut self, name: String) -> wasmtime::Result<Result<Vec<u32>, Failure>> {
        Ok(Namespace::processes(&self.gate, &self.broker, &name))
    }

    fn watch(
        &mut self,
        namespace: Resource<Namespace>,
        subjects: Subjects,
    ) -> wasmtime::Result<Result<Resource<Watch>, Failure>> {
        match self.table.get(&namespace)?.watch(subjects) {
            Ok(monitor) => self.keep(Arc::new(monitor)).map(Ok),
            Err(error) => Ok(Err(error)),
        }
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

    fn list_entities(
        &mut self,
        namespace: Resource<Namespace>,
        query: Entity,
        all: bool,
    ) -> wasmtime::Result<Result<Resource<EntityListing>, Failure>> {
        match self.table.get(&namespace)?.list_entities(&query, all) {
            Ok(listing) => self.keep(listing).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn change_entity(
        &mut self,
        namespace: Resource<Namespace>,
        change: Entity,
        how: How,
    ) -> wasmtime::Result<Result<Option<String>, Failure>> {
        Ok(self.table.get_mut(&namespace)?.change_entity(&change, how))
    }

    fn drop(&mut self, namespace: Resource<Namespace>) -> wasmtime::Result<()> {
        self.discard(namespace)
    }
}

impl HostUndoable for Context {
    fn open(&mut self, namespace: Resource<Namespace>) -> wasmtime::Result<Resource<Undoable>> {
        let undoable = Undoable::open(self.table.get(&namespace)?);
        self.keep(undoable)
    }

    fn put(
        &mut self,
        undoable: Resource<Undoable>,
        change: Change,
        how: How,
    ) -> wasmtime::Result<Result<Option<String>, Failure>> {
        Ok(self.table.get(&undoable)?.put(&change, how))
    }

    fn remove(
        &mut self,
        undoable: Resource<Undoable>,
        change: Change,
    ) -> wasmtime::Result<Result<Option<String>, Failure>> {
        Ok(self.table.get(&undoable)?.remove(&change))
    }

    fn commit(&mut self, undoable: Resource<Undoable>) -> wasmtime::Result<Result<(), ErrorCode>> {
        Ok(self.table.get(&undoable)?.commit())
    }

    fn undo(
        &mut self,
        undoable: Resource<Undoable>,
    ) -> wasmtime::Result<Result<Vec<UndoneChange>, ErrorCode>> {
        Ok(self.table.get(&undoable)?.undo())
    }

    fn drop(&mut self, undoable: Resource<Undoable>) -> wasmtime::Result<()> {
        self.discard(undoable)
    }
}

impl HostEntityListing for Context {
    fn next(
        &mut self,
        listing: Resource<EntityListing>,
        max: u32,
    ) -> wasmtime::Result<Result<EntityBatch, Failure>> {
        let next = self.table.get_mut(&listing)?.next(max);
        Ok(next.map_err(Failure::from))
    }

    fn drop(&mut self, listing: Resource<EntityListing>) -> wasmtime::Result<()> {
        self.discard(listing)
    }
}

impl HostListing for Context {
    fn next(
        &mut self,
        listing: Resource<Listing>,
        max: u32,
    ) -> wasmtime::Result<Result<Batch, Failure>> {
        let next = self.table.get_mut(&listing)?.next(max);
        Ok(next.map_err(Failure::from))
    }

    fn next_messages(
        &mut self,
        listing: Resource<Listing>,
        max: u32,
    ) -> wasmtime::Result<Result<(Batch, Vec<Vec<u8>>), Failure>> {
        let next = self.table.get_mut(&listing)?.next_messages(max);
        Ok(next.map_err(Failure::from))
    }

    fn drop(&mut self, listing: Resource<Listing>) -> wasmtime::Result<()> {
        self.discard(listing)
    }
}

impl HostMonitor for Context {
    fn drop(&mut self, monitor: Resource<Watch>) -> wasmtime::Result<()> {
        self.discard(monitor)
    }
}

impl<T: Send + 'static> HostMonitorWithStore<T> for Access {
    async fn next(
        accessor: &Accessor<T, Self>,
        monitor: Resource<Watch>,
        max: u32,
        timeout: u64,
    ) -> wasmtime::Result<Result<Vec<Event>, Failure>> {
        let monitor = accessor.with(|mut access| access.get().table.get(&monitor).cloned())?;
        Ok(monitor.next(max, timeout).await.map_err(Failure::from))
    }
}
