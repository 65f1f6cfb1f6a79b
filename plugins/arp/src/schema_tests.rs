//! The schema of --json, docs/schemas/arp.json, is that of what is printed.

use nethost_tool_schema::ToolSchema;

use crate::entry::Entry;

#[test]
fn the_schema_is_up_to_date() {
    let schema = ToolSchema::new("arp", 1);
    schema.prints::<Entry>().is_up_to_date();
}
