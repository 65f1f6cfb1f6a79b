//! What an author of plugins does, in an empty folder: the scripts of `tests/e2e`, with the host that was built last.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::step::{self, Failure};

const STEP: &str = "authors";
const LANGUAGES: [&str; 4] = ["python", "javascript", "c", "go"];
/// The crate that has the runtime of Go's bindings in it.
const GO_BINDINGS: &str = "wit-bindgen-go";

/// A plugin in each language: new, built, tested and run. The commands print how long they took.
pub(crate) fn check(root: &Path) -> Result<(), Failure> {
    script(root, "rust", &["rust.sh", "target/debug/nethost", "sdk"])?;
    languages(root)
}

/// The same without Rust, which the workspace's own plugins are written in.
pub(crate) fn languages(root: &Path) -> Result<(), Failure> {
    for language in LANGUAGES {
        let mut words = vec!["language.sh", "target/debug/nethost", language];
        let runtime = go_runtime(root)?;
        if language == "go" {
            words.push(&runtime);
        }
        script(root, language, &words)?;
    }
    Ok(())
}

fn script(root: &Path, what: &str, words: &[&str]) -> Result<(), Failure> {
    let (name, arguments) = words.split_first().unwrap_or((&"", &[]));
    let mut script = Command::new(root.join("tests/e2e").join(name));
    script.current_dir(root).args(arguments);
    let remedy =
        "run `cargo xtask build` first; the output above is that of the command that failed";
    step::run(&format!("{STEP}: {what}"), &mut script, remedy)
}

/// The folder of the module that Go's bindings need. The crate that writes them has it, so no proxy is asked.
fn go_runtime(root: &Path) -> Result<String, Failure> {
    let failed = |why: String| Failure::new(STEP, format_args!("{GO_BINDINGS}: {why}"), "");
    let output = step::cargo(root)
        .args(["metadata", "--format-version", "1", "--locked"])
        .output()
        .map_err(|error| failed(error.to_string()))?;
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).map_err(|error| failed(error.to_string()))?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let manifest = packages
        .filter(|package| package["name"] == GO_BINDINGS)
        .find_map(|package| package["manifest_path"].as_str())
        .ok_or_else(|| failed("not among the packages".to_owned()))?;
    let runtime: PathBuf = Path::new(manifest).with_file_name("src").join("pkg");
    Ok(runtime.display().to_string())
}
