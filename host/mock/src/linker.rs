//! Links a component with the interfaces of the mock host. What the contract has and the mock host does not becomes a
//! function that ends the run with its name, so that a plugin can be tested in the part that needs nothing of it.

use wasmtime::Engine;
use wasmtime::component::{Component, Linker};

use crate::context::Context;
use crate::interfaces::{self, INTERFACES};
use crate::wasi;
use nethost_runner::capabilities;
use nethost_runner::linker::{Error, check_version, mismatch};

const PACKAGE: &str = "nethost:cap/";
const WORLD: &[&str] = &["interrupted", "report-wanted", "terminated"];

/// A linker for this component.
pub(crate) fn link(engine: &Engine, component: &Component) -> Result<Linker<Context>, Error> {
    let mut linker = Linker::new(engine);
    let mut has_world = false;
    for (import, _) in component.component_type().imports(engine) {
        let (name, version) = import.split_once('@').unwrap_or((import, ""));
        if let Some(add) = wasi::interface(name) {
            add(&mut linker).map_err(mismatch)?;
        } else if WORLD.contains(&import) {
            if !std::mem::replace(&mut has_world, true) {
                interfaces::add_world(&mut linker).map_err(mismatch)?;
            }
        } else if let Some(interface) = name.strip_prefix(PACKAGE) {
            check_version(version)?;
            let mut offered = INTERFACES.iter();
            if let Some((_, add)) = offered.find(|(offered, _)| *offered == interface) {
                add(&mut linker).map_err(mismatch)?;
            } else if !is_of_contract(name) {
                return Err(Error::UnknownImport(import.into()));
            }
        } else if !name.starts_with("wasi:sockets/") {
            return Err(Error::UnknownImport(import.into()));
        }
    }
    linker
        .define_unknown_imports_as_traps(component)
        .map_err(mismatch)?;
    Ok(linker)
}

fn is_of_contract(name: &str) -> bool {
    let mut all = capabilities::INTERFACES.iter();
    all.any(|offered| offered.name == name)
}

/// The function that the mock host does not have, if that is why a run ended: `nethost:cap/netlink get-links`.
pub(crate) fn missing(error: &wasmtime::Error) -> Option<String> {
    let text = error.root_cause().to_string();
    let name = text
        .strip_prefix("unknown import: `")?
        .strip_suffix("` has not been defined")?;
    let (interface, function) = name.split_once('#')?;
    let (interface, _) = interface.split_once('@').unwrap_or((interface, ""));
    let short = interface.rsplit('/').next().unwrap_or(interface);
    Some(format!(
        "the mock host has no {short} yet: the plugin called {interface} {function}"
    ))
}
