//! The schema of --json, docs/schemas/dhclient.json, is that of what is printed.

use nethost_tool_schema::ToolSchema;

use crate::compare::Compared;
use crate::difference::Difference;
use crate::offer::Offer;
use crate::offer6;
use crate::probe::Summary;

#[test]
fn the_schema_is_up_to_date() {
    let schema = ToolSchema::new("dhclient", 1);
    schema
        .event::<Offer>("offer")
        .event::<offer6::Router>("router-advertisement")
        .event::<offer6::Offer>("offer6")
        .event::<Difference>("difference")
        .event::<Compared>("compared")
        .event::<Summary>("summary")
        .is_up_to_date();
}
