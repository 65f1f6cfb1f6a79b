//! The schema of --json, docs/schemas/arping.json, is that of what is printed.

use nethost_tool_schema::ToolSchema;

use crate::report::{Answer, Start, Summary};

#[test]
fn the_schema_is_up_to_date() {
    let schema = ToolSchema::new("arping", 1);
    schema
        .event::<Start<'static>>("start")
        .event::<Answer<'static>>("answer")
        .event::<Summary>("summary")
        .is_up_to_date();
}
