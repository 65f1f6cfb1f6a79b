//! What an author of plugins does, in an empty folder: the scripts of `tests/e2e`, with the host that was built last.

use std::path::Path;
use std::process::Command;

use crate::step::{self, Failure};

/// The scripts, and whether each needs the folder of the SDK.
const SCRIPTS: &[(&str, bool)] = &[("rust.sh", true), ("python.sh", false)];

/// Runs each script. They print how long each command took.
pub(crate) fn check(root: &Path) -> Result<(), Failure> {
    for (name, needs_sdk) in SCRIPTS {
        let mut script = Command::new(root.join("tests/e2e").join(name));
        script.current_dir(root).arg("target/debug/nethost");
        if *needs_sdk {
            script.arg("sdk");
        }
        let remedy =
            "run `cargo xtask build` first; the output above is that of the command that failed";
        step::run(&format!("authors: {name}"), &mut script, remedy)?;
    }
    Ok(())
}
