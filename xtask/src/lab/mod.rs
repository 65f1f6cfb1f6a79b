//! A kernel that has everything: boots Debian's own kernel under qemu, and runs command lines there with iproute2 and
//! with ours, each in a network namespace of its own. Both must print the same and end with the same code.
//!
//! Nothing is installed but qemu, busybox and cpio: the kernel is unpacked from its package, the guest has it and an
//! initramfs, no disk and no network.

mod commands;
mod guest;
mod image;
mod kernel;

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::step::{self, Failure};
use crate::{build, setup};

const STEP: &str = "lab";
/// What is run where the operator names no file.
const COMMANDS: &str = "xtask/src/lab/commands.txt";

/// Runs the command lines of the repository.
pub(crate) fn all(root: &Path) -> Result<(), Failure> {
    run(root, &root.join(COMMANDS))
}

/// Runs the command lines in a file.
pub(crate) fn run(root: &Path, file: &Path) -> Result<(), Failure> {
    let start = Instant::now();
    let commands = step::read(STEP, file)?;
    setup::for_build(root)?;
    setup::for_lab()?;
    build::all(root)?;
    let folder = folder()?;
    let kernel = kernel::unpacked(&folder)?;
    step::announce("lab: initramfs");
    let initramfs = image::packed(&folder, &kernel, &commands)?;
    step::announce("lab: the guest");
    let told = guest::boot(&folder, &kernel, &initramfs)?;
    let report = commands::compare(&commands, &told.results);
    if let Some(problem) = report.problem {
        eprintln!("{problem}\nThe guest's log:\n{}", told.log);
        let problem = format!("{} of {} differ", report.different, report.compared);
        return Err(Failure::new(STEP, problem, "both outputs are above"));
    }
    let seconds = start.elapsed().as_secs();
    eprintln!("lab: {} commands, {seconds} s", report.compared);
    Ok(())
}

/// The lab's files, which are used again: the kernel, and compiled plugins.
fn folder() -> Result<PathBuf, Failure> {
    let folder = build::target_dir()?.join("lab");
    std::fs::create_dir_all(&folder).map_err(|error| failed(&folder, &error))?;
    Ok(folder)
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(STEP, format_args!("{}: {error}", path.display()), "")
}
