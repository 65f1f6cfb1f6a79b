//! One step of a chore: its name on the screen, its time, and, when it fails, what to do.

use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};

/// What went wrong in which step, and the remedy.
#[derive(Debug)]
pub(crate) struct Failure {
    step: String,
    problem: String,
    remedy: String,
}

impl Failure {
    pub(crate) fn new(step: &str, problem: impl fmt::Display, remedy: &str) -> Self {
        Failure {
            step: step.to_owned(),
            problem: problem.to_string(),
            remedy: remedy.to_owned(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "xtask: {} failed: {}", self.step, self.problem)?;
        if self.remedy.is_empty() {
            Ok(())
        } else {
            write!(f, "\n  what to do: {}", self.remedy)
        }
    }
}

/// Announces a step. On standard error: standard output belongs to the tool that is run.
pub(crate) fn announce(step: &str) {
    eprintln!("==> {step}");
}

/// A cargo in the repository, as somebody would type it. What the cargo that runs xtask says of the package xtask is
/// taken away: build scripts look at it, ring's for one, and would run again, with everything above them, each time that
/// `cargo xtask` follows a plain `cargo build`.
pub(crate) fn cargo(root: &Path) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root);
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_of_xtask) {
            cargo.env_remove(name);
        }
    }
    cargo
}

fn is_of_xtask(variable: &str) -> bool {
    [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_BIN_",
        "CARGO_CRATE_",
    ]
    .iter()
    .any(|prefix| variable.starts_with(prefix))
}

/// Runs a command to its end, with its output shown.
pub(crate) fn run(step: &str, command: &mut Command, remedy: &str) -> Result<(), Failure> {
    let status = command
        .status()
        .map_err(|error| could_not_start(step, command, &error, remedy))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::new(
            step,
            format_args!("`{}` ended with {status}", shown(command)),
            remedy,
        ))
    }
}

/// Runs a command and returns what it wrote to standard output.
pub(crate) fn output(step: &str, command: &mut Command, remedy: &str) -> Result<String, Failure> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| could_not_start(step, command, &error, remedy))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(Failure::new(
            step,
            format_args!("`{}` ended with {}", shown(command), output.status),
            remedy,
        ))
    }
}

/// The command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

fn could_not_start(step: &str, command: &Command, error: &std::io::Error, remedy: &str) -> Failure {
    Failure::new(
        step,
        format_args!("`{}` did not start: {error}", shown(command)),
        remedy,
    )
}

/// Reads a file as part of a step.
pub(crate) fn read(step: &str, path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|error| Failure::new(step, format_args!("{}: {error}", path.display()), ""))
}

/// Writes a file as part of a step.
pub(crate) fn write(step: &str, path: &Path, text: impl AsRef<[u8]>) -> Result<(), Failure> {
    std::fs::write(path, text)
        .map_err(|error| Failure::new(step, format_args!("{}: {error}", path.display()), ""))
}

#[cfg(test)]
mod tests {
    use super::{Path, cargo, is_of_xtask};

    #[test]
    fn a_cargo_hears_nothing_of_this_package() {
        // Tests are run by a cargo that says all of these.
        let said = |name: &str| std::env::var_os(name).is_some();
        assert!(said("CARGO_PKG_NAME") && said("CARGO_MANIFEST_DIR"));
        let cargo = cargo(Path::new("/"));
        let taken: Vec<_> = cargo
            .get_envs()
            .filter(|(_, value)| value.is_none())
            .collect();
        for name in [
            "CARGO_PKG_NAME",
            "CARGO_PKG_VERSION_MAJOR",
            "CARGO_MANIFEST_DIR",
        ] {
            assert!(taken.iter().any(|(taken, _)| *taken == name), "{name}");
        }
        assert!(!is_of_xtask("CARGO_TARGET_DIR") && !is_of_xtask("CARGO_INCREMENTAL"));
    }
}
