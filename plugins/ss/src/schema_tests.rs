//! The schema of --json, docs/schemas/ss.json, is that of what is printed.

use nethost_tool_schema::ToolSchema;

use crate::diff::Change;
use crate::show::fact::Fact;
use crate::summary::Summary;
use crate::top::Line;

#[test]
fn the_schema_is_up_to_date() {
    let schema = ToolSchema::new("ss", 1);
    schema
        .prints::<Fact>()
        .prints::<Summary>()
        .prints::<Change>()
        .prints::<Line<'_>>()
        .is_up_to_date();
}
