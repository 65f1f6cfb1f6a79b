//! The schema of --json, docs/schemas/dhclient.json, is that of what is printed.

use nethost_tool_schema::ToolSchema;

use crate::compare::Compared;
use crate::offer::{Difference, Offer};
use crate::probe::Summary;

#[test]
fn the_schema_is_up_to_date() {
    let schema = ToolSchema::new("dhclient", 1);
    schema
        .event::<Offer>("offer")
        .event::<Difference>("difference")
        .event::<Compared>("compared")
        .event::<Summary>("summary")
        .is_up_to_date();
}
