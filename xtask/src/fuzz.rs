//! Runs a fuzz target of `tests/fuzz` for a while. Its corpus stays there, so that the next run goes on
//! where this one stopped.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::step::{self, Failure};
use crate::{setup, tool};

const STEP: &str = "fuzz";
const VERSION: &str = "0.13.2";

/// For each target, where nobody says how long.
pub(crate) const SECONDS: &str = "600";

/// Runs every target, one after the other.
pub(crate) fn all(root: &Path) -> Result<(), Failure> {
    let folder = root.join("tests/fuzz/fuzz_targets");
    let entries = folder
        .read_dir()
        .map_err(|error| Failure::new(STEP, format_args!("{}: {error}", folder.display()), ""))?;
    let stem = |path: PathBuf| Some(path.file_stem()?.to_str()?.to_owned());
    let mut targets: Vec<String> = entries
        .filter_map(|entry| stem(entry.ok()?.path()))
        .collect();
    targets.sort();
    targets
        .iter()
        .try_for_each(|target| run(root, target, SECONDS))
}

/// Runs one target for that many seconds.
pub(crate) fn run(root: &Path, target: &str, seconds: &str) -> Result<(), Failure> {
    if seconds.parse::<u32>().is_err() {
        let problem = format!("{seconds:?} is not a number of seconds");
        return Err(Failure::new(STEP, problem, "cargo xtask fuzz TARGET 600"));
    }
    setup::for_build(root)?;
    let program = tool::find(root, "cargo-fuzz", VERSION, &[])?;
    let folder = root.join("tests/fuzz");
    let seeds = folder.join("seeds").join(target);
    let corpus = folder.join("corpus").join(target);
    std::fs::create_dir_all(&corpus)
        .map_err(|error| Failure::new(STEP, format_args!("{}: {error}", corpus.display()), ""))?;
    step::announce(&format!("{STEP}: {target}, {seconds} s"));
    let mut fuzz = Command::new(program);
    // No sanitizer: safe code needs none, and what is looked for is panics, endless loops and memory
    // without bounds. Coverage alone needs no nightly compiler.
    fuzz.current_dir(root)
        .args(["fuzz", "run", "--sanitizer", "none", "--fuzz-dir"])
        .arg(&folder)
        .arg(target)
        .arg(&corpus);
    if seeds.is_dir() {
        fuzz.arg(&seeds);
    }
    fuzz.args(["--", "-rss_limit_mb=2048", "-timeout=10"])
        .arg(format!("-max_total_time={seconds}"));
    step::run(
        STEP,
        &mut fuzz,
        "what it crashed on is in tests/fuzz/artifacts; add it to the target's seeds with the repair",
    )
}
