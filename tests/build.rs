//! Lists what lies in folders, so that nobody keeps a list: the modules of the test program with their cases, and the
//! probes.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, error, fs};

type Done = Result<(), Box<dyn error::Error>>;

fn main() -> Done {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo starts this")?);
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo starts this")?);
    modules(&here.join("tests/all"), "all", &out)?;
    probes(&[here.join("probes/examples"), here.join("hostile")], &out)
}

/// `NAME.rs` for a folder of modules: they, and `cases_below()`, which has the cases of all of them. A folder with a
/// `mod.rs` has a file of its own, which that includes.
fn modules(folder: &Path, name: &str, out: &Path) -> Done {
    let (mut modules, mut cases) = (String::new(), String::new());
    for path in entries(folder)? {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let file = if path.is_dir() {
            modules_of_folder(&path, &format!("{name}_{stem}"), out)?
        } else {
            path.clone()
        };
        let is_root = ["main", "mod"].contains(&&*stem);
        if is_root || file.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        writeln!(modules, "#[path = {file:?}]\npub(crate) mod {stem};")?;
        if path.is_dir() {
            writeln!(cases, "    cases.extend({stem}::cases_below());")?;
        } else if fs::read_to_string(&file)?.contains("\ncases! {") {
            writeln!(cases, "    cases.extend({stem}::cases());")?;
        }
    }
    let text = format!(
        "{modules}\npub(crate) fn cases_below() -> Vec<crate::case::Case> {{\n    let mut cases = Vec::new();\n{cases}    cases\n}}\n"
    );
    Ok(fs::write(out.join(format!("{name}.rs")), text)?)
}

fn modules_of_folder(
    folder: &Path,
    name: &str,
    out: &Path,
) -> Result<PathBuf, Box<dyn error::Error>> {
    modules(folder, name, out)?;
    Ok(folder.join("mod.rs"))
}

/// `probes.rs`: a constant for each probe.
fn probes(folders: &[PathBuf], out: &Path) -> Done {
    let mut text = String::from("#[deny(dead_code)]\nmod listed {\n    use super::Probe;\n");
    for folder in folders {
        for path in entries(folder)? {
            if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.file_stem().unwrap_or_default().to_string_lossy();
                let constant = name.to_uppercase();
                writeln!(
                    text,
                    "    pub(crate) const {constant}: Probe = Probe({name:?});"
                )?;
            }
        }
    }
    text += "}\npub(crate) use listed::*;\n";
    Ok(fs::write(out.join("probes.rs"), text)?)
}

/// What a folder holds, by name. Cargo runs this again when it holds something else.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn error::Error>> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let entries = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = entries.collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    Ok(paths)
}
