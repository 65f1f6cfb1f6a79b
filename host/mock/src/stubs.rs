//! What the contract has and the mock host does not: functions that end the run with their name, so that a plugin can be
//! tested in the part that needs nothing of them.

use std::collections::HashMap;

use wasmtime::Engine;
use wasmtime::component::types::{ComponentInstance, ComponentItem};
use wasmtime::component::{Component, Linker, ResourceType};

use crate::context::{Context, Unsupported};
use nethost_kit::stream::Connection;
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, DynPollable};
use wasmtime_wasi_io::streams::Error as StreamError;

/// Resources of interfaces that are there, which others use.
fn shared(interface: &str, resource: &str) -> Option<ResourceType> {
    Some(match (interface, resource) {
        ("nethost:cap/tcp", "connection") => ResourceType::host::<Connection>(),
        ("wasi:io/poll", "pollable") => ResourceType::host::<DynPollable>(),
        ("wasi:io/streams", "input-stream") => ResourceType::host::<DynInputStream>(),
        ("wasi:io/streams", "output-stream") => ResourceType::host::<DynOutputStream>(),
        ("wasi:io/error", "error") => ResourceType::host::<StreamError>(),
        _ => return None,
    })
}

/// The types of the resources that a component knows, as the linker has them.
struct Resources(Vec<(ResourceType, ResourceType)>);

impl Resources {
    fn of(engine: &Engine, component: &Component) -> Self {
        let mut known = Vec::new();
        for (import, item) in component.component_type().imports(engine) {
            let (interface, _) = import.split_once('@').unwrap_or((import, ""));
            let ComponentItem::ComponentInstance(instance) = item.ty else {
                continue;
            };
            for (name, item) in instance.exports(engine) {
                if let ComponentItem::Resource(declared) = item.ty
                    && let Some(offered) = shared(interface, name)
                {
                    known.push((declared, offered));
                }
            }
        }
        Self(known)
    }

    fn offered(&self, declared: ResourceType) -> ResourceType {
        let mut known = self.0.iter();
        known
            .find(|(one, _)| *one == declared)
            .map_or_else(ResourceType::host::<()>, |(_, offered)| *offered)
    }
}

/// Adds these imports of a component.
pub(crate) fn add(
    engine: &Engine,
    component: &Component,
    linker: &mut Linker<Context>,
    missing: &HashMap<String, ComponentInstance>,
) -> wasmtime::Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let resources = Resources::of(engine, component);
    for (import, instance) in missing {
        let (interface, _) = import.split_once('@').unwrap_or((import, ""));
        let mut stub = linker.instance(import)?;
        for (name, item) in instance.exports(engine) {
            let what = interface.rsplit('/').next().unwrap_or(interface);
            let called = Unsupported {
                what: what.into(),
                function: format!("{interface} {name}"),
            };
            match item.ty {
                ComponentItem::Resource(declared) => {
                    stub.resource(name, resources.offered(declared), |_, _| Ok(()))?;
                }
                ComponentItem::ComponentFunc(function) if function.async_() => {
                    stub.func_new_concurrent(name, move |_, _, _, _| {
                        let called = called.clone();
                        Box::pin(async move { Err(called.into()) })
                    })?;
                }
                ComponentItem::ComponentFunc(_) => {
                    stub.func_new(name, move |_, _, _, _| Err(called.clone().into()))?;
                }
                _ => {}
            }
        }
    }
    Ok(())
}
