//! What authors of plugins depend on by version must be complete in its package: the SDK generates its bindings from the
//! contract, so each file of `wit/` is packaged with it, through the link `sdk/wit`.

use std::path::Path;

use crate::step::{self, Failure};

/// The packages, and the folders of the repository whose files each of them must contain.
const PACKAGES: &[(&str, &[&str])] = &[("nethost-sdk", &["wit"])];
/// What each package must contain besides.
const ALWAYS: &[&str] = &["Cargo.toml", "README.md", "src/lib.rs"];

/// Fails if a package would lack a file that it needs.
pub(crate) fn check(root: &Path) -> Result<(), Failure> {
    for (package, folders) in PACKAGES {
        let mut cargo = step::cargo(root);
        cargo.args(["package", "--list", "--offline", "--allow-dirty"]);
        cargo.args(["--package", package]);
        let listed = step::output("package", &mut cargo, "the message of cargo says why")?;
        let mut needed: Vec<String> = ALWAYS.iter().map(|name| (*name).to_owned()).collect();
        for folder in *folders {
            needed.extend(files(&root.join(folder), folder)?);
        }
        let missing = missing(&listed, &needed);
        if !missing.is_empty() {
            return Err(Failure::new(
                "package",
                format!("{package} would be packaged without {}", missing.join(", ")),
                "sdk/wit is a symbolic link to ../wit; a clone must keep it (git config core.symlinks true)",
            ));
        }
    }
    Ok(())
}

/// The files of a folder, as a package lists them.
fn files(path: &Path, folder: &str) -> Result<Vec<String>, Failure> {
    let failed = |error| Failure::new("package", error, "a clone of the repository has it");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        // wit/sync is for languages that bring their own bindings.
        if let (true, Some(name)) = (path.is_file(), path.file_name()) {
            names.push(format!("{folder}/{}", name.to_string_lossy()));
        }
    }
    names.sort();
    Ok(names)
}

/// What is needed and not in the list.
fn missing<'a>(listed: &str, needed: &'a [String]) -> Vec<&'a str> {
    let needed = needed.iter().map(String::as_str);
    needed
        .filter(|name| !listed.lines().any(|line| line == *name))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::root;

    #[test]
    fn a_file_that_is_left_out_is_named() {
        let needed = ["wit/a.wit", "wit/b.wit"].map(str::to_owned);
        assert_eq!(
            missing("wit/b.wit\nwit/a.wit.orig\n", &needed),
            ["wit/a.wit"]
        );
        assert!(missing("wit/b.wit\nwit/a.wit\n", &needed).is_empty());
    }

    #[test]
    fn the_sdk_is_packaged_with_the_contract() {
        check(&root()).unwrap();
    }
}
