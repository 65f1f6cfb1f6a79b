//! Lists the operations: each file of src/operations is a module, and has the type of its name.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, error, fs};

fn main() -> Result<(), Box<dyn error::Error>> {
    let variable = |name: &str| {
        env::var_os(name)
            .map(PathBuf::from)
            .ok_or("cargo starts this")
    };
    let folder = variable("CARGO_MANIFEST_DIR")?.join("src/operations");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files: Vec<_> = fs::read_dir(&folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    files.sort_unstable();
    let (mut modules, mut all) = (String::new(), String::new());
    for file in files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        if name == "mod" {
            continue;
        }
        writeln!(
            modules,
            "#[path = {file:?}]\npub(crate) mod {name};\n#[cfg(test)]\n#[allow(unused_imports)]\npub(crate) use {name}::*;"
        )?;
        writeln!(all, "    Entry::of::<{name}::{}>(),", type_name(&name))?;
    }
    let text =
        format!("{modules}\n/// All of them.\npub(super) const ALL: &[Entry] = &[\n{all}];\n");
    fs::write(variable("OUT_DIR")?.join("operations.rs"), text)?;
    Ok(())
}

/// `OpenSocket` for `open_socket`.
fn type_name(module: &str) -> String {
    let words = module.split('_').map(|word| {
        let (first, rest) = word.split_at(1.min(word.len()));
        first.to_uppercase() + rest
    });
    words.collect()
}
