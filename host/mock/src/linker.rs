//! Links a component with the interfaces of the mock host.

use std::collections::HashMap;

use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;

use crate::context::Context;
use crate::interfaces::{self, INTERFACES};
use crate::{stubs, wasi};
use nethost_kit::recorded::component::Linker;
use nethost_runner::capabilities;
use nethost_runner::linker::{Error, check_version, mismatch};

const PACKAGE: &str = "nethost:cap/";
const WORLD: &[&str] = &["interrupted", "report-wanted", "terminated"];

/// A linker for this component.
pub(crate) fn link(engine: &Engine, component: &Component) -> Result<Linker<Context>, Error> {
    let mut linker = Linker::new(engine, None);
    let mut has_world = false;
    let mut missing = HashMap::new();
    for (import, item) in component.component_type().imports(engine) {
        let (name, version) = import.split_once('@').unwrap_or((import, ""));
        if let Some(add) = wasi::interface(name) {
            add(linker.unrecorded()).map_err(mismatch)?;
        } else if WORLD.contains(&import) {
            if !std::mem::replace(&mut has_world, true) {
                interfaces::add_world(&mut linker).map_err(mismatch)?;
            }
        } else if let Some(interface) = name.strip_prefix(PACKAGE) {
            check_version(version)?;
            let mut offered = INTERFACES.iter();
            if let Some((_, add)) = offered.find(|(offered, _)| *offered == interface) {
                add(&mut linker).map_err(mismatch)?;
                continue;
            }
            match item.ty {
                ComponentItem::ComponentInstance(instance) if is_of_contract(name) => {
                    missing.insert(import.to_owned(), instance);
                }
                _ => {
                    return Err(Error::UnknownImport {
                        import: import.into(),
                    });
                }
            }
        } else {
            match item.ty {
                ComponentItem::ComponentInstance(instance) if name.starts_with("wasi:sockets/") => {
                    missing.insert(import.to_owned(), instance);
                }
                _ => {
                    return Err(Error::UnknownImport {
                        import: import.into(),
                    });
                }
            }
        }
    }
    stubs::add(engine, component, linker.unrecorded(), &missing).map_err(mismatch)?;
    // What does not fit is found here, not in each case.
    linker.instantiate_pre(component).map_err(mismatch)?;
    Ok(linker)
}

fn is_of_contract(name: &str) -> bool {
    let mut all = capabilities::INTERFACES.iter();
    all.any(|offered| offered.name == name)
}
