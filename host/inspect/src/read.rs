//! Reads the facts from the bytes of a component. The bytes are validated first, by the rules of the compiler, so that
//! types refer to existing types and end. What is not limited by these rules is limited here.

use nethost_manifest::{Manifest, SECTION};
use wasmparser::component_types::ComponentEntityType;
use wasmparser::types::{Types, TypesRef};
use wasmparser::{
    BinaryReader, Encoding, Parser, Payload, ProducersSectionReader, ValidPayload, Validator,
};

use crate::{Facts, Item, Kind, Producer, Stated};

mod measure;

/// The maximum nesting of components and modules. wit-component creates two levels, compositions a few more.
const DEEPEST: usize = 16;
/// The maximum number of declarations in one section that contain further declarations. The world of a plugin has none.
const MOST_TYPES_WITHIN: usize = 1000;
/// The maximum number of imports, of exports, and of functions of one interface.
const MOST_ITEMS: usize = 4096;
const MOST_PRODUCERS: usize = 64;
/// The maximum number of characters of a name.
const LONGEST: usize = 128;

/// Why the facts cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file violates a rule of the format.
    #[error("not a valid component: {problem} (at offset {offset:#x})")]
    Invalid {
        /// The message of the validator, on one line.
        problem: String,
        /// The offset in the file.
        offset: usize,
    },
    /// The file is valid but exceeds a limit.
    #[error("{0}; no plugin needs that")]
    Excessive(String),
}

impl From<wasmparser::BinaryReaderError> for Error {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        Self::Invalid {
            problem: plain(error.message()),
            offset: error.offset(),
        }
    }
}

/// Refuses what only a hostile file contains: too many declarations, or nesting that would exhaust the stack of a
/// reader. wasmparser limits the depth of valid types, but reads all of them before it checks.
pub fn check_measure(bytes: &[u8]) -> Result<(), Error> {
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentTypeSection(section) => {
                let declared = bytes.get(section.range()).unwrap_or_default();
                // In a type, 0x01 declares another type; 0x41 and 0x42 are the types that contain declarations
                // (component-model `design/mvp/Binary.md`). So the number of such pairs limits the number of levels.
                let levels = declared
                    .windows(2)
                    .filter(|pair| matches!(pair, [0x01, 0x41 | 0x42]))
                    .count();
                if levels > MOST_TYPES_WITHIN {
                    return Err(Error::Excessive(format!("{levels} or more nested types")));
                }
            }
            _ => {}
        }
        if depth > DEEPEST {
            return Err(Error::Excessive(format!(
                "components nested more than {DEEPEST} deep"
            )));
        }
    }
    measure::check(bytes)
}

/// Reads a component. It skips function bodies, because the compiler checks each of them anyway.
pub fn read(bytes: &[u8]) -> Result<Facts, Error> {
    check_measure(bytes)?;
    let mut validator = Validator::new();
    let mut found = Found::default();
    let mut depth = 0_usize;
    let mut types = None;
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        match &payload {
            Payload::Version {
                encoding, range, ..
            } => {
                depth += 1;
                if depth == 1 && *encoding != Encoding::Component {
                    return Err(Error::Invalid {
                        problem: "a core module".into(),
                        offset: range.start,
                    });
                }
            }
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section.clone() {
                    found.imports.push(import?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section.clone() {
                    found.exports.push(export?.name.name.to_owned());
                }
            }
            Payload::CustomSection(section) => {
                found.custom(section.name(), section.data(), section.data_offset());
            }
            _ => {}
        }
        if found.imports.len().max(found.exports.len()) > MOST_ITEMS {
            return Err(Error::Excessive(format!(
                "more than {MOST_ITEMS} imports or exports"
            )));
        }
        if let ValidPayload::End(whole) = validator.payload(&payload)? {
            types = Some(whole);
        }
    }
    // The last one to end is the outermost.
    let types: Types = types.ok_or_else(|| Error::Invalid {
        problem: "it does not end".into(),
        offset: bytes.len(),
    })?;
    found.facts(types.as_ref())
}

#[derive(Default)]
struct Found {
    imports: Vec<String>,
    exports: Vec<String>,
    producers: Vec<Producer>,
    manifest: Option<Stated>,
    manifests: usize,
}

impl Found {
    /// Custom sections have no meaning in the format, so an error in one does not make the file invalid.
    fn custom(&mut self, name: &str, data: &[u8], offset: usize) {
        if name == SECTION {
            self.manifests += 1;
            self.manifest.get_or_insert_with(|| stated(data));
        }
        if name == "producers" {
            // What cannot be read is left out.
            let _ = self.producers(data, offset);
        }
    }

    fn producers(&mut self, data: &[u8], offset: usize) -> wasmparser::Result<()> {
        for field in ProducersSectionReader::new(BinaryReader::new(data, offset))? {
            let field = field?;
            for value in field.values {
                let value = value?;
                let producer = Producer {
                    field: plain(field.name),
                    name: plain(value.name),
                    version: plain(value.version),
                };
                if self.producers.len() < MOST_PRODUCERS && !self.producers.contains(&producer) {
                    self.producers.push(producer);
                }
            }
        }
        Ok(())
    }

    fn facts(mut self, types: TypesRef<'_>) -> Result<Facts, Error> {
        let imports = self
            .imports
            .iter()
            .map(|name| {
                item(
                    name,
                    types.component_item_for_import(name).map(|item| &item.ty),
                    types,
                )
            })
            .collect::<Result<_, _>>()?;
        let exports = self
            .exports
            .iter()
            .map(|name| {
                item(
                    name,
                    types.component_item_for_export(name).map(|item| &item.ty),
                    types,
                )
            })
            .collect::<Result<_, _>>()?;
        self.producers.sort();
        let manifest = match (self.manifest, self.manifests) {
            (Some(manifest), 1) => manifest,
            (None, _) => Stated::Absent,
            (Some(_), count) => Stated::Unusable(format!("there are {count} of them")),
        };
        Ok(Facts {
            imports,
            exports,
            producers: self.producers,
            manifest,
        })
    }
}

fn stated(data: &[u8]) -> Stated {
    let manifest = std::str::from_utf8(data)
        .map_err(|error| error.to_string())
        .and_then(|text| Manifest::parse(text).map_err(|error| error.to_string()));
    match manifest {
        Ok(manifest) => Stated::Manifest(manifest),
        Err(problem) => Stated::Unusable(problem),
    }
}

fn item(
    name: &str,
    entity: Option<&ComponentEntityType>,
    types: TypesRef<'_>,
) -> Result<Item, Error> {
    let mut functions = Vec::new();
    let kind = match entity {
        Some(ComponentEntityType::Instance(id)) => {
            let exports = &types[*id].exports;
            if exports.len() > MOST_ITEMS {
                return Err(Error::Excessive(format!(
                    "an interface with {} items",
                    exports.len()
                )));
            }
            functions = exports
                .iter()
                .filter(|(_, item)| matches!(item.ty, ComponentEntityType::Func(_)))
                .map(|(name, _)| plain(name))
                .collect();
            functions.sort();
            Kind::Interface
        }
        Some(ComponentEntityType::Func(_)) => Kind::Function,
        Some(ComponentEntityType::Type { .. }) => Kind::Type,
        _ => Kind::Other,
    };
    Ok(Item {
        name: plain(name),
        kind,
        functions,
    })
}

/// Text from an untrusted file: printable ASCII on one line, truncated if it is too long.
fn plain(text: &str) -> String {
    text.chars()
        .take(LONGEST)
        .map(|character| match character {
            ' '..='~' => character,
            _ => '?',
        })
        .collect()
}

#[cfg(test)]
mod tests;
