//! The JSON schema of what a tool prints with `--json`, from the types that it prints: docs/schemas has one for each tool.
//! Each tool's unit tests call this; `cargo xtask gen` writes the files.

mod kept;
mod route;

pub use kept::broken;
pub use route::route;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};

/// An object with these fields, of which it has the required ones always.
#[must_use]
pub fn object(required: Value, optional: Value) -> Value {
    let fields = |of: &Value| of.as_object().cloned().unwrap_or_default();
    let (required, optional) = (fields(&required), fields(&optional));
    let names: Vec<String> = required.keys().cloned().collect();
    let properties: serde_json::Map<String, Value> = required.into_iter().chain(optional).collect();
    json!({ "type": "object", "properties": properties, "required": names })
}

/// A list of such values.
#[must_use]
pub fn list(of: Value) -> Value {
    json!({ "type": "array", "items": of })
}

/// The schema of a tool, of which each printed value is of one of some types.
pub struct ToolSchema {
    generator: SchemaGenerator,
    tool: &'static str,
    version: u32,
    types: Vec<Value>,
}

impl ToolSchema {
    /// Of this tool, in this version: a new one where a field is taken away or means something else.
    #[must_use]
    pub fn new(tool: &'static str, version: u32) -> Self {
        Self {
            generator: SchemaSettings::draft2020_12()
                .for_serialize()
                .into_generator(),
            tool,
            version,
            types: Vec::new(),
        }
    }

    /// Values of this type are printed, too.
    #[must_use]
    pub fn prints<T: JsonSchema>(mut self) -> Self {
        let schema = self.generator.subschema_for::<T>();
        self.types.push(schema.to_value());
        self
    }

    /// The same, with this name as `event`: serde adds it to a struct with a tag, which its schema does not have.
    #[must_use]
    pub fn event<T: JsonSchema>(mut self, event: &str) -> Self {
        let schema = self.generator.subschema_for::<T>().to_value();
        self.also(json!({
            "allOf": [schema],
            "properties": { "event": { "const": event } },
            "required": ["event"],
        }))
    }

    /// Values of this schema are printed, too: where no type has it.
    #[must_use]
    pub fn also(mut self, schema: Value) -> Self {
        self.types.push(schema);
        self
    }

    /// As a document.
    #[must_use]
    pub fn document(mut self) -> Value {
        let (tool, version) = (self.tool, self.version);
        let mut document = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": format!("urn:nethost:schema:{tool}:{version}"),
            "title": format!("nethost {tool} --json, version {version}"),
            "anyOf": self.types,
        });
        let definitions = self.generator.take_definitions(true);
        if !definitions.is_empty() {
            document["$defs"] = definitions.into();
        }
        document
    }

    /// Compares it with docs/schemas, or writes it there for `cargo xtask gen`.
    ///
    /// # Panics
    /// When it is another one.
    #[track_caller]
    pub fn is_up_to_date(self) {
        let path = format!(
            "{}/../../docs/schemas/{}.json",
            env!("CARGO_MANIFEST_DIR"),
            self.tool
        );
        let text = serde_json::to_string_pretty(&self.document()).unwrap_or_default() + "\n";
        nethost_core::generated::assert_is(&path, &text);
    }
}
