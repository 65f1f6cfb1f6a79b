//! What is linked into `nethost-broker`, the executable that file capabilities are put on.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::step::{self, Failure};

/// Engines, compilers, TLS and parsers of command lines.
const NEVER: &[&str] = &["clap", "cranelift", "hickory", "rustls", "wasm", "wit"];

/// The crates of others in it, by name.
pub(crate) fn crates(root: &Path) -> Result<BTreeSet<String>, Failure> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root).args([
        "tree",
        "--locked",
        "--package=nethost-service",
        "--edges=normal",
        "--prefix=none",
        "--format={p}",
    ]);
    let tree = step::output("tidy", &mut cargo, "")?;
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    let names = names.filter(|name| !name.is_empty() && !name.starts_with("nethost"));
    Ok(names.map(str::to_owned).collect())
}

/// Each that must not be there.
pub(crate) fn breaches(crates: &BTreeSet<String>) -> Vec<String> {
    let is_banned = |name: &&String| NEVER.iter().any(|part| name.starts_with(part));
    let found = crates.iter().filter(is_banned);
    found
        .map(|name| format!("nethost-broker: links {name}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_plugins_or_reads_command_lines_is_a_breach() {
        let of = |names: &[&str]| breaches(&names.iter().map(|name| (*name).to_owned()).collect());
        assert!(of(&["libc", "ring", "serde"]).is_empty());
        for name in [
            "wasmtime",
            "wasmtime-wasi",
            "cranelift-codegen",
            "rustls",
            "clap_builder",
        ] {
            assert_eq!(
                of(&["libc", name]),
                [format!("nethost-broker: links {name}")]
            );
        }
    }
}
