//! Any other stream: a table with a column for each field.

use serde_json::Value;

use super::{Made, shown};
use crate::page::{Cell, Section, Table};

const VALUES: (&str, &str) = (
    "nethost_report_values",
    "Values of streams that have no metrics of their own.",
);
/// So many columns are shown.
const MOST_COLUMNS: usize = 12;

pub(super) fn add(values: &[&Value], made: &mut Made<'_>) {
    let mut section = Section::new("Values");
    section.fact("values", values.len().to_string());
    made.metrics.add(VALUES, &[], values.len() as f64);
    let mut columns: Vec<&str> = Vec::new();
    let mut more = false;
    for value in values {
        for name in value
            .as_object()
            .into_iter()
            .flat_map(|fields| fields.keys())
        {
            if columns.contains(&name.as_str()) {
                continue;
            }
            match columns.len() < MOST_COLUMNS {
                true => columns.push(name),
                false => more = true,
            }
        }
    }
    if more {
        section.fact("fields", format!("only the first {MOST_COLUMNS} are shown"));
    }
    let mut table = Table::new(&columns);
    for value in values {
        let row = match value.as_object() {
            Some(fields) => {
                let cell = |name: &&str| match fields.get(*name) {
                    Some(Value::Number(number)) => Cell::number(number),
                    Some(other) => Cell::text(shown(other)),
                    None => Cell::text(""),
                };
                columns.iter().map(cell).collect()
            }
            None => vec![Cell::text(shown(value))],
        };
        table.push(row);
    }
    section.tables.push(table);
    made.sections.push(section);
}
