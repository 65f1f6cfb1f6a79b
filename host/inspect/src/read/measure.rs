//! How much a component declares, and how much one run of it creates. What is instantiated twice counts twice, also in
//! nested components. What no plugin needs is refused before it is compiled or uses memory.

use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind,
    ElementItems, Encoding, Instance, Parser, Payload, SectionLimited, TypeRef,
};

use super::Error;

/// What is counted, and the limit of each.
const MOST: [(&str, u64); KINDS] = [
    ("functions", 100_000),
    ("bytes of code", 32 << 20),
    ("globals", 65_536),
    ("tables", 1024),
    ("table entries", 1 << 20),
    ("memories", 100),
    ("types", 100_000),
    ("imports", 100_000),
    ("exports", 100_000),
    ("data and element segments", 100_000),
    ("elements in segments", 1 << 20),
    ("tags", 10_000),
    ("modules and components", 1000),
    ("instances", 1000),
];
const KINDS: usize = 14;

const FUNCTIONS: usize = 0;
const CODE: usize = 1;
const GLOBALS: usize = 2;
const TABLES: usize = 3;
const ENTRIES: usize = 4;
const MEMORIES: usize = 5;
const TYPES: usize = 6;
const IMPORTS: usize = 7;
const EXPORTS: usize = 8;
const SEGMENTS: usize = 9;
const ELEMENTS: usize = 10;
const TAGS: usize = 11;
const DEFINITIONS: usize = 12;
const INSTANCES: usize = 13;

/// A count of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Totals([u64; KINDS]);

impl Totals {
    fn count(&mut self, kind: usize, more: impl Into<u64>) {
        self.0[kind] = self.0[kind].saturating_add(more.into());
    }

    fn add(&mut self, other: &Self) {
        for (kind, more) in other.0.iter().enumerate() {
            self.count(kind, *more);
        }
    }

    fn check(&self, made: &str) -> Result<(), Error> {
        let over = self.0.iter().zip(MOST).find(|(had, (_, most))| *had > most);
        match over {
            None => Ok(()),
            Some((_, (what, most))) => {
                Err(Error::Excessive(format!("{made} more than {most} {what}")))
            }
        }
    }
}

/// A module or component that has not ended yet.
#[derive(Default)]
struct Scope {
    is_component: bool,
    /// What one instance of it creates.
    made: Totals,
    /// What one instance of each module creates, by index.
    modules: Vec<Totals>,
    /// What one instance of each component creates, by index.
    components: Vec<Totals>,
}

/// Refuses a component that declares or creates more than the limits.
pub(super) fn check(bytes: &[u8]) -> Result<(), Error> {
    let mut declared = Totals::default();
    let mut scopes: Vec<Scope> = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        match &payload {
            Payload::Version { encoding, .. } => scopes.push(Scope {
                is_component: *encoding == Encoding::Component,
                ..Scope::default()
            }),
            Payload::End(_) => {
                let Some(ended) = scopes.pop() else { break };
                ended.made.check("it makes")?;
                let Some(around) = scopes.last_mut() else {
                    break;
                };
                declared.count(DEFINITIONS, 1_u64);
                let kind = if ended.is_component {
                    &mut around.components
                } else {
                    &mut around.modules
                };
                kind.push(ended.made);
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section.clone() {
                    take_alias(&alias?, &mut scopes)?;
                }
            }
            payload => {
                let Some(scope) = scopes.last_mut() else {
                    continue;
                };
                if scope.is_component {
                    component(payload, scope, &mut declared)?;
                } else {
                    let before = scope.made;
                    module(payload, &mut scope.made)?;
                    for (kind, now) in scope.made.0.iter().enumerate() {
                        declared.count(kind, now.saturating_sub(before.0[kind]));
                    }
                }
            }
        }
        declared.check("it declares")?;
    }
    Ok(())
}

/// The number of entries of a section, if the section has room for them. If it has not, reading it fails later.
fn entries<T>(section: &SectionLimited<'_, T>) -> u64 {
    u64::from(section.count()).min(section.range().len() as u64)
}

/// Counts a section of a module.
fn module(payload: &Payload<'_>, made: &mut Totals) -> Result<(), Error> {
    match payload {
        Payload::TypeSection(section) => {
            for group in section.clone() {
                made.count(TYPES, group?.types().len() as u64);
            }
        }
        Payload::ImportSection(section) => {
            for import in section.clone().into_imports() {
                made.count(IMPORTS, 1_u64);
                match import?.ty {
                    TypeRef::Func(_) | TypeRef::FuncExact(_) => made.count(FUNCTIONS, 1_u64),
                    TypeRef::Global(_) => made.count(GLOBALS, 1_u64),
                    TypeRef::Table(_) => made.count(TABLES, 1_u64),
                    TypeRef::Memory(_) => made.count(MEMORIES, 1_u64),
                    TypeRef::Tag(_) => made.count(TAGS, 1_u64),
                }
            }
        }
        Payload::FunctionSection(section) => made.count(FUNCTIONS, entries(section)),
        Payload::CodeSectionStart { size, .. } => made.count(CODE, *size),
        Payload::GlobalSection(section) => made.count(GLOBALS, entries(section)),
        Payload::TableSection(section) => {
            made.count(TABLES, entries(section));
            for table in section.clone() {
                made.count(ENTRIES, table?.ty.initial);
            }
        }
        Payload::MemorySection(section) => made.count(MEMORIES, entries(section)),
        Payload::TagSection(section) => made.count(TAGS, entries(section)),
        Payload::ExportSection(section) => made.count(EXPORTS, entries(section)),
        Payload::DataSection(section) => made.count(SEGMENTS, entries(section)),
        Payload::ElementSection(section) => {
            made.count(SEGMENTS, entries(section));
            for element in section.clone() {
                made.count(
                    ELEMENTS,
                    match element?.items {
                        ElementItems::Functions(items) => entries(&items),
                        ElementItems::Expressions(_, items) => entries(&items),
                    },
                );
            }
        }
        _ => {}
    }
    Ok(())
}

/// Counts a section of a component.
fn component(payload: &Payload<'_>, scope: &mut Scope, declared: &mut Totals) -> Result<(), Error> {
    match payload {
        Payload::ComponentTypeSection(section) => declared.count(TYPES, entries(section)),
        Payload::CoreTypeSection(section) => declared.count(TYPES, entries(section)),
        Payload::ComponentCanonicalSection(section) => {
            declared.count(FUNCTIONS, entries(section));
            scope.made.count(FUNCTIONS, entries(section));
        }
        Payload::InstanceSection(section) => {
            for instance in section.clone() {
                match instance? {
                    Instance::Instantiate { module_index, args } => {
                        scope.made.count(INSTANCES, 1_u64);
                        scope.made.count(IMPORTS, args.len() as u64);
                        let module = known(&scope.modules, module_index)?;
                        scope.made.add(&module);
                    }
                    Instance::FromExports(exports) => {
                        scope.made.count(EXPORTS, exports.len() as u64);
                    }
                }
                scope.made.check("it makes")?;
            }
        }
        Payload::ComponentInstanceSection(section) => {
            for instance in section.clone() {
                match instance? {
                    ComponentInstance::Instantiate {
                        component_index,
                        args,
                    } => {
                        scope.made.count(INSTANCES, 1_u64);
                        scope.made.count(IMPORTS, args.len() as u64);
                        let component = known(&scope.components, component_index)?;
                        scope.made.add(&component);
                    }
                    ComponentInstance::FromExports(exports) => {
                        scope.made.count(EXPORTS, exports.len() as u64);
                    }
                }
                scope.made.check("it makes")?;
            }
        }
        Payload::ComponentImportSection(section) => {
            declared.count(IMPORTS, entries(section));
            for import in section.clone() {
                refuse_definition(import?.ty.kind(), "imports")?;
            }
        }
        Payload::ComponentExportSection(section) => {
            declared.count(EXPORTS, entries(section));
            for export in section.clone() {
                let export = export?;
                // An export is another index for the same item.
                match export.kind {
                    ComponentExternalKind::Module => {
                        let module = known(&scope.modules, export.index)?;
                        scope.modules.push(module);
                    }
                    ComponentExternalKind::Component => {
                        let component = known(&scope.components, export.index)?;
                        scope.components.push(component);
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
    Ok(())
}

fn take_alias(alias: &ComponentAlias<'_>, scopes: &mut [Scope]) -> Result<(), Error> {
    match alias {
        ComponentAlias::InstanceExport { kind, .. } => refuse_definition(*kind, "takes"),
        ComponentAlias::CoreInstanceExport { .. } => Ok(()),
        ComponentAlias::Outer { kind, count, index } => {
            let at = scopes.len().checked_sub(1 + *count as usize);
            let outer = at.and_then(|at| scopes.get(at)).ok_or_else(unknown)?;
            let (module, component) = match kind {
                ComponentOuterAliasKind::CoreModule => (Some(known(&outer.modules, *index)?), None),
                ComponentOuterAliasKind::Component => {
                    (None, Some(known(&outer.components, *index)?))
                }
                ComponentOuterAliasKind::CoreType | ComponentOuterAliasKind::Type => (None, None),
            };
            if let Some(own) = scopes.last_mut() {
                own.modules.extend(module);
                own.components.extend(component);
            }
            Ok(())
        }
    }
}

/// A module or component that comes from elsewhere creates an unknown amount.
fn refuse_definition(kind: ComponentExternalKind, does: &str) -> Result<(), Error> {
    let what = match kind {
        ComponentExternalKind::Module => "a module",
        ComponentExternalKind::Component => "a component",
        _ => return Ok(()),
    };
    Err(Error::Excessive(format!(
        "it {does} {what} from elsewhere, so the amount that it creates is unknown"
    )))
}

fn known(of: &[Totals], index: u32) -> Result<Totals, Error> {
    of.get(index as usize).copied().ok_or_else(unknown)
}

/// The validator reports the details when it is called.
fn unknown() -> Error {
    Error::Invalid {
        problem: "an index without an item".into(),
        offset: 0,
    }
}

#[cfg(test)]
mod tests;
