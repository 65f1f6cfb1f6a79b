//! Links a component with what it imports, and with nothing else.

use std::sync::Arc;

use wasmtime::Engine;
use wasmtime::component::{Accessor, Component};

use crate::bindings::{Lifecycle, LifecycleImports, LifecycleImportsWithStore};
use crate::capabilities::INTERFACES;
use crate::lockdown::Needs;
use crate::wasi;
use nethost_kit::recorded::Tape;
use nethost_kit::recorded::component::Linker;
use nethost_kit::wit::{self, Signal};
use nethost_kit::{Access, Context};

/// The version of the contract in `wit/`.
pub const CONTRACT: &str = package_version(include_str!("../../../wit/types.wit"));

/// Reads the version from `package nethost:cap@1.2.3;`, the first line of each file of the contract.
const fn package_version(text: &str) -> &str {
    let bytes = text.as_bytes();
    let mut start = 0;
    while bytes[start] != b'@' {
        start += 1;
    }
    let mut end = start;
    while bytes[end] != b';' {
        end += 1;
    }
    text.split_at(end).0.split_at(start + 1).1
}

const PACKAGE: &str = "nethost:cap/";
/// The functions of the world `tool` itself.
const WORLD: &[&str] = &["interrupted", "report-wanted", "terminated"];

/// A component that cannot be run here.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It was built against a newer contract.
    #[error(
        "it needs version {needed} of nethost:cap, this nethost offers {CONTRACT}; install a newer nethost"
    )]
    NewerContract {
        /// The version that it imports.
        needed: String,
    },
    /// The engine reserves address space for the largest memory that a plugin may have.
    #[error(
        "there is too little address space: each of its memories needs 4 GiB; raise the limit on virtual memory (`ulimit -v`)"
    )]
    AddressSpace,
    /// It imports something that nethost does not offer.
    #[error(
        "it imports `{import}`, which nethost does not offer; {}",
        remedy(import)
    )]
    UnknownImport {
        /// Its name, with the version.
        import: String,
    },
    /// It imports a function that the offered interface does not have.
    #[error(
        "it imports the function `{function}` of `{interface}`, which this nethost does not have; the contract \
         {CONTRACT} (wit/{}.wit) lists what there is",
        file(interface)
    )]
    UnknownFunction {
        /// The interface, with the version.
        interface: String,
        /// The function.
        function: String,
    },
    /// An import has another type than the offered one.
    #[error(
        "its imports do not match: {0}; build it again against the contract {CONTRACT}: the SDK of this version, or the \
         files of nethost's wit folder"
    )]
    Mismatch(String),
}

/// What to import instead of an interface that is not offered.
fn remedy(import: &str) -> String {
    let (name, _) = import.split_once('@').unwrap_or((import, ""));
    let own = INTERFACES.iter().map(|offered| offered.name);
    let all: Vec<&str> = own.chain(wasi::names()).collect();
    let likeness = |known: &&str| strsim::jaro_winkler(known, name);
    let near = all
        .iter()
        .copied()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let package = name.split_once('/').map_or(name, |(package, _)| package);
    let prefix = format!("{package}/");
    let siblings: Vec<&str> = all
        .iter()
        .filter_map(|known| known.strip_prefix(&prefix))
        .collect();
    let hint = match near.filter(|near| likeness(near) > 0.93) {
        Some(near) => format!("did you mean `{near}`? "),
        None => String::new(),
    };
    let offered = match siblings.is_empty() {
        true => "It offers nethost:cap and, of WASI 0.2, wasi:cli, clocks, filesystem, io, random and sockets".into(),
        false => format!("{package} has {}", siblings.join(", ")),
    };
    format!(
        "{hint}{offered}. Change the import in the world that the plugin is built for, or what needs it"
    )
}

/// A linker with the interfaces that this component imports. With a tape, their calls are recorded or replayed.
pub fn link(
    engine: &Engine,
    component: &Component,
    tape: Option<&Arc<Tape>>,
) -> Result<Linker<Context>, Error> {
    let mut linker = Linker::new(engine, tape.cloned());
    let mut has_world = false;
    for (import, _) in component.component_type().imports(engine) {
        if let Some(add) = import
            .split_once('@')
            .and_then(|(name, _)| wasi::interface(name))
        {
            add(linker.unrecorded()).map_err(mismatch)?;
            continue;
        }
        if WORLD.contains(&import) {
            if !std::mem::replace(&mut has_world, true) {
                Lifecycle::add_to_linker_imports::<Context, Access>(&mut linker, |run| run)
                    .map_err(mismatch)?;
            }
            continue;
        }
        let Some((name, version)) = import
            .strip_prefix(PACKAGE)
            .and_then(|rest| rest.split_once('@'))
        else {
            return Err(Error::UnknownImport {
                import: import.into(),
            });
        };
        check_version(version)?;
        let interface = format!("{PACKAGE}{name}");
        if name == "types" {
            wit::add_to_linker::<Context, Access>(&mut linker, |run| run).map_err(mismatch)?;
            continue;
        }
        let offered = INTERFACES
            .iter()
            .find(|offered| offered.name == interface)
            .ok_or_else(|| Error::UnknownImport {
                import: import.into(),
            })?;
        (offered.add_to_linker)(&mut linker).map_err(mismatch)?;
    }
    Ok(linker)
}

/// The interface of a component that no record covers, if it imports one.
pub fn unrecorded<'a>(mut imports: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    imports.find(|import| import.starts_with("wasi:sockets/"))
}

/// What a process needs to run a component with these imports.
pub fn needs<'a>(imports: impl Iterator<Item = &'a str>) -> Needs {
    let mut needs = Needs::default();
    for import in imports {
        for offered in INTERFACES {
            let rest = import.strip_prefix(offered.name);
            if rest.is_some_and(|rest| rest.starts_with(['@', '/'])) {
                needs.files.extend(offered.reads);
            }
        }
    }
    needs
}

/// Whether a component with this version of the contract can run here. Newer means another 0.x version, or a later patch version of this one, which may have functions that are missing
/// here.
pub fn check_version(version: &str) -> Result<(), Error> {
    let numbers = |text: &str| {
        text.split('.')
            .map(|part| part.parse::<u32>().unwrap_or(u32::MAX))
            .collect::<Vec<_>>()
    };
    if numbers(version) > numbers(CONTRACT) {
        return Err(Error::NewerContract {
            needed: version.into(),
        });
    }
    Ok(())
}

/// Whether this is a failed mmap(2).
fn is_out_of_memory(cause: &(dyn std::error::Error + 'static)) -> bool {
    let by_std = cause.downcast_ref::<std::io::Error>();
    by_std.is_some_and(|error| error.raw_os_error() == Some(libc::ENOMEM))
        || cause.downcast_ref() == Some(&rustix::io::Errno::NOMEM)
}

/// Prints the causes of a wasmtime error on one line.
pub fn mismatch(error: wasmtime::Error) -> Error {
    if error.chain().any(is_out_of_memory) {
        return Error::AddressSpace;
    }
    let text = error
        .chain()
        .map(|cause| cause.to_string().replace('\n', " "))
        .collect::<Vec<_>>()
        .join(": ");
    unknown_function(&text).unwrap_or(Error::Mismatch(text))
}

/// The name of an interface without package and version.
fn file(interface: &str) -> &str {
    let (name, _) = interface.split_once('@').unwrap_or((interface, ""));
    name.rsplit('/').next().unwrap_or(name)
}

/// Reads the engine's message about a function that an interface does not have.
fn unknown_function(text: &str) -> Option<Error> {
    let quoted = |before: &str| {
        let (_, rest) = text.split_once(before)?;
        Some(rest.split_once('`')?.0.to_owned())
    };
    let is_missing = text.ends_with("function implementation is missing");
    let interface = quoted("component imports instance `").filter(|_| is_missing)?;
    let function = quoted("instance export `")?;
    Some(Error::UnknownFunction {
        interface,
        function,
    })
}

impl LifecycleImports for Context {}

impl<T: Send + 'static> LifecycleImportsWithStore<T> for Access {
    async fn interrupted(accessor: &Accessor<T, Self>) -> wasmtime::Result<Signal> {
        let signals = accessor.with(|mut access| Arc::clone(&access.get().signals));
        Ok(signals.next().await)
    }

    async fn terminated(accessor: &Accessor<T, Self>) -> wasmtime::Result<()> {
        let signals = accessor.with(|mut access| Arc::clone(&access.get().signals));
        signals.terminated().await;
        Ok(())
    }

    async fn report_wanted(accessor: &Accessor<T, Self>) -> wasmtime::Result<()> {
        let signals = accessor.with(|mut access| Arc::clone(&access.get().signals));
        signals.report_wanted().await;
        Ok(())
    }
}
