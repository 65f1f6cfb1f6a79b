//! What tools print with `--json` is what their schemas in docs/schemas say: looked at wherever a test runs a tool so.

use crate::command::Output;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::OnceLock;

/// Other names of tools.
const SAME: &[(&str, &str)] = &[
    ("host", "dig"),
    ("lsb_release", "os-release"),
    ("mtr", "traceroute"),
    ("netcat", "nc"),
    ("nslookup", "dig"),
    ("ping6", "ping"),
    ("scan", "nmap"),
    ("tcptraceroute", "traceroute"),
    ("traceroute6", "traceroute"),
    ("tracepath", "traceroute"),
];
/// Commands of nethost itself, whose `--json` is no tool's, and a tool that names another one.
const COMMANDS: &[&str] = &[
    "audit", "broker", "cache", "doctor", "grants", "help", "inspect", "links", "list", "man",
    "new", "pack", "policy", "report", "schema", "sign", "test", "verify", "watch",
];

/// The schemas, by tool.
fn schemas() -> &'static BTreeMap<String, Value> {
    static ALL: OnceLock<BTreeMap<String, Value>> = OnceLock::new();
    ALL.get_or_init(|| {
        let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/schemas"));
        let files = std::fs::read_dir(folder).expect("docs/schemas");
        let read = |file: std::io::Result<std::fs::DirEntry>| {
            let path = file.expect("a file").path();
            let text = std::fs::read_to_string(&path).expect("a schema");
            let name = path
                .file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            (name, serde_json::from_str(&text).expect("JSON"))
        };
        let files = files.filter(|file| file.as_ref().is_ok_and(|file| file.path().is_file()));
        files.map(read).collect()
    })
}

/// The tool that a command line runs with `--json`, if it has a schema.
fn tool(shown: &str) -> Option<&'static str> {
    let mut words = shown.split(' ');
    if !words.next()?.ends_with("/nethost") {
        return None;
    }
    let words: Vec<&str> = words.collect();
    let is_json = |word: &&str| ["--json", "+json", "-J"].contains(word);
    if !words.iter().any(is_json) {
        return None;
    }
    for word in words {
        if COMMANDS.contains(&word) {
            return None;
        }
        let same = SAME.iter().find(|(name, _)| *name == word);
        let word = same.map_or(word, |(_, tool)| tool);
        if let Some((tool, _)) = schemas().get_key_value(word) {
            return Some(tool);
        }
    }
    None
}

/// Compares what a command printed with the schema of its tool.
///
/// # Panics
/// When a value is another one than the schema says.
pub(crate) fn check(shown: &str, output: &Output) {
    let Some(tool) = tool(shown) else { return };
    let schema = &schemas()[tool];
    // A tool that was killed, or whose reader has gone, may have left half a line.
    let values = serde_json::Deserializer::from_str(&output.stdout).into_iter::<Value>();
    for value in values.map_while(Result::ok) {
        let all = match &value {
            Value::Array(all) => all.as_slice(),
            one => std::slice::from_ref(one),
        };
        for one in all {
            if let Err(why) = (Schema { root: schema }).whole(schema, one, "") {
                panic!("{shown}\nis not of docs/schemas/{tool}.json: {why}\n{one:#}");
            }
        }
    }
}

/// A document whose `$ref` are looked up in itself. It has the keywords that our schemas use, and refuses others: a crate for
/// all of JSON Schema would change what the host is built with.
struct Schema<'a> {
    root: &'a Value,
}

/// Fields of an object that a schema knows; none for all of them.
type Known = Option<BTreeSet<String>>;

impl<'a> Schema<'a> {
    /// A value that has no fields beside those that the schema knows.
    fn whole(&self, schema: &'a Value, value: &Value, at: &str) -> Result<(), String> {
        let known = self.part(schema, value, at)?;
        if let (Some(known), Some(fields)) = (known, value.as_object()) {
            let unknown = fields.keys().find(|name| !known.contains(*name));
            if let Some(name) = unknown {
                return Err(format!("{at}: the schema does not know `{name}`"));
            }
        }
        Ok(())
    }

    fn part(&self, schema: &'a Value, value: &Value, at: &str) -> Result<Known, String> {
        let fields = match schema {
            Value::Bool(true) => return Ok(None),
            Value::Object(fields) => fields,
            other => return Err(format!("{at}: no schema: {other}")),
        };
        let mut known = Some(BTreeSet::new());
        for (keyword, wanted) in fields {
            match keyword.as_str() {
                "$schema"
                | "$id"
                | "title"
                | "description"
                | "$defs"
                | "format"
                | "default"
                | "required"
                | "additionalProperties" => {}
                "type" => of_type(wanted, value, at)?,
                "const" if wanted == value => {}
                "const" => return Err(format!("{at}: it is not {wanted}")),
                "enum" if wanted.as_array().is_some_and(|all| all.contains(value)) => {}
                "enum" => return Err(format!("{at}: it is none of {wanted}")),
                "minimum" | "maximum" => {
                    let (number, end) = (value.as_f64(), wanted.as_f64());
                    let within =
                        number
                            .zip(end)
                            .is_none_or(|(number, end)| match keyword.as_str() {
                                "minimum" => number >= end,
                                _ => number <= end,
                            });
                    if !within {
                        return Err(format!("{at}: beyond the {keyword} {wanted}"));
                    }
                }
                "minItems" | "maxItems" => {
                    let (items, end) = (value.as_array().map(Vec::len), wanted.as_u64());
                    let within = items
                        .zip(end)
                        .is_none_or(|(items, end)| match keyword.as_str() {
                            "minItems" => items as u64 >= end,
                            _ => items as u64 <= end,
                        });
                    if !within {
                        return Err(format!("{at}: {keyword} {wanted}"));
                    }
                }
                "$ref" => {
                    let path = wanted.as_str().and_then(|path| path.strip_prefix('#'));
                    let other = path.and_then(|path| self.root.pointer(path));
                    let other = other.ok_or_else(|| format!("{at}: no {wanted}"))?;
                    add(&mut known, self.part(other, value, at)?);
                }
                "anyOf" | "oneOf" => add(&mut known, self.any(wanted, value, at)?),
                "allOf" => {
                    for one in wanted.as_array().into_iter().flatten() {
                        add(&mut known, self.part(one, value, at)?);
                    }
                }
                "properties" => {
                    let wanted = wanted.as_object().ok_or("properties")?;
                    self.properties(wanted, value, at)?;
                    add(&mut known, Some(wanted.keys().cloned().collect()));
                }
                "items" => {
                    let rest = fields
                        .get("prefixItems")
                        .and_then(Value::as_array)
                        .map_or(0, Vec::len);
                    for (number, item) in value
                        .as_array()
                        .into_iter()
                        .flatten()
                        .enumerate()
                        .skip(rest)
                    {
                        self.whole(wanted, item, &format!("{at}/{number}"))?;
                    }
                }
                "prefixItems" => {
                    let items = value.as_array().into_iter().flatten();
                    for ((number, item), one) in items
                        .enumerate()
                        .zip(wanted.as_array().into_iter().flatten())
                    {
                        self.whole(one, item, &format!("{at}/{number}"))?;
                    }
                }
                other => return Err(format!("{at}: the tests do not know the keyword `{other}`")),
            }
        }
        if let Some(names) = fields.get("required").and_then(Value::as_array)
            && let Some(object) = value.as_object()
        {
            for name in names.iter().filter_map(Value::as_str) {
                if !object.contains_key(name) {
                    return Err(format!("{at}: no `{name}`"));
                }
            }
        }
        if let (Some(wanted), Some(object)) =
            (fields.get("additionalProperties"), value.as_object())
        {
            let named = fields.get("properties").and_then(Value::as_object);
            for (name, value) in object {
                if named.is_none_or(|named| !named.contains_key(name)) {
                    match wanted {
                        Value::Bool(false) => return Err(format!("{at}: no `{name}` is allowed")),
                        wanted => self.whole(wanted, value, &format!("{at}/{name}"))?,
                    }
                }
            }
            return Ok(None);
        }
        Ok(known)
    }

    /// One of several. The first that knows every field, or else the first.
    fn any(&self, wanted: &'a Value, value: &Value, at: &str) -> Result<Known, String> {
        let mut fitting: Option<Known> = None;
        let mut why = Vec::new();
        for one in wanted.as_array().into_iter().flatten() {
            match self.part(one, value, at) {
                Err(error) => why.push(error),
                Ok(known) => {
                    let all = |known: &BTreeSet<String>| {
                        value
                            .as_object()
                            .is_none_or(|fields| fields.keys().all(|name| known.contains(name)))
                    };
                    if known.as_ref().is_none_or(all) {
                        return Ok(known);
                    }
                    fitting.get_or_insert(known);
                }
            }
        }
        fitting.ok_or_else(|| format!("{at}: none of these: {}", why.join("; ")))
    }

    fn properties(
        &self,
        wanted: &'a Map<String, Value>,
        value: &Value,
        at: &str,
    ) -> Result<(), String> {
        for (name, value) in value.as_object().into_iter().flatten() {
            if let Some(schema) = wanted.get(name) {
                self.whole(schema, value, &format!("{at}/{name}"))?;
            }
        }
        Ok(())
    }
}

fn add(known: &mut Known, more: Known) {
    match (known.as_mut(), more) {
        (Some(known), Some(more)) => known.extend(more),
        _ => *known = None,
    }
}

fn of_type(wanted: &Value, value: &Value, at: &str) -> Result<(), String> {
    let is = |name: &str| match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        _ => false,
    };
    let fits = match wanted {
        Value::String(name) => is(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(is),
        _ => false,
    };
    match fits {
        true => Ok(()),
        false => Err(format!("{at}: it is not of type {wanted}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_that_is_another_one_is_told() {
        let root = json!({
            "anyOf": [{ "$ref": "#/$defs/A" }, { "type": "array", "items": { "type": "integer" } }],
            "$defs": {
                "A": { "type": "object", "properties": { "a": { "type": "integer", "minimum": 1 }, "b": { "enum": ["x"] } }, "required": ["a"] },
            },
        });
        let schema = Schema { root: &root };
        let fits = |value: Value| schema.whole(&root, &value, "").is_ok();
        assert!(
            fits(json!({ "a": 1 })) && fits(json!({ "a": 1, "b": "x" })) && fits(json!([1, 2]))
        );
        for other in [
            json!({}),
            json!({ "a": 0 }),
            json!({ "a": "1" }),
            json!({ "a": 1, "b": "y" }),
            json!({ "a": 1, "c": 1 }),
            json!(["x"]),
            json!(null),
        ] {
            assert!(!fits(other.clone()), "{other}");
        }
        let odd = json!({ "patternProperties": {} });
        assert!(Schema { root: &odd }.whole(&odd, &json!({}), "").is_err());
    }

    #[test]
    fn a_command_line_names_its_tool() {
        for (shown, expected) in [
            ("/x/nethost ping --json h", Some("ping")),
            (
                "/x/nethost run --audit f mtr -n --json h",
                Some("traceroute"),
            ),
            ("/x/nethost policy check --json", None),
            ("/x/nethost dig +json h", Some("dig")),
            ("/x/nethost ping h", None),
            ("/usr/bin/ping --json", None),
        ] {
            assert_eq!(tool(shown), expected, "{shown}");
        }
    }
}
