//! Components that are built for the world `tool-sync`, which is the contract without the word `async`. Some languages
//! have no bindings for `async` functions.
//!
//! The type of an import must be that of the host's function, so here the types of these functions become `async`. How
//! the component calls them does not change: a synchronous call of an `async` function waits for its answer.
//!
//! Only types are written anew. The compiler validates the result, as it does every component.

mod instance;
mod sections;

use std::borrow::Cow;
use std::collections::BTreeMap;

use wasmparser::{
    CanonicalFunction, ComponentAlias, ComponentExternalKind, ComponentOuterAliasKind,
    ComponentTypeRef, FromReader, SectionLimited,
};

use sections::{Section, number, split};

/// The functions of the contract that are `async`: of an interface, or of the world.
const ASYNC: &str = include_str!("async.txt");
const CONTRACT: &str = "nethost:cap/";
/// What a tool exports.
const RUN: &str = "run";
/// How deep components are nested at most.
const DEPTH: usize = 16;

const COMPONENT: u8 = 4;
const ALIAS: u8 = 6;
const TYPE: u8 = 7;
const CANON: u8 = 8;
const IMPORT: u8 = 10;
const EXPORT: u8 = 11;

type Result<T> = wasmparser::Result<T>;

/// The component with `async` types where the contract has them. What has them already is returned as it is.
pub(crate) fn with_async_types(component: &[u8]) -> Result<Cow<'_, [u8]>> {
    let rewritten = rewritten(component, 0)?;
    Ok(rewritten.map_or(Cow::Borrowed(component), Cow::Owned))
}

/// What becomes of a type of a component.
enum Change<'a> {
    /// It describes this interface of the contract.
    Interface(&'a str),
    /// It is the type of a function that is `async` in the contract.
    Function,
}

fn rewritten(component: &[u8], depth: usize) -> Result<Option<Vec<u8>>> {
    if depth > DEPTH {
        return Ok(None);
    }
    let sections = split(component)?;
    let changes = changes(&sections)?;
    let mut out = component.get(..8).unwrap_or_default().to_vec();
    let (mut changed, mut types) = (false, 0);
    for section in &sections {
        let new = match section.id {
            COMPONENT => rewritten(section.content, depth + 1)?,
            TYPE => types_section(section, &changes, &mut types)?,
            _ => {
                types += added_types(section)?;
                None
            }
        };
        changed |= new.is_some();
        section.write(new.as_deref(), &mut out);
    }
    Ok(changed.then_some(out))
}

/// Which types must change, by their index.
fn changes<'a>(sections: &[Section<'a>]) -> Result<BTreeMap<u32, Change<'a>>> {
    let mut changes = BTreeMap::new();
    // Types of functions, by what they are used for.
    let (mut others, mut lifts) = (Vec::new(), BTreeMap::new());
    let mut functions = 0;
    let mut exported = None;
    for section in sections {
        match section.id {
            IMPORT => {
                for import in items::<wasmparser::ComponentImport>(section)? {
                    let import = import?;
                    match import.ty {
                        ComponentTypeRef::Instance(index) => {
                            if let Some(interface) = interface(import.name.name) {
                                changes.insert(index, Change::Interface(interface));
                            }
                        }
                        ComponentTypeRef::Func(index) => {
                            functions += 1;
                            if is_async("", import.name.name) {
                                changes.insert(index, Change::Function);
                            } else {
                                others.push(index);
                            }
                        }
                        _ => {}
                    }
                }
            }
            ALIAS => {
                for alias in items::<ComponentAlias>(section)? {
                    if let ComponentAlias::InstanceExport {
                        kind: ComponentExternalKind::Func,
                        ..
                    } = alias?
                    {
                        functions += 1;
                    }
                }
            }
            CANON => {
                for canon in items::<CanonicalFunction>(section)? {
                    if let CanonicalFunction::Lift { type_index, .. } = canon? {
                        lifts.insert(functions, type_index);
                        functions += 1;
                    }
                }
            }
            EXPORT => {
                for export in items::<wasmparser::ComponentExport>(section)? {
                    let export = export?;
                    if export.kind == ComponentExternalKind::Func {
                        if export.name.name == RUN {
                            exported = Some(export.index);
                        }
                        functions += 1;
                    }
                }
            }
            _ => {}
        }
    }
    for (function, index) in lifts {
        if Some(function) == exported {
            changes.insert(index, Change::Function);
        } else {
            others.push(index);
        }
    }
    // A type that also a function has which is not `async` stays: linking says that the two differ.
    for index in others {
        if let Some(Change::Function) = changes.get(&index) {
            changes.remove(&index);
        }
    }
    Ok(changes)
}

/// A section of types with the changes in it. `types` counts the types of the component before it.
fn types_section(
    section: &Section<'_>,
    changes: &BTreeMap<u32, Change<'_>>,
    types: &mut u32,
) -> Result<Option<Vec<u8>>> {
    let reader = items::<wasmparser::ComponentType>(section)?;
    let count = reader.count();
    let starts = reader.into_iter_with_offsets();
    let starts: Vec<usize> = starts
        .map(|item| item.map(|(start, _)| start))
        .collect::<Result<_>>()?;
    let mut out = Vec::new();
    number(count, &mut out);
    let mut changed = false;
    for (at, start) in starts.iter().enumerate() {
        let end = starts.get(at + 1).copied().unwrap_or(section.content.len());
        let ty = section.content.get(*start..end).unwrap_or_default();
        let new = match changes.get(types) {
            Some(Change::Interface(interface)) => instance::with_async(ty, interface)?,
            Some(Change::Function) => instance::as_async(ty),
            None => None,
        };
        changed |= new.is_some();
        out.extend_from_slice(new.as_deref().unwrap_or(ty));
        *types += 1;
    }
    Ok(changed.then_some(out))
}

/// How many types a section of another kind adds.
fn added_types(section: &Section<'_>) -> Result<u32> {
    let is_type = |kind| kind == ComponentExternalKind::Type;
    let mut added = 0;
    match section.id {
        IMPORT => {
            for import in items::<wasmparser::ComponentImport>(section)? {
                added += u32::from(matches!(import?.ty, ComponentTypeRef::Type(_)));
            }
        }
        EXPORT => {
            for export in items::<wasmparser::ComponentExport>(section)? {
                added += u32::from(is_type(export?.kind));
            }
        }
        ALIAS => {
            for alias in items::<ComponentAlias>(section)? {
                added += u32::from(match alias? {
                    ComponentAlias::InstanceExport { kind, .. } => is_type(kind),
                    ComponentAlias::Outer { kind, .. } => kind == ComponentOuterAliasKind::Type,
                    ComponentAlias::CoreInstanceExport { .. } => false,
                });
            }
        }
        _ => {}
    }
    Ok(added)
}

fn items<'a, T: FromReader<'a>>(section: &Section<'a>) -> Result<SectionLimited<'a, T>> {
    SectionLimited::new(wasmparser::BinaryReader::new(section.content, 0))
}

/// The interface of the contract that an import names.
fn interface(import: &str) -> Option<&str> {
    let name = import.strip_prefix(CONTRACT)?;
    Some(name.split_once('@').map_or(name, |(name, _)| name))
}

/// Whether the contract has this function as `async`. A function of the world has no interface.
fn is_async(interface: &str, function: &str) -> bool {
    ASYNC.lines().any(|line| {
        line.split_once('#')
            .is_some_and(|known| known == (interface, function))
    })
}

#[cfg(test)]
mod tests;
