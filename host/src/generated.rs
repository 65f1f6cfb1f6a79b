//! Files below docs/ that follow from this crate's types: `cargo xtask gen` writes them, tests notice when
//! they are stale.
#![allow(clippy::unwrap_used)]

use std::path::Path;

/// Fails when the committed schema is not this one; with `NETHOST_GEN` it is written first.
#[track_caller]
pub(crate) fn assert_schema(name: &str, schema: &serde_json::Value) {
    let text = serde_json::to_string_pretty(schema).unwrap() + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../docs")
        .join(name);
    if std::env::var_os("NETHOST_GEN").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == text, "docs/{name} is stale: cargo xtask gen");
}
