//! cargo-deny: licenses, banned crates and sources, as deny.toml says. Also advisories where the
//! database can be reached.

use std::path::Path;
use std::process::Command;

use crate::step::{self, Failure};
use crate::tool;

const STEP: &str = "cargo-deny";
const VERSION: &str = "0.20.2";

/// Checks the dependency tree.
pub(crate) fn check(root: &Path) -> Result<(), Failure> {
    // Without its default features: they are for fetching advisories.
    let program = tool::find(root, "cargo-deny", VERSION, &["--no-default-features"])?;
    let mut deny = Command::new(program);
    deny.current_dir(root)
        .args(["--workspace", "--all-features", "--locked", "check"]);
    deny.args(["--hide-inclusion-graph", "licenses", "bans", "sources"]);
    step::run(STEP, &mut deny, "deny.toml says what is allowed, and why")
}
