//! Adds an interface of WASI to a linker: its resources and functions by name, with the state of a run.

use wasmtime::StoreContextMut;
use wasmtime::component::{
    ComponentNamedList, Lift, Linker, LinkerInstance, Lower, Resource, ResourceType,
};
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};

use nethost_kit::Context;

/// An interface that is being added.
pub(super) struct Interface<'a>(LinkerInstance<'a, Context>);

impl<'a> Interface<'a> {
    pub(super) fn of(linker: &'a mut Linker<Context>, name: &str) -> wasmtime::Result<Self> {
        linker.instance(name).map(Self)
    }

    /// A resource, and what happens when it is dropped.
    pub(super) fn resource<T: 'static>(
        &mut self,
        name: &str,
        drop: impl Fn(&mut Context, Resource<T>) -> wasmtime::Result<()> + Send + Sync + 'static,
    ) -> wasmtime::Result<()> {
        self.0.resource(
            name,
            ResourceType::host::<T>(),
            move |mut store: StoreContextMut<'_, Context>, number| {
                drop(store.data_mut(), Resource::new_own(number))
            },
        )
    }

    /// A function that gets the state of the run.
    pub(super) fn function<P, R>(
        &mut self,
        name: &str,
        act: impl Fn(&mut Context, P) -> wasmtime::Result<R> + Send + Sync + 'static,
    ) -> wasmtime::Result<()>
    where
        P: ComponentNamedList + Lift + 'static,
        R: Send + 'static,
        (R,): ComponentNamedList + Lower,
    {
        self.0.func_wrap(
            name,
            move |mut store: StoreContextMut<'_, Context>, parameters: P| {
                Ok((act(store.data_mut(), parameters)?,))
            },
        )
    }

    /// A method that needs only its resource.
    pub(super) fn ask<T: Send + 'static, R>(
        &mut self,
        name: &str,
        act: fn(&mut T) -> R,
    ) -> wasmtime::Result<()>
    where
        R: Send + 'static,
        (R,): ComponentNamedList + Lower,
    {
        self.function(name, move |run, (resource,): (Resource<T>,)| {
            Ok(act(run.table.get_mut(&resource)?))
        })
    }

    /// A method with one parameter.
    pub(super) fn tell<T: Send + 'static, A, R>(
        &mut self,
        name: &str,
        act: fn(&mut T, A) -> R,
    ) -> wasmtime::Result<()>
    where
        A: Send + 'static,
        (Resource<T>, A): ComponentNamedList + Lift,
        R: Send + 'static,
        (R,): ComponentNamedList + Lower,
    {
        self.function(name, move |run, (resource, argument): (Resource<T>, A)| {
            Ok(act(run.table.get_mut(&resource)?, argument))
        })
    }

    /// The method `subscribe` of a resource that a plugin can wait for.
    pub(super) fn subscribe<T: Pollable>(&mut self, name: &str) -> wasmtime::Result<()> {
        self.function(name, |run, (resource,): (Resource<T>,)| {
            let pollable: Resource<DynPollable> = subscribe(&mut run.table, resource)?;
            Ok(pollable)
        })
    }
}
