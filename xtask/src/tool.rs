//! Cargo's own helpers that a chore needs: the installed one, or one built into the target directory,
//! where a cached target keeps it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::build;
use crate::step::{self, Failure};

/// The program of that name, built at this version and with these flags where it is not installed.
pub(crate) fn find(
    root: &Path,
    name: &str,
    version: &str,
    flags: &[&str],
) -> Result<PathBuf, Failure> {
    let tools = build::target_dir()?.join("tools");
    let ours = tools.join("bin").join(name);
    for candidate in [PathBuf::from(name), ours.clone()] {
        let probe = Command::new(&candidate)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if probe.is_ok_and(|status| status.success()) {
            return Ok(candidate);
        }
    }
    step::announce(&format!("{name}: not installed, building it"));
    let mut cargo = step::cargo(root);
    cargo
        .args(["install", "--locked", "--version", version])
        .args(flags)
        .arg("--root")
        .arg(&tools)
        .arg(name);
    step::run(name, &mut cargo, &format!("cargo install --locked {name}"))?;
    Ok(ours)
}
