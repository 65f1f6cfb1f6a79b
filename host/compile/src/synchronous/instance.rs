//! The type of an interface, with `async` functions where the contract has them.

use std::collections::BTreeMap;

use wasmparser::{
    BinaryReader, ComponentAlias, ComponentExternName, ComponentExternalKind,
    ComponentOuterAliasKind, ComponentTypeRef, InstanceTypeDeclaration, Result,
};

use super::is_async;
use super::sections::number;

const INSTANCE: u8 = 0x42;
const FUNCTION: u8 = 0x40;
const ASYNC_FUNCTION: u8 = 0x43;
/// Declarations in the type of an instance.
const DECLARED_TYPE: u8 = 0x01;
/// A function, in an export of such a type.
const EXPORTED_FUNCTION: u8 = 0x01;

/// The type of a function as `async`; nothing if it is another type.
pub(super) fn as_async(ty: &[u8]) -> Option<Vec<u8>> {
    let rest = ty.strip_prefix(&[FUNCTION])?;
    Some([&[ASYNC_FUNCTION], rest].concat())
}

/// The type of an instance with `async` functions; nothing if there is nothing to change.
///
/// Functions can share a type, so each changed function has a type of its own. The two go to the end, which moves no
/// index.
pub(super) fn with_async(ty: &[u8], interface: &str) -> Result<Option<Vec<u8>>> {
    let mut reader = BinaryReader::new(ty, 0);
    if reader.read_u8()? != INSTANCE {
        return Ok(None);
    }
    let declarations = reader.read_var_u32()?;
    // The types of functions, by their index.
    let mut functions: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
    let mut types = 0;
    let (mut kept, mut moved) = (Vec::new(), Vec::new());
    for _ in 0..declarations {
        let start = reader.original_position();
        let declaration = reader.read::<InstanceTypeDeclaration>()?;
        let bytes = ty
            .get(start..reader.original_position())
            .unwrap_or_default();
        if let InstanceTypeDeclaration::Export {
            name,
            ty: ComponentTypeRef::Func(index),
        } = &declaration
            && is_async(interface, name.name)
            && let Some(function) = functions.get(index).cloned()
        {
            moved.push((exported_name(bytes)?, function));
            continue;
        }
        kept.extend_from_slice(bytes);
        if let InstanceTypeDeclaration::Type(_) = declaration
            && let Some(function) = bytes.get(1..).and_then(as_async)
        {
            functions.insert(types, function);
        }
        types += u32::from(adds_type(&declaration));
    }
    if moved.is_empty() {
        return Ok(None);
    }
    let mut out = vec![INSTANCE];
    let more = u32::try_from(moved.len()).unwrap_or(u32::MAX);
    number(declarations.saturating_add(more), &mut out);
    out.extend_from_slice(&kept);
    for (name, function) in moved {
        out.push(DECLARED_TYPE);
        out.extend_from_slice(&function);
        out.extend_from_slice(name);
        out.push(EXPORTED_FUNCTION);
        number(types, &mut out);
        types += 1;
    }
    Ok(Some(out))
}

/// An export without the type: its kind of declaration and its name.
fn exported_name(export: &[u8]) -> Result<&[u8]> {
    let mut reader = BinaryReader::new(export, 0);
    reader.read_u8()?;
    reader.read::<ComponentExternName>()?;
    Ok(export.get(..reader.original_position()).unwrap_or_default())
}

fn adds_type(declaration: &InstanceTypeDeclaration<'_>) -> bool {
    match declaration {
        InstanceTypeDeclaration::Type(_) => true,
        InstanceTypeDeclaration::Export { ty, .. } => matches!(ty, ComponentTypeRef::Type(_)),
        InstanceTypeDeclaration::Alias(alias) => matches!(
            alias,
            ComponentAlias::InstanceExport {
                kind: ComponentExternalKind::Type,
                ..
            } | ComponentAlias::Outer {
                kind: ComponentOuterAliasKind::Type,
                ..
            }
        ),
        InstanceTypeDeclaration::CoreType(_) => false,
    }
}
