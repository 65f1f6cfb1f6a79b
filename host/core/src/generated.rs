//! Files of the repository that follow from types: `cargo xtask gen` writes them, tests notice when they are stale.
#![allow(clippy::unwrap_used)]

/// Fails when the committed file has not this text; with `NETHOST_GEN` in the environment it is written first.
#[track_caller]
pub fn assert_is(path: &str, text: &str) {
    if std::env::var_os("NETHOST_GEN").is_some() {
        std::fs::write(path, text).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(committed == text, "{path} is stale: cargo xtask gen");
}
