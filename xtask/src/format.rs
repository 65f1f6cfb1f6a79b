//! rustfmt, for every Rust file of the repository: what the tests' build script lists, and the fuzz targets' workspace,
//! `cargo fmt` does not reach.

use std::path::Path;
use std::process::Command;

use crate::step::{self, Failure};

const STEP: &str = "format";

/// Fails when a file is laid out otherwise.
pub(crate) fn check(root: &Path) -> Result<(), Failure> {
    rustfmt(root, &["--check"])
}

/// Lays them out.
pub(crate) fn write(root: &Path) -> Result<(), Failure> {
    rustfmt(root, &[])
}

fn rustfmt(root: &Path, flags: &[&str]) -> Result<(), Failure> {
    let mut rustfmt = Command::new("rustfmt");
    rustfmt
        .current_dir(root)
        .args(["--edition", "2024"])
        .args(flags)
        .args(
            files(root)?
                .lines()
                .filter(|file| root.join(file).is_file()),
        );
    step::run(STEP, &mut rustfmt, "cargo xtask fmt")
}

/// Those too that nobody has committed yet, a line each.
fn files(root: &Path) -> Result<String, Failure> {
    let mut git = Command::new("git");
    git.current_dir(root)
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .args(["--", "*.rs"]);
    step::output(STEP, &mut git, "a clone of the repository knows its files")
}
