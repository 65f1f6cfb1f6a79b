//! What a version of a schema has promised to readers: the fields that were there are there, and of the types that they were.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Schemas are not deeper; one that refers to itself is looked at so far.
const DEEPEST: usize = 12;

/// What a reader may rely on, put together over all forms that a value may have.
#[derive(Default)]
struct Shape<'a> {
    types: BTreeSet<&'a str>,
    /// One form is of any type.
    any: bool,
    fields: BTreeMap<&'a str, Vec<&'a Value>>,
    /// Those that each form that has them always has.
    optional: BTreeSet<&'a str>,
    items: Vec<&'a Value>,
}

/// What a later document of the same version has not kept of an earlier one.
#[must_use]
pub fn broken(before: &Value, now: &Value) -> Vec<String> {
    let mut told = Vec::new();
    compare((before, &[before]), (now, &[now]), "", DEEPEST, &mut told);
    told
}

fn compare(
    before: (&Value, &[&Value]),
    now: (&Value, &[&Value]),
    at: &str,
    deeper: usize,
    told: &mut Vec<String>,
) {
    let Some(deeper) = deeper.checked_sub(1) else {
        return;
    };
    let (was, is) = (shape(before.0, before.1), shape(now.0, now.1));
    if !was.any {
        if is.any {
            told.push(format!("{at}/ may be anything now"));
        }
        for other in is.types.difference(&was.types) {
            // An integer was a number.
            if *other != "integer" || !was.types.contains("number") {
                told.push(format!("{at}/ may be of type {other} now"));
            }
        }
    }
    for (name, old) in &was.fields {
        let path = format!("{at}/{name}");
        let Some(new) = is.fields.get(name) else {
            told.push(format!("{path} is gone"));
            continue;
        };
        if !was.optional.contains(name) && is.optional.contains(name) {
            told.push(format!("{path} may be missing now"));
        }
        compare((before.0, old), (now.0, new), &path, deeper, told);
    }
    if !was.items.is_empty() && !is.items.is_empty() {
        let path = format!("{at}/*");
        compare(
            (before.0, &was.items),
            (now.0, &is.items),
            &path,
            deeper,
            told,
        );
    }
}

fn shape<'a>(root: &'a Value, schemas: &[&'a Value]) -> Shape<'a> {
    let mut shape = Shape::default();
    for schema in schemas {
        add(root, schema, DEEPEST, &mut shape);
    }
    shape
}

fn add<'a>(root: &'a Value, schema: &'a Value, deeper: usize, shape: &mut Shape<'a>) {
    let (Some(deeper), Some(fields)) = (deeper.checked_sub(1), schema.as_object()) else {
        shape.any = true;
        return;
    };
    let lists =
        ["anyOf", "oneOf", "allOf"].map(|keyword| fields.get(keyword).and_then(Value::as_array));
    let referred = fields.get("$ref").and_then(Value::as_str);
    let referred = referred.and_then(|path| root.pointer(path.strip_prefix('#')?));
    let parts = lists.into_iter().flatten().flatten().chain(referred);
    let mut has_parts = false;
    for part in parts {
        has_parts = true;
        add(root, part, deeper, shape);
    }
    match fields.get("type") {
        Some(Value::String(name)) => {
            shape.types.insert(name);
        }
        Some(Value::Array(names)) => shape.types.extend(names.iter().filter_map(Value::as_str)),
        _ if has_parts || fields.contains_key("const") || fields.contains_key("enum") => {}
        _ if fields.contains_key("properties") => {}
        _ => shape.any = true,
    }
    let required: BTreeSet<&str> = fields
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for (name, field) in fields
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        shape.fields.entry(name).or_default().push(field);
        if !required.contains(name.as_str()) {
            shape.optional.insert(name);
        }
    }
    shape.items.extend(fields.get("items"));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;
    use std::path::Path;

    #[test]
    fn what_a_reader_relied_on_is_told() {
        let of = |fields: Value, required: Value| {
            json!({
                "anyOf": [{ "$ref": "#/$defs/A" }, { "type": "object", "properties": { "event": { "const": "end" } }, "required": ["event"] }],
                "$defs": { "A": { "type": "object", "properties": fields, "required": required } },
            })
        };
        let before = of(
            json!({ "a": { "type": "number" }, "b": { "type": ["string", "null"] }, "c": { "type": "array", "items": { "type": "integer" } } }),
            json!(["a", "b"]),
        );
        let now = |fields, required| broken(&before, &of(fields, required));
        // More fields, fewer types, and always what was sometimes.
        let more = json!({ "a": { "type": "integer" }, "b": { "type": "string" }, "c": { "type": "array", "items": { "type": "integer" } }, "d": { "type": "object" } });
        assert_eq!(now(more, json!(["a", "b", "c", "d"])), [""; 0]);
        let less = json!({ "a": { "type": ["number", "null"] }, "c": { "type": "array", "items": { "type": "string" } } });
        assert_eq!(
            now(less, json!([])),
            [
                "/a may be missing now",
                "/a/ may be of type null now",
                "/b is gone",
                "/c/*/ may be of type string now"
            ]
        );
    }

    /// docs/schemas/released has the schemas of the last release, as docs/schemas had them.
    #[test]
    fn what_was_released_is_kept() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schemas"));
        let read = |path: &Path| -> Value {
            serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
        };
        let Ok(released) = std::fs::read_dir(folder.join("released")) else {
            // No release has schemas yet.
            return;
        };
        for file in released {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap();
            let (before, now) = (read(&path), read(&folder.join(name)));
            if before["$id"] == now["$id"] {
                let told = broken(&before, &now);
                assert!(
                    told.is_empty(),
                    "{} needs a new version: {told:#?}",
                    name.display()
                );
            }
        }
    }
}
