//! Lists the fuzz targets, each with a test of its own.

use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo starts this")?);
    let folder = here.join("../fuzz/fuzz_targets");
    println!("cargo::rerun-if-changed={}", folder.display());
    let entries = fs::read_dir(&folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = entries.collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    let mut text = String::new();
    for path in paths {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        writeln!(
            text,
            "#[allow(unused_attributes, clippy::unwrap_used, clippy::expect_used, reason = \"a fuzz target\")]\n\
             #[path = {path:?}]\n\
             mod {name};\n\
             #[test]\n\
             fn {name}() {{\n    test({name:?}, {name}::run);\n}}\n"
        )?;
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo starts this")?);
    Ok(fs::write(out.join("targets.rs"), text)?)
}
