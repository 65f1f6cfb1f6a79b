//! cargo-deny: licenses, banned crates and sources, as deny.toml says. Also advisories where the
//! database can be reached.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::build;
use crate::step::{self, Failure};

const STEP: &str = "cargo-deny";
const VERSION: &str = "0.20.2";

/// Checks the dependency tree.
pub(crate) fn check(root: &Path) -> Result<(), Failure> {
    let program = program(root)?;
    let mut deny = Command::new(program);
    deny.current_dir(root)
        .args(["--workspace", "--all-features", "--locked", "check"]);
    deny.args(["--hide-inclusion-graph", "licenses", "bans", "sources"]);
    step::run(STEP, &mut deny, "deny.toml says what is allowed, and why")
}

/// The installed one, or one built into the target directory, where a cached target keeps it.
fn program(root: &Path) -> Result<PathBuf, Failure> {
    let tools = build::target_dir()?.join("tools");
    let ours = tools.join("bin/cargo-deny");
    for candidate in [PathBuf::from("cargo-deny"), ours.clone()] {
        let probe = Command::new(&candidate)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if probe.is_ok_and(|status| status.success()) {
            return Ok(candidate);
        }
    }
    step::announce("cargo-deny: not installed, building it");
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root).args([
        "install",
        "--locked",
        "--version",
        VERSION,
        "--no-default-features",
        "--root",
    ]);
    cargo.arg(&tools).arg("cargo-deny");
    step::run(STEP, &mut cargo, "cargo install --locked cargo-deny")?;
    Ok(ours)
}
