//! Files of the repository that are generated from types. `cargo xtask gen` writes them, and tests fail if they are
//! stale.
#![allow(clippy::unwrap_used)]

/// Fails if the committed file does not have this text. With `NETHOST_GEN` in the environment, the file is written
/// first.
#[track_caller]
pub fn assert_is(path: &str, text: &str) {
    if std::env::var_os("NETHOST_GEN").is_some() {
        std::fs::write(path, text).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(committed == text, "{path} is stale: cargo xtask gen");
}
