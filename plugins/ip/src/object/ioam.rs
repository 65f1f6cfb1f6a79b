//! `ip ioam`: namespaces and schemas of in situ OAM (RFC 9197).

use nethost_sdk::netlink::{AttributeValue as Value, Entity, EntityKind, Field};

use crate::entity::{entity, field, number as counted, octets, unsigned};
use crate::ip::{Ip, answer};
use crate::value::Shown;
use crate::words::{Done, Words, number, wrong};

/// IOAM6_CMD_….
const ADD_NAMESPACE: u16 = 1;
const DELETE_NAMESPACE: u16 = 2;
const LIST_NAMESPACES: u16 = 3;
const ADD_SCHEMA: u16 = 4;
const DELETE_SCHEMA: u16 = 5;
const LIST_SCHEMAS: u16 = 6;
const SET_SCHEMA: u16 = 7;
/// IOAM6_ATTR_….
const NAMESPACE: u16 = 1;
const DATA: u16 = 2;
const WIDE: u16 = 3;
const SCHEMA: u16 = 4;
const SCHEMA_DATA: u16 = 5;
const NO_SCHEMA: u16 = 6;
/// IOAM6_MAX_SCHEMA_DATA_LEN.
const LONGEST: usize = 255 * 4;

/// Does what the words say.
pub(crate) fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let Some(object) = words.next() else {
        return Err(crate::help::of("ioam"));
    };
    match object.as_str() {
        "help" => Err(crate::help::of("ioam")),
        "namespace" => namespace(ip, words),
        "schema" => schema(ip, words),
        _ => Err(wrong(&object, "Unknown")),
    }
}

fn about(command: u16, fields: Vec<Field>) -> Entity {
    let mut about = entity(EntityKind::InSituOam, command, &[]);
    about.fields = fields;
    about
}

fn identifier(words: &mut Words) -> Done<Field> {
    let id: u16 = number(&words.need()?, "Invalid namespace ID")?;
    Ok(counted(NAMESPACE, id))
}

fn schema_identifier(text: &str) -> Done<Field> {
    let id: u32 = number(text, "Invalid schema ID")?;
    Ok(counted(SCHEMA, id))
}

fn wide(words: &mut Words) -> Done<Field> {
    let text = words.need()?;
    let digits = text.trim_start_matches("0x");
    let wide = u64::from_str_radix(digits, 16);
    let wide = wide.map_err(|_| wrong(&text, "Invalid wide data"))?;
    Ok(counted(WIDE, wide))
}

fn namespace(ip: &mut Ip, words: &mut Words) -> Done {
    let command = words.need()?;
    let change = match command.as_str() {
        "show" => return list(ip, LIST_NAMESPACES, one_namespace),
        "add" => {
            let mut fields = vec![identifier(words)?];
            match words.next().as_deref() {
                None => {}
                Some("data") => {
                    let data: u32 = number(&words.need()?, "Invalid data")?;
                    fields.push(counted(DATA, data));
                    match words.next() {
                        None => {}
                        Some(word) if word == "wide" => fields.push(wide(words)?),
                        Some(word) => return Err(wrong(&word, "Unexpected argument")),
                    }
                }
                Some("wide") => fields.push(wide(words)?),
                Some(word) => return Err(wrong(word, "Invalid argument")),
            }
            about(ADD_NAMESPACE, fields)
        }
        "del" => about(DELETE_NAMESPACE, vec![identifier(words)?]),
        "set" => {
            let mut fields = vec![identifier(words)?];
            let word = words.need()?;
            if word != "schema" {
                return Err(wrong(&word, "Unknown"));
            }
            let text = words.need()?;
            fields.push(match text.as_str() {
                "none" => field(NO_SCHEMA, Value::Flag),
                text => schema_identifier(text)?,
            });
            about(SET_SCHEMA, fields)
        }
        _ => return Err(wrong(&command, "Unknown")),
    };
    ip.change_with_one(&change)
}

fn schema(ip: &mut Ip, words: &mut Words) -> Done {
    let command = words.need()?;
    let change = match command.as_str() {
        "show" => return list(ip, LIST_SCHEMAS, one_schema),
        "add" => {
            let id = schema_identifier(&words.need()?)?;
            let text = words.need()?;
            if text.len() > LONGEST {
                return Err(wrong(&text, "Schema DATA too big"));
            }
            let data = Value::Bytes(text.into_bytes());
            about(ADD_SCHEMA, vec![id, field(SCHEMA_DATA, data)])
        }
        "del" => about(DELETE_SCHEMA, vec![schema_identifier(&words.need()?)?]),
        _ => return Err(wrong(&command, "Unknown")),
    };
    ip.change_with_one(&change)
}

fn list(ip: &mut Ip, command: u16, show: fn(&mut Ip, &[Field])) -> Done {
    let found = ip.entities(&about(command, Vec::new()), true)?;
    let found = found.map_err(|error| answer(&error))?;
    ip.out.begin(ip.options.json, ip.options.pretty);
    for one in &found {
        ip.out.open_object();
        show(ip, &one.fields);
        ip.out.line();
        ip.out.close_object();
    }
    ip.out.end();
    Ok(())
}

fn one_namespace(ip: &mut Ip, fields: &[Field]) {
    let id = unsigned(fields, NAMESPACE).unwrap_or_default();
    ip.out.any("namespace", id, format_args!("namespace {id}"));
    if let Some(schema) = unsigned(fields, SCHEMA) {
        ip.out
            .any("schema", schema, format_args!(" [schema {schema}]"));
    }
    if let Some(data) = unsigned(fields, DATA) {
        ip.out.any(
            "data",
            Shown(format_args!("{data:x}")),
            format_args!(", data {data:#010x}"),
        );
    }
    if let Some(wide) = unsigned(fields, WIDE) {
        ip.out.any(
            "wide",
            Shown(format_args!("{wide:#x}")),
            format_args!(", wide {wide:#018x}"),
        );
    }
}

fn one_schema(ip: &mut Ip, fields: &[Field]) {
    let id = unsigned(fields, SCHEMA).unwrap_or_default();
    ip.out.any("schema", id, format_args!("schema {id}"));
    if let Some(namespace) = unsigned(fields, NAMESPACE) {
        ip.out.any(
            "namespace",
            namespace,
            format_args!(" [namespace {namespace}]"),
        );
    }
    let data = octets(fields, SCHEMA_DATA).unwrap_or_default();
    ip.out.text(format_args!(", data:"));
    ip.out.open_array("data");
    for octet in data {
        ip.out.element(*octet, format_args!(" {octet:02x}"));
    }
    ip.out.close_array();
}
